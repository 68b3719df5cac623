package caddyiamsmart_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// locking is an application that knows one account by many spellings, as those
// do that ask a directory, and locks it at the fifth wrong password in a row. It
// takes its time over names that it knows.
type locking struct {
	over    time.Duration
	away    bool // its login page is out of order
	lenient bool // it locks nobody

	mu    sync.Mutex
	wrong map[string]int
	asked []string // names, as they came
}

const locksAt = 5

func (l *locking) canonical(name string) string {
	name = name[strings.LastIndex(name, `\`)+1:]
	name, _, _ = strings.Cut(strings.ToLower(name), "@")
	return strings.TrimLeft(strings.TrimRight(name, ". "), " ")
}

func (l *locking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const form = `<form method=post><input name=user><input name=pass type=password></form>`
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Method != http.MethodPost {
		if l.away {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, form)
		return
	}
	name := l.canonical(r.PostFormValue("user"))
	password, known := map[string]string{"chan.sm": "night-shift-7", "wong.ml": "ward-two-4"}[name]
	if known {
		time.Sleep(l.over)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.PostFormValue("user"))
	if !known || l.wrong[name] >= locksAt && !l.lenient || r.PostFormValue("pass") != password {
		l.wrong[name]++
		fmt.Fprint(w, form)
		return
	}
	l.wrong[name] = 0
	http.SetCookie(w, &http.Cookie{Name: "SID", Value: time.Now().String(), Path: "/"})
	fmt.Fprintf(w, "<p>You are %s.</p>", name)
}

// times is how often the application was asked about an account.
func (l *locking) times(account string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range l.asked {
		if l.canonical(name) == account {
			n++
		}
	}
	return n
}

// crowd is a world with many people, each with an address of their own, before
// an application that locks accounts.
func crowd(t *testing.T, s site) (*world, *locking) {
	t.Helper()
	app := &locking{wrong: make(map[string]int)}
	s.Servers = "servers {\n trusted_proxies static 127.0.0.0/8\n}"
	s.Form = `account "You are ([a-z.]+)\."`
	s.Gate += english
	for i := range 30 {
		s.Simulator.Persons = append(s.Simulator.Persons, simulator.Person{Name: fmt.Sprintf("p%02d", i), EnglishName: "CHAN, Test"})
	}
	w := newWorld(t, s)
	w.legacy.Login = app.ServeHTTP
	return w, app
}

// comes is a person of the crowd who has no link yet, in a browser of theirs.
func (w *world) comes(i int) *browser {
	w.t.Helper()
	b := w.browser()
	b.from = fmt.Sprintf("198.51.100.%d", i)
	b.login(fmt.Sprintf("p%02d", i), "approve").want(w.t, 200, "First login")
	return b
}

// ownerWorks holds that the owner of chan.sm is not locked out of the
// application, whatever was tried through the gate.
func (w *world) ownerWorks(app *locking) {
	w.t.Helper()
	if n := app.wrong["chan.sm"]; n >= locksAt {
		w.t.Errorf("the application has locked the account: %d wrong passwords in a row", n)
	}
	r, err := http.PostForm(w.App+"/login", map[string][]string{"user": {"chan.sm"}, "pass": {"night-shift-7"}})
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	if len(r.Cookies()) != 1 {
		w.t.Error("the owner of the account is locked out of the application")
	}
}

func TestT60TwentySpellingsAreOneAccount(t *testing.T) {
	w, app := crowd(t, site{})
	spellings := []string{
		"chan.sm", "CHAN.SM", "Chan.sm", " chan.sm", "chan.sm ", "chan.sm.", "chan.sm..", "chan.sm. .", `HOME\chan.sm`, `home\Chan.SM.`, `.\chan.sm`,
		"chan.sm@home.example", "chan.sm@HOME", "chan.sm.@home", "ｃｈａｎ.sm", "chan。sm", `ward\home\chan.sm`, "chan.sm@", "cHaN.sM@x.example.", `X\chan.sm@y`, "chan.sm;x", "chan.sm,x", "cn=chan.sm,ou=home", "x!chan.sm", "chan.sm%home", "chan.sm#1",
	}
	refused := 0
	for i, name := range spellings {
		p := w.comes(i).password(name, "guess")
		if p.StatusCode == http.StatusForbidden {
			p.want(t, 403, "Too many tries", "Wait until")
			refused++
		}
	}
	if n := app.times("chan.sm"); n != 4 {
		t.Errorf("the application was asked for the account %d times: %q", n, app.asked)
	}
	if refused != len(spellings)-3 {
		t.Errorf("%d of %d were refused", refused, len(spellings))
	}
	w.ownerWorks(app)
}

func TestT61ManyPeopleFromManyAddressesAtOneName(t *testing.T) {
	for _, name := range []string{"chan.sm", "nobody.at.all"} { // no oracle: all is the same for a name that there is not
		t.Run(name, func(t *testing.T) {
			w, app := crowd(t, site{})
			for i, left := range []string{"3 tries left", "2 tries left", "1 try left"} {
				w.comes(i).password(name, "guess").want(t, 422, "not correct", left)
			}
			w.comes(3).password(name, "guess").want(t, 403, "Too many tries", "Wait until")
			var pages []string
			for i, password := range []string{"guess", "night-shift-7", ""} {
				p := w.comes(4+i).password(name, password).want(t, 403, "Too many tries", "Wait until")
				pages = append(pages, strings.ReplaceAll(p.body, p.ref(), ""))
			}
			if pages[0] != pages[1] || pages[0] != pages[2] {
				t.Errorf("the pages differ:\n%s\n%s\n%s", pages[0], pages[1], pages[2])
			}
			if err := caddy.Stop(); err != nil {
				t.Fatal(err)
			}
			w.load()
			w.comes(8).password(name, "night-shift-7").want(t, 403, "Too many tries")
			if n := app.times(name); n != 4 {
				t.Errorf("the application was asked %d times", n)
			}
			// Another name is not concerned, not even for who was just refused.
			w.comes(8).linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
		})
	}
}

func TestT61OnePersonAtManyNames(t *testing.T) {
	w, app := crowd(t, site{})
	for i, want := range []int{422, 422, 422, 403} {
		b := w.comes(0)
		b.from = fmt.Sprintf("203.0.113.%d", i) // and another address each time
		b.password(fmt.Sprintf("user%d", i), "guess").want(t, want)
	}
	b := w.browser()
	b.login("p00", "approve").want(t, 403, "Too many tries", "Wait until")
	w.asIf("UPDATE tries SET tried_at = tried_at - ?", (15 * time.Minute).Milliseconds())
	w.asIf("UPDATE pendings SET expires = 0")
	w.comes(0).password("user9", "guess").want(t, 422, "3 tries left")
	if n := app.times("user9"); n != 1 {
		t.Errorf("after a quarter of an hour the application is asked %d times", n)
	}
}

func TestT61ManyNamesFromOneAddressGetSlowAnswersAndNoRefusal(t *testing.T) {
	const pace = 300 * time.Millisecond
	w, _ := crowd(t, site{Trying: &caddyiamsmart.Trying{Pace: pace}})
	at := func(i int) *browser {
		b := w.comes(i)
		b.from = "203.0.113.7"
		return b
	}
	var all sync.WaitGroup
	for i := range 5 {
		b := at(i)
		form := b.visit("/iamsmart/link?way=password")
		all.Go(func() {
			for n := range 4 { // twenty in all
				if _, err := b.try(http.MethodPost, w.Gate+"/iamsmart/link", form.filled(fmt.Sprintf("u%d.%d", i, n), "guess"), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	wrong := func(b *browser) time.Duration {
		began := time.Now()
		b.password("nobody", "guess").want(t, 422, "not correct")
		return time.Since(began)
	}
	if took := wrong(at(5)); took < 2*pace {
		t.Errorf("after twenty wrong passwords from one address the next is answered after %s", took)
	}
	if took := wrong(w.comes(6)); took < pace {
		t.Errorf("from another address it is answered after %s", took)
	}
	at(7).linkUp("chan.sm", "night-shift-7").want(t, 200, "chan.sm")
}

func TestT62NobodyIsLockedOutOfTheApplication(t *testing.T) {
	w, app := crowd(t, site{})
	for i := range 10 {
		b := w.comes(i)
		for range 3 {
			b.password("chan.sm", "guess")
		}
	}
	if n := app.times("chan.sm"); n != 4 {
		t.Errorf("the application was asked %d times", n)
	}
	w.ownerWorks(app)

	// When it has been quiet for a quarter of an hour, the owner may link.
	w.asIf("UPDATE tries SET tried_at = tried_at - ?", (15*time.Minute - 10*time.Second).Milliseconds())
	w.comes(20).password("chan.sm", "night-shift-7").want(t, 403, "Too many tries")
	w.asIf("UPDATE tries SET tried_at = tried_at - ?", (10 * time.Second).Milliseconds())
	w.comes(20).linkUp("chan.sm", "night-shift-7").want(t, 200, "chan.sm")
}

func TestT62TheOperatorMaySetALowerNumber(t *testing.T) {
	w, app := crowd(t, site{Gate: "link_tries 2\n"})
	w.comes(0).password("chan.sm", "guess").want(t, 422, "1 try left")
	w.comes(1).password("chan.sm", "guess").want(t, 403, "Too many tries")
	w.comes(2).password("chan.sm", "guess").want(t, 403, "Too many tries")
	if n := app.times("chan.sm"); n != 2 {
		t.Errorf("the application was asked %d times", n)
	}
}

func TestT62ATryCountsUnlessTheApplicationWasNotAsked(t *testing.T) {
	w, app := crowd(t, site{})
	app.away = true
	for i := range 4 {
		w.comes(i).password("chan.sm", "night-shift-7").want(t, 502, "cannot be checked now")
	}
	app.away = false
	w.comes(4).password("chan.sm", "guess").want(t, 422, "3 tries left")

	// Whoever does not wait for the answer has had their try.
	w.legacy.Login = func(rw http.ResponseWriter, r *http.Request) {
		app.ServeHTTP(rw, r)
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
	}
	w.comes(5).password("chan.sm", "guess").want(t, 502)
	w.legacy.change(app.ServeHTTP)
	w.comes(6).password("chan.sm", "guess").want(t, 422, "1 try left")
}

// A right password is no way to have wrong ones forgotten, of oneself or others.
func TestT62ARightPasswordBuysNoNewTries(t *testing.T) {
	w, app := crowd(t, site{})
	for i := range 3 {
		w.comes(i).password("chan.sm", "guess")
	}
	b := w.comes(3)
	p := b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?")
	b.submit(p, "/iamsmart/link", map[string][]string{"answer": {"no"}})
	b.password("chan.sm", "night-shift-7").want(t, 403, "Too many tries")
	if n := app.times("chan.sm"); n != 6 {
		t.Errorf("the application was asked %d times, want three wrong ones, a right one, a wrong one that it is held against, and the right one again", n)
	}
}

func TestTheTriesThatWaitAreBounded(t *testing.T) {
	w, app := crowd(t, site{Gate: "link_tries 1\n", Trying: &caddyiamsmart.Trying{Pace: time.Hour, Places: 1}})
	b, other := w.comes(0), w.comes(1)
	form := b.visit("/iamsmart/link?way=password")
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := b.try(http.MethodPost, w.Gate+"/iamsmart/link", form.filled("wong.ml", "guess"), func(r *http.Request) { *r = *r.WithContext(ctx) })
		gone <- err
	}()
	await(t, "the application is asked", func() bool { return app.times("wong.ml") == 1 })
	// The one place is taken: others are told so at once, and their try does not count.
	other.password("chan.sm", "night-shift-7").want(t, 503, "Ref")
	if n := app.times("chan.sm"); n != 0 {
		t.Errorf("the application was asked %d times", n)
	}
	// Whoever leaves waits no longer.
	leave()
	if err := <-gone; err == nil {
		t.Error("the wrong password was answered before its time")
	}
	await(t, "the place is free", func() bool { return strings.Contains(w.log(), "wrong user name or password") })
	w.comes(2).linkUp("chan.sm", "night-shift-7").want(t, 200, "chan.sm")
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// filled is what the link form sends, for other goroutines than the test's own.
func (p *shown) filled(user, password string) map[string][]string {
	fields := p.typed(user, password)
	fields.Set("token", hidden(p, "token"))
	fields.Set("step", "password")
	return fields
}
