package caddyiamsmart_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// careApp is an application that says who is logged in: with a login form, with a page
// that HTTP Basic protects, and with a form by which people register.
type careApp struct {
	mu       sync.Mutex
	staff    map[string]colleague // by the name in lower case
	sessions map[string]string    // cookie → name
	posted   int                  // registrations that arrived
}

type colleague struct {
	name, password string
	left           bool // must choose a new password, and has no use of Basic
}

func newCareApp(staff ...colleague) *careApp {
	a := &careApp{staff: make(map[string]colleague), sessions: make(map[string]string)}
	for _, m := range staff {
		a.staff[strings.ToLower(m.name)] = m
	}
	return a
}

const (
	careLogin    = `<form method=post action=/login><input name=user><input type=password name=pass></form>`
	careRenew    = `<form method=post action=/renew><input type=password name=new><input type=password name=again></form>`
	careRegister = `<form method=post action=/register><input name=login><input type=password name=word><input name=mail></form>`
	careInside   = `<p>Logged in as <b>%s</b></p><a href=/logout>Log out</a>`
)

func (a *careApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch r.Method + " " + r.URL.Path {
	case "GET /login":
		fmt.Fprint(w, careLogin)
	case "POST /login":
		a.login(w, r)
	case "GET /ping":
		a.ping(w, r)
	case "GET /register":
		fmt.Fprint(w, careRegister)
	case "POST /register":
		a.register(w, r)
	case "GET /logout":
		if c, err := r.Cookie("CARE"); err == nil {
			delete(a.sessions, c.Value)
		}
	case "GET /":
		if c, err := r.Cookie("CARE"); err == nil && a.sessions[c.Value] != "" {
			fmt.Fprintf(w, careInside, a.sessions[c.Value])
		}
	default:
		http.NotFound(w, r)
	}
}

// proves finds who it is by what was typed.
func (a *careApp) proves(name, password string) (colleague, bool) {
	m, known := a.staff[strings.ToLower(name)]
	return m, known && m.password == password
}

func (a *careApp) login(w http.ResponseWriter, r *http.Request) {
	m, right := a.proves(r.PostFormValue("user"), r.PostFormValue("pass"))
	switch {
	case !right:
		fmt.Fprint(w, careLogin)
	case m.left:
		fmt.Fprint(w, careRenew)
	default:
		id := rand.Text()
		a.sessions[id] = m.name
		http.SetCookie(w, &http.Cookie{Name: "CARE", Value: id, Path: "/"})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (a *careApp) ping(w http.ResponseWriter, r *http.Request) {
	name, password, _ := r.BasicAuth()
	m, right := a.proves(name, password)
	switch {
	case !right:
		w.Header().Set("WWW-Authenticate", `Basic realm="care"`)
		w.WriteHeader(http.StatusUnauthorized)
	case m.left:
		w.WriteHeader(http.StatusForbidden)
	default:
		fmt.Fprintf(w, careInside, m.name)
	}
}

func (a *careApp) register(w http.ResponseWriter, r *http.Request) {
	a.posted++
	m := colleague{name: r.PostFormValue("login"), password: r.PostFormValue("word")}
	if _, taken := a.staff[strings.ToLower(m.name)]; taken {
		fmt.Fprint(w, careRegister)
		return
	}
	a.staff[strings.ToLower(m.name)] = m
	fmt.Fprint(w, "<p>Welcome.</p>")
}

// open counts the sessions that were not ended, and registered the forms that came.
func (a *careApp) open() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sessions)
}

func (a *careApp) registered() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.posted
}
