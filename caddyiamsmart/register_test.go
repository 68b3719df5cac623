package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/caddyiamsmart/store"
)

const registering = english + "link password register\n"

// asksForAccount has iAM Smart fill the form in; the person decides on the phone.
func (b *browser) asksForAccount(person, decision string) *shown {
	b.t.Helper()
	ask := b.visit("/iamsmart/link?way=register").want(b.t, 200, "Ask for an account", "You see everything before it is sent")
	b.submit(ask, "/iamsmart/link", url.Values{"step": {"register"}}).want(b.t, 200, "Open iAM Smart on your phone", "fills in the form")
	b.w.answers(person, decision)
	return b.visit("/iamsmart/link/wait")
}

// sends agrees to what is shown.
func (b *browser) sends(review *shown, answer string) *shown {
	b.t.Helper()
	return b.submit(review, "/iamsmart/link", url.Values{"answer": {answer}})
}

// stored is what the store's files hold, journal included.
func (w *world) stored() string {
	w.t.Helper()
	var all strings.Builder
	for _, name := range []string{"iamsmart.db", "iamsmart.db-wal"} {
		text, err := os.ReadFile(w.Dir + "/" + name)
		if err == nil {
			all.Write(text)
		}
	}
	return all.String()
}

// Given somebody without an account, when they ask for one, then they see what is sent,
// where it stands at each login, and are in once it was approved; what they gave is
// erased at the decision.
func TestARequestForAnAccount(t *testing.T) {
	w := newWorld(t, site{Gate: registering + "register request name_en name_zh mobile email\n", Scopes: profileScopes})
	ctx, linker := t.Context(), w.asker().Linker()
	b := w.firstTime("chan")
	review := b.asksForAccount("chan", "approve").want(t, 200, "Is this correct?", "CHAN, Test Siu Ming", "91230001", "Nothing has been sent yet")
	person := w.unlinked(b).Person
	b.visit("/").want(t, 401)
	sent := b.sends(review, "yes").want(t, 200, "Your request is being looked at", "Request no. 1")
	b.visit(sent.linkTo("Check again")).want(t, 401, "Log in to Care records")
	if sent.linkTo("Link my existing account") != "" || len(find(sent.doc, "form")) > 1 { // the one for the language
		t.Error("the page offers what the ended link-up cannot do")
	}
	if len(b.named("-p")) != 0 {
		t.Error("the link-up goes on")
	}
	b.visit("/").want(t, 401)
	asked, err := linker.Requested(ctx, person)
	if err != nil || asked.State != store.RegistrationOpen {
		t.Fatalf("%v, %v", asked.State, err)
	}
	form, err := w.asker().FilledIn(asked)
	if err != nil || form["name_en"] != "CHAN, Test Siu Ming" || !strings.Contains(form["mobile"], "91230001") || len(form) > 4 {
		t.Errorf("the administrator sees %v, %v", form, err)
	}

	// While it is open, a login tells so, and sending another is refused.
	b = w.browser()
	b.login("chan", "approve").want(t, 200, "Your request is being looked at", "Link my existing account")
	b.visit("/").want(t, 401)
	review = b.asksForAccount("chan", "approve").want(t, 200, "Is this correct?")
	b.sends(review, "yes").want(t, 409, "You have already asked for an account")

	// Refused, with a note; then asked again, and approved.
	if err := linker.Refuse(ctx, asked.Number, "admin", "Please <b>ask</b> the ward first"); err != nil {
		t.Fatal(err)
	}
	erased := func(number int64) {
		t.Helper()
		r, err := linker.Requested(ctx, person)
		if err != nil || r.Number != number || len(r.Form) != 0 {
			t.Errorf("request %d after the decision: %d bytes of form, %v", r.Number, len(r.Form), err)
		}
	}
	erased(1)
	b = w.browser()
	p := b.login("chan", "approve").want(t, 200, "Your request was not approved", "Please <b>ask</b> the ward first", "Ask for an account again")
	if strings.Contains(p.body, "<b>ask") {
		t.Error("the note is not escaped")
	}
	review = b.asksForAccount("chan", "approve").want(t, 200, "Is this correct?")
	b.sends(review, "yes").want(t, 200, "Your request is being looked at", "Request no. 2")
	if _, err := linker.Approve(ctx, 2, accounts.Record{Account: accounts.Account{Name: "chan.sm"}}, "form", "admin", ""); err != nil {
		t.Fatal(err)
	}
	erased(2)
	b = w.browser()
	if p := b.login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("after the approval: %d, %q", p.StatusCode, p.user())
	}
	seen := w.stored() + w.log()
	for _, secret := range []string{"CHAN, Test", "91230001", "陳"} {
		if strings.Contains(seen, secret) {
			t.Errorf("store or log hold %q", secret)
		}
	}
	for event, n := range map[string]int{linkup.EventRequested: 2, linkup.EventRequestRefused: 1, linkup.EventRequestApproved: 1, linkup.EventRefused: 1} {
		if rows := w.trail(event); len(rows) != n || rows[0].Person == "" {
			t.Errorf("the trail says %s %d times, want %d", event, len(rows), n)
		}
	}
}

// Given somebody whom iAM Smart asks, or who is shown what it gave, when they decline,
// then nothing is sent and nothing kept.
func TestARequestThatIsNotSent(t *testing.T) {
	w := newWorld(t, site{Gate: registering, Scopes: profileScopes})
	for decision, says := range map[string]string{"reject": "declined", "timeout": "in time", "fail": ""} {
		b := w.browser()
		b.login("chan", "approve").want(t, 200, "First login")
		if p := b.asksForAccount("chan", decision); p.StatusCode < 400 {
			t.Errorf("%s: %d", decision, p.StatusCode)
		} else if says != "" {
			p.want(t, p.StatusCode, says)
		}
		b.visit("/iamsmart/link").want(t, 200, "First login") // and another way may be taken
	}
	b := w.firstTime("wong")
	review := b.asksForAccount("wong", "approve").want(t, 200, "Is this correct?", "WONG")
	if !strings.Contains(review.body, "王示範玲") {
		t.Error("the Chinese name is not shown")
	}
	b.sends(review, "no").want(t, 200, "First login")
	b.sends(review, "yes").want(t, 403, "out of date") // the older page
	b.visit("/iamsmart/link?way=register").want(t, 200, "Ask for an account")
	if len(w.trail(linkup.EventRequested)) != 0 {
		t.Error("a request was made")
	}
	// The review of one person in the browser of another.
	other := w.firstTime("testa")
	other.ask(http.MethodPost, w.Gate+"/iamsmart/link", url.Values{"token": {hidden(review, "token")}, "step": {"registersend"}, "answer": {"yes"}}, nil).want(t, 403, "out of date")
	// Without the way nobody gets anywhere by its forms.
	w.Site.Gate = english
	w.load()
	other.visit("/iamsmart/link?way=register").want(t, 200, "First login")
	page := other.visit("/iamsmart/link?way=password")
	for _, step := range []string{"register", "registersend", "hkic", "code"} {
		other.ask(http.MethodPost, w.Gate+"/iamsmart/link", url.Values{"token": {hidden(page, "token")}, "step": {step}, "answer": {"yes"}}, nil).want(t, 403, "out of date")
	}
}

// Given a portal that has not granted the scope, then the login itself is refused and
// told; nobody is let in.
func TestARequestWithoutTheScope(t *testing.T) {
	w := newWorld(t, site{Gate: registering, Announced: []string{"scope-approved"}})
	p := w.browser()
	qr := p.submit(p.visit("/"), "/iamsmart/login", url.Values{"device": {"this"}})
	if strings.Contains(qr.body, "/simulator/decide") {
		t.Error("iAM Smart takes a scope that was not granted")
	}
	p.at = ""
	p.visit("/").want(t, 401)
}

func TestARequestInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := newWorld(t, site{Gate: registering, Scopes: profileScopes})
	v := &victim{t: t, w: w, ctx: ctx}
	press := func(selector, next string) {
		t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	login := func(next string) {
		t.Helper()
		v.opens("/")
		press("form.start button.iamsmart", "#approve")
		do(v, chromedp.Click(chromedp.CSS("#person-chan")))
		press("#approve", next)
	}
	login(`main a[href*="way=register"]`)
	press(`main a[href*="way=register"]`, "form.start button.iamsmart")
	press("form.start button.iamsmart", "#waiting")
	w.answers("chan", "approve")
	do(v, chromedp.WaitVisible(chromedp.CSS("dl.facts"))) // the page goes on by itself
	if text := v.text(); !strings.Contains(text, "CHAN, Test Siu Ming") {
		t.Errorf("the review shows\n%s", text)
	}
	press("button[name=answer][value=yes]", `main a.button[href$="/login"]`)
	login(`main a[href*="way=password"]`)
	if text := v.text(); !strings.Contains(text, "Your request is being looked at") {
		t.Errorf("the status shows\n%s", text)
	}
	if _, err := w.asker().Linker().Approve(t.Context(), 1, accounts.Record{Account: accounts.Account{Name: "chan.sm"}}, "form", "admin", ""); err != nil {
		t.Fatal(err)
	}
	login("#user")
}

// wikiWorld is a gate before DokuWiki, which opens accounts by its own form.
func wikiWorld(t *testing.T, register string) *world {
	t.Helper()
	wiki, _ := servertest.DokuWiki(t, servertest.ChosenPasswords)
	// The plain world's gate asks the test application; this one has the wiki.
	return newWorld(t, site{Gate: english, Scopes: profileScopes, More: strings.NewReplacer("REGISTER", register, "WIKIHOST", strings.TrimPrefix(wiki, "http://"), "WIKI", wiki).Replace(`
http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		app wiki
		public_url {{.Gate2}}
		link password register
		accounts form "WIKI/doku.php?id=start&do=login" {
			fields u p
			success status 302
			success body "Logged in as:"
			failure status 403
			confirm "/doku.php?id=start&do=profile" "Update Profile"
			account "\(<bdi>([^<]+)</bdi>\)"
			logout "/doku.php?id=start&do=logout"
		}
		register form "WIKI/doku.php?id=start&do=register" {
			field login {iamsmart.username}
			field pass {iamsmart.password}
			field passchk {iamsmart.password}
			field fullname "{iamsmart.name.en} {iamsmart.name.zh}"
			field email {iamsmart.email}
			REGISTER
		}
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	respond "account={http.request.header.X-Remote-User}"
}`)})
}

// chooses fills the review page with a user name and a password, typed twice.
func (b *browser) chooses(review *shown, user, password, again string) *shown {
	b.t.Helper()
	fields := url.Values{"answer": {"yes"}}
	passwords := []string{password, again}
	for _, in := range find(review.doc, "input") {
		switch attr(in, "type") {
		case "text":
			fields.Set(attr(in, "name"), user)
		case "password":
			fields.Set(attr(in, "name"), passwords[0])
			passwords = passwords[1:]
		}
	}
	return b.submit(review, "/iamsmart/link", fields)
}

// Given the real DokuWiki, when somebody without an account fills in its form through
// the gate, then the account is opened, linked and told to the application.
func TestAnAccountIsOpenedAtDokuWiki(t *testing.T) {
	w := wikiWorld(t, "")
	b := w.browser()
	b.follow(b.decide(b.visit(w.Gate2+"/"), "chan", "approve")).want(t, 200, "First login")
	review := b.asksForAccount("chan", "approve").want(t, 200, "Is this correct?", "CHAN, Test Siu Ming", "Choose a user name and a password")
	b.chooses(review, "chansm", "day&shift 7", "other").want(t, 422, "The two passwords are not the same")
	b.chooses(review, "", "", "").want(t, 422, "Please fill in all fields")
	again := b.chooses(review, "alice", "day&shift 7", "day&shift 7").want(t, 422, "The user name may be taken")
	if strings.Contains(again.body, "day&amp;shift") {
		t.Error("the page repeats the password")
	}
	p := b.chooses(again, "chansm", "day&shift 7", "day&shift 7").want(t, 200, "Is this your account?", "chansm")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked", "chansm")
	b.visit(w.Gate2+"/").want(t, 200, "account=chansm")
	b.visit("/iamsmart/account").want(t, 200, "chansm")
	for _, secret := range []string{"day&shift", "day%26shift", "CHAN, Test"} {
		if strings.Contains(w.log()+w.stored(), secret) {
			t.Errorf("log or store hold %q", secret)
		}
	}
	// The name of that account is nobody else's way in.
	other := w.browser()
	other.follow(other.decide(other.visit(w.Gate2+"/"), "wong", "approve")).want(t, 200, "First login")
	review = other.asksForAccount("wong", "approve").want(t, 200, "Is this correct?")
	other.chooses(review, "chansm", "day&shift 7", "day&shift 7").want(t, 422, "The user name may be taken")
	other.visit(w.Gate2+"/").want(t, 401)
}

// Given an application that does not say whether it opened an account, then the person
// is told not to send it again, and is not linked.
func TestAnAccountThatMayOrMayNotBeOpen(t *testing.T) {
	w := wikiWorld(t, `success body "words that never come"
			failure body "other words that never come"`)
	b := w.browser()
	b.follow(b.decide(b.visit(w.Gate2+"/"), "chan", "approve")).want(t, 200, "First login")
	review := b.asksForAccount("chan", "approve").want(t, 200, "Is this correct?")
	b.chooses(review, "chansm", "day&shift 7", "day&shift 7").want(t, 502, "Your account may or may not be open", "Do not send again")
	b.visit(w.Gate2+"/").want(t, 401)
	if len(w.trail(linkup.EventLinked)) != 0 {
		t.Error("somebody was linked")
	}
}

func TestAnAccountIsOpenedInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := wikiWorld(t, "")
	w.Gate = w.Gate2
	v := &victim{t: t, w: w, ctx: ctx}
	press := func(selector, next string) {
		t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	v.opens("/")
	press("form.start button.iamsmart", "#approve")
	do(v, chromedp.Click(chromedp.CSS("#person-chan")))
	press("#approve", `main a[href*="way=register"]`)
	press(`main a[href*="way=register"]`, "form.start button.iamsmart")
	press("form.start button.iamsmart", "#waiting")
	w.answers("chan", "approve")
	do(v, chromedp.WaitVisible(chromedp.CSS("dl.facts")))
	fields := `main form input[type=%]`
	v.enters(strings.Replace(fields, "%", "text", 1), "chansm")
	v.enters("main form p:nth-of-type(3) input", "day&shift 7")
	v.enters("main form p:nth-of-type(4) input", "day&shift 7")
	press("button[name=answer][value=yes]", "#account")
	press("button[name=answer][value=yes]", "main a.button")
	v.opens("/")
	if text := v.text(); !strings.Contains(text, "account=chansm") {
		t.Errorf("the application shows\n%s", text)
	}
}
