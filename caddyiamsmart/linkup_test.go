package caddyiamsmart_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// firstTime is a browser whose person has just come back from iAM Smart and has
// no link.
func (w *world) firstTime(person string) *browser {
	w.t.Helper()
	b := w.browser()
	b.login(person, "approve").want(w.t, 200, "First login with iAM Smart")
	return b
}

func TestFourWrongPasswordsEndALinkUp(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	for _, left := range []string{"3 tries left", "2 tries left", "1 try left"} {
		b.password("chan.sm", "guess").want(t, 422, "not correct", left)
	}
	b.password("chan.sm", "guess").want(t, 403, "Too many tries")
	asked := w.legacy.tried()

	// The right password comes too late, and the application is not even asked.
	form := b.visit("/iamsmart/link?way=password")
	b.submit(form, "/iamsmart/link", form.typed("chan.sm", "night-shift-7")).want(t, 403, "Too many tries")
	// Nor does a new login of the same person give new tries.
	w.browser().login("chan", "approve").want(t, 403, "Too many tries")
	if n := w.legacy.tried(); n != asked {
		t.Errorf("the application was asked %d more times", n-asked)
	}
	// Somebody else is not concerned.
	w.arrive("wong", "wong.ml", "ward-two-4")
}

func TestARightPasswordOnTheLastTryCounts(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	for range 3 {
		b.password("chan.sm", "guess")
	}
	b.linkUp("chan.sm", "night-shift-7").want(t, 200, "Your account has been linked")
}

func TestT53AnAccountBelongsToOnePerson(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	b := w.firstTime("wong")
	// A wrong password tells nothing of it, a right one is told at once.
	b.password("chan.sm", "guess").want(t, 422, "not correct")
	p := b.password("chan.sm", "night-shift-7").want(t, 409, "already linked to someone else", "Ref")
	if strings.Contains(p.body, "CHAN") || strings.Contains(p.body, "Is this your account?") {
		t.Errorf("the page says too much:\n%s", p.body)
	}
	b.visit("/").want(t, 401)
	// The link-up stands, and the person may try the right one.
	b.visit(p.linkTo("Back")).want(t, 200, "First login")
	b.linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
}

// TestT53AnAccountThatIsTakenBeforeTheYes: somebody was faster.
func TestT53AnAccountThatIsTakenBeforeTheYes(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("wong")
	confirm := b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?")
	w.arrive("chan", "chan.sm", "night-shift-7")
	yes := url.Values{"answer": {"yes"}}
	p := b.submit(confirm, "/iamsmart/link", yes).want(t, 409, "already linked to someone else", "Ref")
	b.submit(confirm, "/iamsmart/link", yes).want(t, 403, "out of date")
	b.visit(p.linkTo("Back")).want(t, 200, "First login")
	b.linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
}

func TestT53TwentyLinkUpsOfOneAccountMakeOneLink(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	people := []string{"chan", "wong", "testa", "osample", "long", "au"}
	var ready []*browser
	var pages []*shown
	for i := range 20 {
		b := w.firstTime(people[i%len(people)])
		ready = append(ready, b)
		pages = append(pages, nil)
		if i >= 20-len(people) { // an older pending link-up of the same person has ended
			pages[i] = b.password("chan.sm", "night-shift-7")
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	linked := 0
	for i, b := range ready {
		if pages[i] == nil {
			continue
		}
		fields := url.Values{"token": {hidden(pages[i], "token")}, "step": {"confirm"}, "answer": {"yes"}}
		for range 3 { // a nervous finger
			wg.Go(func() {
				p, err := b.peek(w.Gate+"/iamsmart/link", fields)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if strings.HasSuffix(p.Header.Get("Location"), "/link/done") {
					linked++
				}
			})
		}
	}
	wg.Wait()
	if linked != 1 {
		t.Errorf("%d people were led to where they are told that the account is theirs now", linked)
	}
}

func TestT52FormsOfAnotherTabOrPersonDoNothing(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	// Given two tabs of one browser: the first logged in as A, the second as B,
	b := w.firstTime("chan")
	first := b.visit("/iamsmart/link?way=password")
	b.at = ""
	b.login("wong", "approve").want(t, 200, "First login")
	// when A's form is sent from the first tab,
	b.at = w.Gate + "/iamsmart/link"
	asked := w.legacy.tried()
	p := b.submit(first, "/iamsmart/link", first.typed("chan.sm", "night-shift-7"))
	// then it is refused, the application is not asked, and B may go on.
	p.want(t, 403)
	if w.legacy.tried() != asked {
		t.Error("the application was asked")
	}
	b.linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
}

func TestAProofIsGoodForTheAccountItNames(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	// Given a confirm page for one account that is left open,
	stale := b.password("chan.sm", "night-shift-7").want(t, 200, "chan.sm")
	// while the person disowns it and proves another,
	b.submit(stale, "/iamsmart/link", url.Values{"answer": {"no"}}).want(t, 200, "User name")
	fresh := b.password("maria", "tea-at-three").want(t, 200, "maria")
	// when the old page is confirmed, nothing happens;
	b.submit(stale, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 403)
	// the new one links what it shows.
	b.submit(fresh, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "maria")
	if p := b.visit("/"); p.user() != "maria" {
		t.Errorf("greeted as %q", p.user())
	}
}

func TestT50AnUnlinkedPersonReachesOnlyTheLinkPages(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	b.password("chan.sm", "night-shift-7") // proven, but not confirmed
	_, before := w.legacy.last()           // what the check itself asked for
	for _, path := range []string{"/", "/residents", "/admin", "/api/x"} {
		b.visit(path).want(t, 401)
		b.ask(http.MethodPost, w.Gate+path, url.Values{"a": {"b"}}, nil).want(t, 401)
	}
	if _, n := w.legacy.last(); n != before {
		t.Errorf("%d requests reached the application", n-before)
	}
}

func TestNotNowEndsTheLinkUp(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	choice := b.visit("/iamsmart/link")
	b.submit(choice, "/iamsmart/link", url.Values{"step": {"cancel"}}).want(t, 200, "logged out")
	if len(b.named("-p")) != 0 {
		t.Error("the pending cookie is still there")
	}
	b.visit("/iamsmart/link").want(t, 403, "No confirmation came in time", "Login with iAM Smart")
}

func TestT73TheApplicationCannotSayYesOrNo(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"it fails": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "stack trace", http.StatusInternalServerError)
		},
		"it answers ten gigabytes": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = ' '
			}
			for range 10 << 10 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
		"it has no form": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<p>Moved.</p>") },
		"it hangs up": func(w http.ResponseWriter, r *http.Request) {
			panic(http.ErrAbortHandler)
		},
		"it lets anybody in": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.SetCookie(w, &http.Cookie{Name: "IN", Value: time.Now().String(), Path: "/"})
				fmt.Fprint(w, "<p>Welcome</p>")
				return
			}
			fmt.Fprint(w, "<form method=post><input name=user><input name=pass type=password></form>")
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: english})
			w.legacy.Login = answer
			b := w.firstTime("chan")
			start := time.Now()
			p := b.password("chan.sm", "night-shift-7").want(t, 502, "Ref")
			if took := time.Since(start); took > 25*time.Second {
				t.Errorf("took %s", took)
			}
			ref := p.ref()
			if log := w.log(); !strings.Contains(log, ref) || strings.Contains(log, "night-shift-7") {
				t.Errorf("the log must hold the reference %s, and no password", ref)
			}
			if strings.Contains(p.body, "stack trace") {
				t.Error("the page repeats the application's error")
			}
			b.visit("/").want(t, 401)
		})
	}
}

// ref is the reference number on a page.
func (p *shown) ref() string {
	words := strings.Fields(content(p.doc))
	for i, word := range words {
		if (word == "Ref" || strings.HasPrefix(word, "Ref")) && i+1 < len(words) {
			return strings.Trim(words[i+1], ".:")
		}
	}
	return "(no reference)"
}

// peek sends a form without keeping what comes back, for other goroutines.
func (b *browser) peek(address string, form url.Values) (*shown, error) {
	one := b.w.browser()
	one.at = b.w.Gate + "/iamsmart/link"
	one.cookies["localhost"] = make(map[string]string)
	for name, value := range b.cookies["localhost"] {
		one.cookies["localhost"][name] = value
	}
	return one.try(http.MethodPost, address, form, nil)
}

func TestT77NothingSecretIsInTheLog(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	b.password("chan.sm", "wrong-password-1")
	b.linkUp("chan.sm", "night-shift-7")
	back := w.browser()
	p := back.decide(back.visit("/"), "chan", "approve")
	callback, _ := url.Parse(p.Header.Get("Location"))
	back.follow(p)

	secrets := map[string]string{
		"code": callback.Query().Get("code"), "wrong password": "wrong-password-1", "password": "night-shift-7",
		"openID": w.sim.OpenID(w.ClientID, "chan"), "client secret": w.read("secret"),
	}
	for name, value := range back.named("") {
		secrets["cookie "+name] = value
	}
	log := w.log()
	for what, value := range secrets {
		if value == "" {
			t.Errorf("the test knows no %s", what)
		}
		for _, form := range []string{value, url.QueryEscape(value)} {
			if strings.Contains(log, form) {
				t.Errorf("the log at DEBUG holds the %s", what)
			}
		}
	}
	// Nor does the store hold what opens anything.
	for _, file := range []string{"iamsmart.db", "iamsmart.db-wal"} {
		f, err := os.Open(w.Dir + "/" + file)
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for what, value := range secrets {
			if strings.Contains(string(raw), value) {
				t.Errorf("%s holds the %s", file, what)
			}
		}
	}
}
