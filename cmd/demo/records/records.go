// Package records is a small care-home records application of the old kind, for
// the demonstration and its tests. It has its own accounts, its own login form
// with a hidden anti-forgery token, and its own session cookie. It knows nothing
// of iAM Smart: like many such applications it greets whoever the header
// X-Remote-User names, and falls back to its own login.
package records

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"
)

//go:embed *.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

// User is an account of the application.
type User struct {
	Name     string // as typed at its login form
	FullName string
	Password string
}

// Users are the accounts that the application has when it starts.
func Users() []User {
	return []User{
		{"chan.sm", "Chan Test Siu Ming 陳測試明", "night-shift-7"},
		{"wong.ml", "Wong Demo Mei Ling 王示範玲", "ward-two-4"},
		{"maria", "Maria Example Testa", "tea-at-three"},
	}
}

type account struct {
	fullName string
	salt     []byte
	hash     []byte
}

// visit is one browser's session with the application.
type visit struct {
	token string // anti-forgery, repeated by every form
	user  string // empty before login
	began time.Time
}

// App is the application; it serves HTTP.
type App struct {
	mux      *http.ServeMux
	accounts map[string]account

	mu     sync.Mutex
	visits map[string]*visit
}

const (
	cookieName = "RECORDSSESSID"
	maxVisits  = 10_000
	visitLife  = 12 * time.Hour
	rounds     = 100_000 // of PBKDF2-HMAC-SHA256
)

// New makes the application with its accounts.
func New(users []User) (*App, error) {
	a := &App{mux: http.NewServeMux(), accounts: make(map[string]account), visits: make(map[string]*visit)}
	for _, u := range users {
		salt := random()
		hash, err := pbkdf2.Key(sha256.New, u.Password, salt, rounds, 32)
		if err != nil {
			return nil, fmt.Errorf("hashing password: %w", err)
		}
		a.accounts[u.Name] = account{u.FullName, salt, hash}
	}
	a.mux.HandleFunc("GET /{$}", a.home)
	a.mux.HandleFunc("GET /residents/{room}", a.resident)
	a.mux.HandleFunc("GET /login", a.loginForm)
	a.mux.HandleFunc("POST /login", a.login)
	a.mux.HandleFunc("GET /logout", a.logout)
	a.mux.HandleFunc("GET /api/round", a.round)
	return a, nil
}

func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	a.mux.ServeHTTP(w, r)
}

// resident is a line of the list.
type resident struct {
	Room, Name, Note string
}

var residents = []resident{
	{"101", "Resident A", "Walks with a frame. Physiotherapy on Tuesday."},
	{"102", "Resident B", "Soft diet. Blood pressure twice a day."},
	{"103", "Resident C", "Family visits on Sunday afternoon."},
}

// who names the user: by the header of a proxy in front, else by the
// application's own session.
func (a *App) who(r *http.Request) (string, bool) {
	name := r.Header.Get("X-Remote-User")
	if name == "" {
		name = a.visit(r).user
	}
	acc, ok := a.accounts[name]
	return acc.fullName, ok
}

func (a *App) home(w http.ResponseWriter, r *http.Request) {
	fullName, ok := a.who(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	show(w, "home.html", map[string]any{"Name": fullName, "Residents": residents})
}

func (a *App) resident(w http.ResponseWriter, r *http.Request) {
	fullName, ok := a.who(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	for _, one := range residents {
		if one.Room == r.PathValue("room") {
			show(w, "resident.html", map[string]any{"Name": fullName, "Resident": one})
			return
		}
	}
	http.NotFound(w, r)
}

// round is what the page's script asks for now and then.
func (a *App) round(w http.ResponseWriter, r *http.Request) {
	if _, ok := a.who(r); !ok {
		http.Error(w, `{"error":"login"}`, http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"residents":%d}`, len(residents))
}

func (a *App) loginForm(w http.ResponseWriter, r *http.Request) {
	if _, ok := a.who(r); ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	v := a.visit(r)
	if v.token == "" {
		v = a.begin(w, "")
	}
	show(w, "login.html", map[string]any{"Token": v.token})
}

func (a *App) login(w http.ResponseWriter, r *http.Request) {
	v := a.visit(r)
	if v.token == "" || !hmac.Equal([]byte(v.token), []byte(r.PostFormValue("form_token"))) {
		http.Error(w, "This form has expired. Open the login page again.", http.StatusForbidden)
		return
	}
	name := strings.ToLower(strings.TrimSpace(r.PostFormValue("user")))
	if !a.knows(name, r.PostFormValue("pass")) {
		show(w, "login.html", map[string]any{"Token": v.token, "Wrong": true})
		return
	}
	a.begin(w, name)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *App) knows(name, password string) bool {
	acc, ok := a.accounts[name]
	salt := acc.salt
	if !ok {
		salt = make([]byte, 16) // as long as for a user that there is
	}
	hash, err := pbkdf2.Key(sha256.New, password, salt, rounds, 32)
	return err == nil && ok && hmac.Equal(hash, acc.hash)
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		a.mu.Lock()
		delete(a.visits, c.Value)
		a.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func (a *App) visit(r *http.Request) visit {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return visit{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.visits[c.Value]
	if v == nil || time.Since(v.began) > visitLife {
		return visit{}
	}
	return *v
}

// begin starts a session; at login it is a new one.
func (a *App) begin(w http.ResponseWriter, user string) visit {
	v := visit{token: hex.EncodeToString(random()), user: user, began: time.Now()}
	id := hex.EncodeToString(random())
	a.mu.Lock()
	if len(a.visits) >= maxVisits {
		clear(a.visits) // a demonstration: all log in again
	}
	a.visits[id] = &v
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return v
}

func show(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	templates.ExecuteTemplate(w, name, data)
}

func random() []byte {
	b := make([]byte, 16)
	rand.Read(b)
	return b
}
