package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// code makes a link code for an account of the application, as an administrator does.
func (w *world) code(account string) string {
	w.t.Helper()
	code, _, err := w.asker().Linker().Code(w.t.Context(), accounts.Account{Name: account}, "form", "admin")
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// types sends the form of the link code.
func (b *browser) types(code string) *shown {
	b.t.Helper()
	form := b.visit("/iamsmart/link?way=code")
	return b.submit(form, "/iamsmart/link", form.typed(code, ""))
}

// wide writes a text in full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 {
			return r + 0xFEE0
		}
		return r
	}, s)
}

// Given a slip with a link code, however a person types it, then it proves the account
// once.
func TestALinkCodeHoweverItIsTyped(t *testing.T) {
	for name, typed := range map[string]func(string) string{
		"as printed":        func(s string) string { return s },
		"small letters":     strings.ToLower,
		"blanks":            func(s string) string { return "  " + strings.ReplaceAll(s, "-", " ") + "\t" },
		"no hyphens":        func(s string) string { return strings.ReplaceAll(s, "-", "") },
		"full width":        wide,
		"full width, small": func(s string) string { return wide(strings.ToLower(s)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: english + "link password code\n"})
			code := w.code("chan.sm")
			b := w.firstTime("chan")
			p := b.types(typed(code)).want(t, 200, "Is this your account?", "chan.sm")
			b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
			if p := b.visit("/"); p.user() != "chan.sm" {
				t.Errorf("greeted as %q", p.user())
			}
			b.visit("/iamsmart/account").want(t, 200, "code")
			if w.legacy.tried() != 0 {
				t.Error("the application was asked")
			}
			// It is used up, for another and for the same person.
			w.firstTime("wong").types(code).want(t, 422, "not correct, was used before or is too old")
			plain, canonical := w.log()+w.read("iamsmart.db"), strings.ReplaceAll(code, "-", "")
			for _, form := range []string{code, canonical, strings.ToLower(canonical), wide(code)} {
				if strings.Contains(plain, form) {
					t.Error("log or store hold the code")
				}
			}
		})
	}
}

// T60: wrong codes are counted as wrong passwords are, whichever way is tried between.
func TestT60WrongLinkCodesAreCounted(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code\n"})
	code := w.code("chan.sm")
	b := w.firstTime("chan")
	b.types("ABCD-EFGH-JKLM").want(t, 422, "not correct", "3 tries left")
	b.password("chan.sm", "guess").want(t, 422, "2 tries left")
	b.types("").want(t, 422, "1 try left")
	b.types(strings.Repeat("A", 5000)).want(t, 403, "Too many tries")
	form := b.visit("/iamsmart/link?way=code")
	b.submit(form, "/iamsmart/link", form.typed(code, "")).want(t, 403, "Too many tries")
	w.browser().login("chan", "approve").want(t, 403, "Too many tries")
	// The code is still good, for whoever it was made for.
	w.firstTime("wong").types(code).want(t, 200, "Is this your account?")
	if rows := w.trail("refused"); len(rows) != 3 {
		t.Errorf("the trail has %d rows of three wrong codes", len(rows))
	}
	for _, row := range w.trail("") {
		if strings.Contains(row.Detail, "ABCD") {
			t.Error("the trail holds what was typed")
		}
	}
}

// T63: a wrong code, a used one, one of another app and one that was replaced are
// answered at the same fixed time, in the same words.
func TestT63WrongLinkCodesAreAnsweredAlike(t *testing.T) {
	const pace = 400 * time.Millisecond
	w := newWorld(t, site{Gate: english + "link password code\n", Trying: &caddyiamsmart.Trying{Pace: pace}})
	used := w.code("maria")
	b := w.firstTime("testa")
	b.submit(b.types(used), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200)
	replaced := w.code("chan.sm")
	good := w.code("chan.sm")
	expired := w.code("wong.ml")
	w.behind(`UPDATE link_codes SET expires = 1 WHERE account_name = 'wong.ml'`)
	bodies := map[string]bool{}
	for name, code := range map[string]string{"wrong": "ABCD-EFGH-JKLM", "used": used, "replaced": replaced, "expired": expired, "short": "A"} {
		b := w.browser()
		person := map[string]string{"wrong": "chan", "used": "wong", "replaced": "osample", "expired": "long", "short": "au"}[name]
		b.login(person, "approve").want(t, 200, "First login")
		form := b.visit("/iamsmart/link?way=code")
		began := time.Now()
		p := b.submit(form, "/iamsmart/link", form.typed(code, "")).want(t, 422, "not correct, was used before or is too old", "3 tries left")
		if took := time.Since(began); took < pace || took > 2*pace {
			t.Errorf("%s: answered after %s", name, took)
		}
		bodies[strings.Join(strings.Fields(content(p.doc)), " ")] = true
	}
	if len(bodies) > 2 { // the minute in which the steps must be finished may pass
		t.Errorf("%d different answers", len(bodies))
	}
	b = w.firstTime("chan")
	b.types(good).want(t, 200, "chan.sm")
}

// T53: an account that somebody else had goes on by a code and by nothing else.
func TestT53ACodeGivesAnAccountToTheNextPerson(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code\n"})
	old := w.arrive("chan", "chan.sm", "night-shift-7")
	if _, _, err := w.asker().Linker().Code(t.Context(), accounts.Account{Name: "CHAN.SM"}, "form", "admin"); err == nil {
		t.Error("a code was made for an account that is linked")
	}
	old.follow(old.asksFor("unlink", "chan", "approve")).want(t, 200)
	b := w.firstTime("wong")
	b.password("chan.sm", "night-shift-7").want(t, 409, "already linked to someone else")
	p := b.types(w.code("chan.sm")).want(t, 200, "Is this your account?", "chan.sm")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
	// Now it is the old person who needs one.
	w.firstTime("chan").password("chan.sm", "night-shift-7").want(t, 409, "already linked to someone else")
}

// T51, T52: a code that somebody typed but did not agree to stays good, and who agrees
// first has the account.
func TestT51ACodeIsUsedUpByTheLinkAlone(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code\n"})
	code := w.code("chan.sm")
	a, b := w.firstTime("wong"), w.firstTime("chan")
	stale := a.types(code).want(t, 200, "chan.sm")
	disowned := b.types(code).want(t, 200, "chan.sm")
	b.submit(disowned, "/iamsmart/link", url.Values{"answer": {"no"}}).want(t, 200, "First login")
	b.submit(b.types(code), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
	if p := a.submit(stale, "/iamsmart/link", url.Values{"answer": {"yes"}}); p.StatusCode != 409 && p.StatusCode != 403 {
		t.Errorf("the second person: %d\n%s", p.StatusCode, p.body)
	}
	a.visit("/").want(t, 401)
	// A form of another page, or without the way, does nothing.
	w2 := w.firstTime("testa")
	page := w2.visit("/iamsmart/link?way=code")
	fields := page.typed(code, "")
	fields.Set("step", "code")
	fields.Set("token", "x")
	w2.ask(http.MethodPost, w.Gate+"/iamsmart/link", fields, nil).want(t, 403, "out of date")
}

// Given a code for an account that was closed or deleted since, then it links nobody.
func TestACodeForAnAccountThatIsNoMore(t *testing.T) {
	l := newStaffList(t, "name,key,hash,state\nKChan,17,,1\nleft,18,,1\n")
	w := newWorld(t, site{Gate: english + "link password code\n", Accounts: `accounts file "` + l.path + `"`})
	code := func(name, key string) string {
		c, _, err := w.asker().Linker().Code(t.Context(), accounts.Account{Name: name, Key: key}, "file", "admin")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	closed, gone := code("KChan", "17"), code("left", "18")
	l.write("name,key,hash,state\nKChan,17,,0\n")
	w.load()
	b := w.firstTime("chan")
	// Not for a moment is it proven, or another tab could say yes while the account is looked at.
	w.behind(`CREATE TRIGGER proven BEFORE UPDATE ON pendings WHEN NEW.proof_id IS NOT NULL BEGIN SELECT RAISE(ABORT, 'proven'); END;
		UPDATE pendings SET tries = tries`)
	b.types(closed).want(t, 403, "cannot be used now")
	b.types(gone).want(t, 403, "cannot be used now")
	b.visit("/iamsmart/link").want(t, 200, "First login")
	w.behind(`DROP TRIGGER proven; UPDATE pendings SET tries = tries`)
	l.write("name,key,hash,state\nKChan,17,,1\n")
	w.load()
	b.submit(b.types(closed).want(t, 200, "KChan"), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
	if p := b.visit("/"); p.user() != "KChan" {
		t.Errorf("greeted as %q", p.user())
	}
}

func TestALinkCodeInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := newWorld(t, site{Gate: english + "link code\n"})
	code := w.code("chan.sm")
	v := &victim{t: t, w: w, ctx: ctx}
	press := func(selector, next string) {
		t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	v.opens("/")
	press("form.start button.iamsmart", "#approve")
	do(v, chromedp.Click(chromedp.CSS("#person-chan")))
	press("#approve", `main a[href*="way=code"]`)
	press(`main a[href*="way=code"]`, "input.code")
	v.enters("input.code", "abcd efgh jklm")
	press("main form button.button", "#error")
	v.enters("input.code", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	press("main form button.button", "button[name=answer][value=yes]")
	press("button[name=answer][value=yes]", "main a.button")
	press("main a.button", "#user")
	if text := v.text(); !strings.Contains(text, ">chan.sm<") {
		t.Errorf("the application shows\n%s", text)
	}
}
