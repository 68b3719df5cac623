package caddyiamsmart_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// legacy is an application of the old kind behind the gate: a login form with a
// hidden token, a session cookie of its own, and a page for everybody else that
// repeats who the headers say is there. It keeps what arrived.
type legacy struct {
	mu       sync.Mutex
	accounts map[string]string // user name → password
	sessions map[string]string
	arrived  []*http.Request
	asked    int // logins that were tried

	// Answer, if set, answers what is not the login form.
	Answer http.HandlerFunc
	// Login, if set, answers the login form instead.
	Login http.HandlerFunc
}

func newLegacy() *legacy {
	return &legacy{
		accounts: map[string]string{"chan.sm": "night-shift-7", "wong.ml": "ward-two-4", "maria": "tea-at-three"},
		sessions: make(map[string]string),
	}
}

// add gives the application one more account.
func (l *legacy) add(user, password string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accounts[user] = password
}

// change gives the application another login while it runs.
func (l *legacy) change(login http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Login = login
}

func (l *legacy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	login := l.Login
	l.mu.Unlock()
	if r.URL.Path == "/login" && login != nil {
		login(w, r)
		return
	}
	if r.URL.Path == "/login" {
		l.login(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	kept := r.Clone(r.Context())
	kept.Trailer = r.Trailer.Clone()
	l.arrived = append(l.arrived, kept)
	l.mu.Unlock()
	if l.Answer != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		l.Answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<h1>Records</h1><p id=user>%s</p><p id=path>%s</p><p id=body>%d</p>", r.Header.Get("X-Remote-User"), r.URL.Path, len(body))
}

func (l *legacy) login(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	form := `<form method=post action=/login><input type=hidden name=token value=%s><input name=user><input type=password name=pass></form>`
	if r.Method != http.MethodPost {
		token := rand.Text()
		l.mu.Lock()
		l.sessions[token] = ""
		l.mu.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "LEGACY", Value: token, Path: "/"})
		fmt.Fprintf(w, form, token)
		return
	}
	c, err := r.Cookie("LEGACY")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	user := r.PostFormValue("user")
	if err != nil || r.PostFormValue("token") != c.Value || l.accounts[user] == "" || l.accounts[user] != r.PostFormValue("pass") {
		fmt.Fprintf(w, "<p>Wrong.</p>"+form, r.PostFormValue("token"))
		return
	}
	id := rand.Text()
	l.sessions[id] = user
	http.SetCookie(w, &http.Cookie{Name: "LEGACY", Value: id, Path: "/"})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// last is the last request that arrived, and how many did.
func (l *legacy) last() (*http.Request, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.arrived) == 0 {
		return nil, 0
	}
	return l.arrived[len(l.arrived)-1], len(l.arrived)
}

func (l *legacy) tried() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}
