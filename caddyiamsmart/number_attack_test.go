package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// plain is a page without what differs from one to the next.
func (p *shown) plain() string { return strings.ReplaceAll(p.body, p.ref(), "REF") }

// people are persons of these numbers, whose names are p0, p1 and so on.
func people(numbers ...string) (all []simulator.Person) {
	for i, n := range numbers {
		one := simulator.Person{Name: "p" + number(i), Identification: n}
		if digit := strings.TrimPrefix(card0(n), n); digit != "" {
			one.CheckDigit = strings.Trim(digit, "()")
		}
		all = append(all, one)
	}
	return all
}

// Attack T57: a number is one person's or nobody's, however the home's clerks have
// typed it, and a wrong one finds nobody; it is never the first row that counts.
func TestT57HowNumbersStandInTheRecords(t *testing.T) {
	cases := []struct{ name, number, want string }{
		{"brackets", "A100001", "brackets"},
		{"none", "A100002", "none"},
		{"lower case and blanks", "B100003", "small"},
		{"two letters", "WX100004", "two"},
		{"one letter, beside two of which it is the end", "X100004", "one"},
		{"a wrong check digit in the records", "C100005", ""},
		{"no check digit in the records", "C100006", ""},
		{"the same number twice", "D100007", ""},
		{"the same number in two spellings", "D100008", ""},
		{"of somebody who has left", "E100009", ""},
		{"of somebody who has left, and came back under another name", "E100010", ""},
		{"nobody's", "G100011", ""},
		{"O for 0", "G100012", ""},
		{"what stands for no number", "A000000", ""},
		{"a consular corps card", "CON-T000013", "consul"},
		{"a statement", "x' OR '1'='1", ""},
		{"a pattern", "A1%", ""},
	}
	var numbers []string
	for _, c := range cases {
		numbers = append(numbers, c.number)
	}
	no := func(number string) string { return strings.NewReplacer("(", "", ")", "").Replace(card(t, number)) }
	wrong := no("C100005")[:7] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(no("C100005"), "0")]
	staff := staffFile(t,
		employee{login: "brackets", card: card(t, "A100001")}, employee{login: "none", card: no("A100002")},
		employee{login: "small", card: " b 100 003 (" + strings.ToLower(no("B100003")[7:]) + ") "},
		employee{login: "two", card: card(t, "WX100004")}, employee{login: "one", card: card(t, "X100004")},
		employee{login: "typo", card: wrong}, employee{login: "short", card: "C100006"},
		employee{login: "twin", card: card(t, "D100007")}, employee{login: "twin2", card: card(t, "D100007")},
		employee{login: "spelled", card: card(t, "D100008")}, employee{login: "spelled2", card: strings.ToLower(no("D100008"))},
		employee{login: "left", card: card(t, "E100009"), left: true},
		employee{login: "left2", card: card(t, "E100010"), left: true}, employee{login: "back", card: card(t, "E100010")},
		employee{login: "lookalike", card: "G1OOO12(" + no("G100012")[7:] + ")"},
		employee{login: "empty", card: ""}, employee{login: "empty2", card: " "},
		employee{login: "placeholder", card: "A000000(0)"}, employee{login: "placeholder2", card: "A000000(0)"},
		employee{login: "consul", card: "CON-T000013"},
	)
	staff.exec(`INSERT INTO staff VALUES (90, 'null', NULL, 1, NULL, NULL, NULL)`)
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Simulator: simulator.Options{Persons: people(numbers...)}})
	refusals := make(map[string]string)
	for i, c := range cases {
		b := w.firstTime("p" + number(i))
		p := b.byNumber("p" + number(i))
		if c.want == "" {
			p.want(t, 403, "No matching account", "Ref")
			refusals[p.plain()] = c.name
			w.nobody(b)
			continue
		}
		if b.yes(p.want(t, 200, "Is this your account?", c.want)); b.visit("/").user() != c.want {
			t.Errorf("%s: greeted as %q", c.name, b.visit("/").user())
		}
	}
	if len(refusals) != 1 {
		t.Errorf("the refusals differ: %v", refusals)
	}
}

// Attack T57: given a statement that finds more than what is the same number, then one
// row counts where its number is the same in canonical form, and everything else is no
// match: it costs a try, and looks like a number that is nobody's.
func TestT57AStatementThatFindsMore(t *testing.T) {
	const d = "D400005"
	staff := staffFile(t,
		employee{login: "typed", card: strings.ToLower(card(t, "A400001"))}, employee{login: "short", card: "A400002"},
		employee{login: "dashed", card: "A400003-" + card(t, "A400003")[8:9]}, employee{login: "other", card: card(t, "A400004")},
		employee{login: "twin", card: strings.ToLower(card(t, d))}, employee{login: "twin2", card: strings.NewReplacer("(", "", ")", "").Replace(card(t, d))})
	// Of A400004 the records have another check digit than the card.
	staff.exec(`UPDATE staff SET card = 'A400004(' || CASE WHEN card LIKE '%(1)' THEN '2)' ELSE '1)' END WHERE login = 'other'`)
	block := `accounts sql sqlite "` + staff.file + `" {
		by_name "SELECT login AS name, pw AS hash FROM staff WHERE login = {username}"
		by_hkic "SELECT login AS name, card AS hkic, active AS state FROM staff WHERE substr(upper(card), 1, 7) = substr({hkic}, 1, 7)"
	}`
	persons := people("A400001", "A400002", "A400003", "A400004", d, "A400006")
	w := newWorld(t, site{Gate: byNumber + "link_tries 1\n", Accounts: block, Scopes: profileScopes, Simulator: simulator.Options{Persons: persons}})
	looks := make(map[string]bool)
	for i := range persons {
		person := "p" + number(i)
		p := w.firstTime(person).byNumber(person)
		if i == 0 {
			p.want(t, 200, "Is this your account?", "typed")
			continue
		}
		looks[p.want(t, 403, "No matching account").plain()] = true
		w.browser().login(person, "approve").want(t, 403, "Too many tries")
	}
	if len(looks) != 1 {
		t.Errorf("the refusals differ: %v", looks)
	}
}

// card0 is card without a test: what is no number is given back.
func card0(identification string) string {
	if digit, ok := checkDigitOf(identification); ok {
		return identification + "(" + digit + ")"
	}
	return identification
}

// Attack T58: the answer for a number that is nobody's, several people's, or a closed
// account's is one: page, status, and the time at which it comes; a crowd that failed
// from the same address makes it slower and keeps nobody out.
func TestT58NothingTellsWhetherANumberIsKnown(t *testing.T) {
	const pace = 300 * time.Millisecond
	staff := staffFile(t, employee{login: "twin", card: card(t, "A200001")}, employee{login: "twin2", card: card(t, "A200001")},
		employee{login: "left", card: card(t, "A200002"), left: true}, employee{login: "works", card: card(t, "A200004")})
	w := newWorld(t, site{
		Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Trying: &caddyiamsmart.Trying{Pace: pace},
		Simulator: simulator.Options{Persons: people("A200000", "A200001", "A200002", "A200003", "A200004")},
	})
	pages := make(map[string]int)
	for i := range 3 {
		person := "p" + number(i)
		b := w.firstTime(person)
		b.asksNumber()
		w.answers(person, "approve")
		began := time.Now()
		p := b.ask(http.MethodGet, w.Gate+"/iamsmart/link/wait", nil, nil).want(t, 403, "No matching account")
		if took := time.Since(began); took < pace || took > 3*time.Second {
			t.Errorf("%s: took %s", person, took)
		}
		pages[p.plain()]++
		// It can be asked for no sooner than again on the phone, and the pages lead on.
		b.visit("/iamsmart/link/wait").want(t, 200, "First login")
	}
	if len(pages) != 1 {
		t.Errorf("%d different pages", len(pages))
	}
	if log := w.log(); strings.Count(log, `"event":"refused"`)+strings.Count(log, `"msg":"refused"`) < 3 {
		t.Error("the refusals are not written down")
	}

	// One person may try four times, whatever comes of it.
	b := w.firstTime("p03")
	for range 4 {
		b.byNumber("p03").want(t, 403, "No matching account")
	}
	b.asksNumber().want(t, 403, "Too many tries")
	w.browser().login("p03", "approve").want(t, 403, "Too many tries")
	if n := len(w.sim.Waiting()); n != 0 {
		t.Errorf("%d more requests on the phone", n)
	}

	// Somebody else at the same address is not kept out.
	b = w.firstTime("p04")
	b.yes(b.byNumber("p04").want(t, 200, "works")).want(t, 200, "has been linked")
}

// Attack T58: many who fail from one address make a no slower.
func TestT58AnAddressOnlySlows(t *testing.T) {
	const pace = 150 * time.Millisecond
	w := newWorld(t, site{Gate: byNumber + "link_tries 10\n", Accounts: staffFile(t, employee{login: "x", card: "x"}).block(), Scopes: profileScopes,
		Trying: &caddyiamsmart.Trying{Pace: pace}})
	for _, person := range []string{"chan", "wong"} {
		b := w.firstTime(person)
		for range 10 {
			b.submit(b.asksNumber(), "/iamsmart/link", url.Values{"step": {"cancelwait"}}).want(t, 200, "First login")
		}
	}
	b := w.firstTime("testa")
	b.asksNumber()
	w.answers("testa", "approve")
	began := time.Now()
	b.visit("/iamsmart/link/wait").want(t, 403, "No matching account")
	if took := time.Since(began); took < 2*pace || took > 4*pace {
		t.Errorf("after twenty tries from the address it took %s", took)
	}
}

// Attack T58: the number comes from iAM Smart; what a browser sends is not looked at.
func TestT58TheBrowserGivesNoNumber(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")}, employee{login: "Wong", card: card(t, "Z000002")})
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("wong")
	form := b.visit("/iamsmart/link?way=hkic")
	forged := url.Values{"token": {hidden(form, "token")}, "step": {"hkic"}}
	for _, name := range []string{"hkic", "number", "idNo", "account", "for", "fields"} {
		forged.Set(name, card(t, "Z000001"))
	}
	b.follow(b.ask(http.MethodPost, w.Gate+"/iamsmart/link?hkic=Z000001", forged, nil)).want(t, 200, "Waiting for your answer")
	b.visit("/iamsmart/link/wait?hkic="+url.QueryEscape(card(t, "Z000001"))).want(t, 200, "Waiting for your answer")
	w.answers("wong", "approve")
	b.yes(b.visit("/iamsmart/link/wait?account=KChan").want(t, 200, "Wong"))
	if p := b.visit("/"); p.user() != "Wong" {
		t.Errorf("greeted as %q", p.user())
	}
}

// Given a gate where people are found by their number and in no other way, then no
// password can be tried there.
func TestNoPasswordWhereOnlyNumbersAreTaken(t *testing.T) {
	w := newWorld(t, site{Gate: byNumber, Accounts: staffFile(t, employee{login: "chan", card: card(t, "Z000001")}).block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	for _, way := range []string{"password", "code", "register", "import", ""} {
		p := b.visit("/iamsmart/link?way="+way).want(t, 200, "First login")
		if len(find(p.doc, "form")) > 0 && strings.Contains(p.body, `type="password"`) || strings.Contains(p.body, "way=password") {
			t.Errorf("way=%s offers passwords", way)
		}
	}
	token := hidden(b.visit("/iamsmart/link?way=hkic"), "token")
	for _, step := range []string{"password", "code", "register", "registersend", "confirm", "approve", "cancelwait", "choose", "import", "profile"} {
		fields := url.Values{"token": {token}, "step": {step}, "user": {"chan.sm"}, "password": {"night-shift-7"}, "link": {"1"}, "answer": {"yes"}}
		p := b.follow(b.ask(http.MethodPost, w.Gate+"/iamsmart/link", fields, nil))
		p.want(t, 403, "out of date")
	}
	if n := w.legacy.tried(); n != 0 {
		t.Errorf("the application was asked %d times", n)
	}
	w.nobody(b)
}

// Given several ways, when the number leads nowhere, then another way does, and the
// other way round.
func TestTheNumberBesideOtherWays(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001"), name: "陳"})
	w := newWorld(t, site{Gate: english + "link password hkic code\n", Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("wong")
	p := b.byNumber("wong").want(t, 403, "No matching account", "Choose another way")
	b.visit(p.linkTo("Back")).want(t, 200, "Link my existing account", "Use my identity card number")
	b.password("wong.ml", "ward-two-4").want(t, 200, "Is this your account?", "wong.ml")
	b.yes(b.visit("/iamsmart/link")).want(t, 200, "has been linked")

	b = w.firstTime("chan")
	b.password("wrong", "wrong").want(t, 422)
	p = b.byNumber("chan").want(t, 200, "Is this your account?", "KChan")
	// "Not mine" leads back, and what was found is dropped.
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"no"}}).want(t, 200, "First login")
	b.yes(b.byNumber("chan")).want(t, 200, "has been linked", "KChan")
	// Who has a link is not asked for a number any more.
	if p := w.browser().login("chan", "approve"); p.user() != "KChan" || len(w.sim.Waiting()) != 0 {
		t.Errorf("greeted as %q; %d requests", p.user(), len(w.sim.Waiting()))
	}
}
