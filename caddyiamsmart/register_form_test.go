package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

// joinable is a gate before an application with a registration form, which takes
// nothing but a user name and a password. joined counts what was sent to it.
func joinable(t *testing.T, trying *caddyiamsmart.Trying, answer func(l *legacy, w http.ResponseWriter, user, password string)) (w *world, joined *atomic.Int64) {
	w, joined = newWorld(t, site{Gate: english, Trying: trying}), new(atomic.Int64)
	w.legacy.Answer = func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch {
		case r.URL.Path != "/join":
			fmt.Fprintf(out, "<p id=user>%s</p>", r.Header.Get("X-Remote-User"))
		case r.Method == http.MethodPost:
			joined.Add(1)
			answer(w.legacy, out, r.PostFormValue("user"), r.PostFormValue("pass"))
		default:
			fmt.Fprint(out, joinForm)
		}
	}
	w.Site.Gate = english + "link password register\nregister form " + w.App + "/join {\nfield user {iamsmart.username}\nfield pass {iamsmart.password}\n}\n"
	w.load()
	return w, joined
}

const joinForm = `<form method=post action=/join><input name=user><input type=password name=pass></form>`

// Given a registration form that takes nothing of what iAM Smart knows, then nothing is
// asked there: the person goes straight to user name and password.
func TestARegistrationFormThatTakesNothingOfIAMSmart(t *testing.T) {
	w, joined := joinable(t, nil, func(l *legacy, out http.ResponseWriter, user, password string) {
		l.add(user, password)
		fmt.Fprint(out, "<p>Welcome</p>")
	})
	b := w.firstTime("chan")
	b.sends(b.opens().want(t, 200, "Open an account"), "no").want(t, 200, "First login")
	form := b.opens()
	// A page of before leads to the same.
	old := b.visit("/iamsmart/link?way=password")
	again := b.ask(http.MethodPost, w.Gate+"/iamsmart/link", url.Values{"token": {hidden(old, "token")}, "step": {"register"}}, nil)
	b.follow(again).want(t, 200, "Choose a user name and a password")
	if n := len(w.sim.Waiting()); n != 0 {
		t.Errorf("iAM Smart is asked %d times", n)
	}
	b.chooses(form, "newcomer", "day&shift 7", "other").want(t, 422, "The two passwords are not the same")
	p := b.chooses(form, "newcomer", "day&shift 7", "day&shift 7").want(t, 200, "Is this your account?", "newcomer")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
	if p := b.visit("/"); p.user() != "newcomer" || joined.Load() != 1 {
		t.Errorf("greeted as %q; %d accounts were asked for", p.user(), joined.Load())
	}
}

// opens goes to the form of an account that is to be opened.
func (b *browser) opens() *shown {
	b.t.Helper()
	return b.visit("/iamsmart/link?way=register").want(b.t, 200, "Choose a user name and a password")
}

// T60, T63: whatever the application says to a name that somebody has, each time that
// is sent counts as a wrong password does and takes as long, and links nobody.
func TestT63RegisteringIsNoWayToGuess(t *testing.T) {
	const pace = 60 * time.Millisecond
	for name, c := range map[string]struct {
		answer     string
		guess      string // at the password of an account that there is
		status     int
		says       string
		sent, asks int // to the two forms of the application, by one try
	}{
		"a welcome to everybody":                     {"<p>Welcome</p>", "guess", 502, "may or may not be open", 1, 2},
		"a welcome to everybody, the right password": {"<p>Welcome</p>", "tea-at-three", 422, "may be taken", 0, 1},
		"a no":                     {joinForm, "guess", 422, "may be taken", 1, 1},
		"a no, the right password": {joinForm, "tea-at-three", 422, "may be taken", 0, 1},
		"a fault":                  {"", "guess", 502, "may or may not be open", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, joined := joinable(t, &caddyiamsmart.Trying{Pace: pace}, func(_ *legacy, out http.ResponseWriter, _, _ string) {
				if c.answer == "" {
					out.WriteHeader(http.StatusInternalServerError)
				}
				fmt.Fprint(out, c.answer)
			})
			b := w.firstTime("chan")
			form := b.opens()
			asked := w.legacy.tried()
			began := time.Now()
			b.chooses(form, "maria", c.guess, c.guess).want(t, c.status, c.says)
			if took := time.Since(began); took < pace {
				t.Errorf("answered after %s", took)
			}
			if n, m := int(joined.Load()), w.legacy.tried()-asked; n != c.sent || c.guess == "guess" && m > c.asks+1 { // and once a random name
				t.Errorf("%d accounts were asked for, and %d logins tried", n, m)
			}
			if rows := w.trail(linkup.EventRefused); len(rows) != 1 || rows[0].Person == "" {
				t.Errorf("the trail says %v", rows)
			}
			b.password("maria", "guess").want(t, 422, "2 tries left") // they count together
			b.chooses(form, "maria", c.guess, c.guess)
			if p := b.chooses(form, "maria", c.guess, c.guess); c.status == 422 {
				p.want(t, 403, "Too many tries")
			}
			n := joined.Load()
			b.chooses(form, "maria", c.guess, c.guess).want(t, 403, "Too many tries")
			w.firstTime("wong").password("maria", "tea-at-three").want(t, 403, "Too many tries") // at the account, too
			if joined.Load() != n {
				t.Error("the application was asked once more")
			}
			if len(w.trail(linkup.EventLinked)) != 0 {
				t.Error("somebody was linked")
			}
			b.visit("/").want(t, 401)
		})
	}
}

// Given accounts that can be read, then one of the name that somebody chooses is enough
// to open none, and no password of it is tried.
func TestAnAccountThatIsThereIsNotOpened(t *testing.T) {
	l := newStaffList(t, "name,key,hash\nKChan,17,"+bcryptOfFile+"\n")
	w, joined := joinable(t, nil, func(_ *legacy, out http.ResponseWriter, _, _ string) { fmt.Fprint(out, "<p>Welcome</p>") })
	w.Site.Accounts = `accounts file "` + l.path + `"`
	w.load()
	b := w.firstTime("chan")
	form := b.opens()
	asked := w.legacy.tried()
	for _, name := range []string{"kchan", "KCHAN "} {
		b.chooses(form, name, "correct horse", "correct horse").want(t, 422, "may be taken")
	}
	if joined.Load() != 0 || w.legacy.tried() != asked {
		t.Errorf("%d accounts were asked for, %d logins tried", joined.Load(), w.legacy.tried()-asked)
	}
}
