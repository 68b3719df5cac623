package caddyiamsmart_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// every are headers of all that iAM Smart can tell.
const every = `header_up X-Remote-User {iamsmart.account}
	header_up X-Name {iamsmart.name.en}
	header_up X-Chinese-Name {iamsmart.name.zh}
	header_up X-Born {iamsmart.birth_date}
	header_up X-Gender {iamsmart.gender}`

// told are some headers of what the application was sent last.
func (w *world) headers(names ...string) string {
	w.t.Helper()
	r, _ := w.legacy.last()
	if r == nil {
		w.t.Fatal("the application was asked nothing")
	}
	var values []string
	for _, name := range names {
		values = append(values, strings.Join(r.Header.Values(name), "+"))
	}
	return strings.Join(values, "|")
}

// Given headers that take what iAM Smart says of a person, then it is asked once, while
// they are linked, kept sealed, and sent ever after; and it goes into no log or store in
// clear.
func TestWhatIAmSmartSaysGoesUpstream(t *testing.T) {
	w := newWorld(t, site{Gate: english, Header: every, Scopes: profileScopes})
	b := w.firstTime("chan")
	b.password("chan.sm", "night-shift-7").want(t, 200, "Open iAM Smart on your phone", "name in English, name in Chinese, date of birth, sex")
	if fields := strings.Join(w.phone("chan").Fields, " "); fields != "enName chName birthDate gender" {
		t.Errorf("asked for %q", fields)
	}
	w.answers("chan", "approve")
	b.yes(b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "chan.sm")).want(t, 200, "has been linked")
	const want = "chan.sm|CHAN, Test Siu Ming|陳測試明|1978-11-03|M"
	names := []string{"X-Remote-User", "X-Name", "X-Chinese-Name", "X-Born", "X-Gender"}
	b.visit("/")
	if got := w.headers(names...); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// The next login costs one approval, and a reload changes nothing.
	again := w.browser()
	again.login("chan", "approve")
	if got := w.headers(names...); got != want || len(w.sim.Waiting()) != 0 {
		t.Errorf("%q, want %q; %d requests", got, want, len(w.sim.Waiting()))
	}
	w.load()
	again.ask("GET", w.Gate+"/", nil, with(map[string]string{"X-Name": "Forged", "X-Born": "2000-01-01"}))
	if got := w.headers(names...); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// A person of whom less is known.
	au := w.firstTime("testa")
	au.password("maria", "tea-at-three").want(t, 200, "Open iAM Smart on your phone")
	w.answers("testa", "approve")
	au.yes(au.visit("/iamsmart/link/wait")).want(t, 200, "has been linked")
	au.visit("/")
	if got := w.headers(names...); got != "maria|TESTA, Maria Example||1992-06-30|F" {
		t.Errorf("%q", got)
	}
	store := w.read("iamsmart.db") + w.read("iamsmart.db-wal")
	for _, said := range []string{"Siu Ming", "陳測試明", "1978-11-03"} {
		if strings.Contains(store, said) {
			t.Errorf("the store holds %q", said)
		}
	}
}

// Given headers that take nothing of it, then nothing is asked, and logins ask for the
// least.
func TestNothingIsAskedThatNobodyTakes(t *testing.T) {
	w := newWorld(t, site{Gate: english, Scopes: profileScopes})
	if scope := w.scope(); scope != "eidapi_auth" {
		t.Errorf("a login asks for %q", scope)
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	if n := w.sim.Calls("account/auth/profile/initiateRequest"); n != 0 {
		t.Errorf("a profile was asked for %d times", n)
	}
	b.visit("/")
	// Only what is taken is asked for.
	w = newWorld(t, site{Gate: english, Header: "header_up X-Gender {iamsmart.gender}", Scopes: profileScopes})
	if scope := w.scope(); scope != "eidapi_auth eidapi_profiles" {
		t.Errorf("a login asks for %q", scope)
	}
	b = w.firstTime("wong")
	b.password("wong.ml", "ward-two-4").want(t, 200, "Check what is asked for: sex .")
	if fields := w.phone("wong").Fields; len(fields) != 1 || fields[0] != "gender" {
		t.Errorf("asked for %v", fields)
	}
}

// Given a person who has registered anew in iAM Smart, when they prove their account
// again, then iAM Smart is asked anew, and the new name goes upstream.
func TestR12ANewNameGoesUpstream(t *testing.T) {
	w := newWorld(t, site{Gate: english, Header: every, Scopes: profileScopes})
	b := w.firstTime("wong")
	b.password("wong.ml", "ward-two-4")
	w.answers("wong", "approve")
	b.yes(b.visit("/iamsmart/link/wait")).want(t, 200, "has been linked")
	b.visit("/")
	before := w.headers("X-Name")
	if err := w.sim.Reregister("wong", "WONG CHAN, Demo Mei Ling", ""); err != nil {
		t.Fatal(err)
	}
	b = w.browser()
	b.login("wong", "approve").want(t, 200, "wong.ml")
	w.nobody(b)
	b.password("wong.ml", "ward-two-4").want(t, 200, "Open iAM Smart on your phone")
	w.answers("wong", "approve")
	b.yes(b.visit("/iamsmart/link/wait").want(t, 200, "wong.ml"))
	b.visit("/")
	if got := w.headers("X-Remote-User", "X-Name"); got != "wong.ml|WONG CHAN, Demo Mei Ling" || strings.Contains(before, "CHAN") {
		t.Errorf("%q, before it %q", got, before)
	}
}

// Given columns of the records as attributes, then they go upstream, and a change of
// them does so at the next look at the account.
func TestAttributesOfTheRecordsGoUpstream(t *testing.T) {
	const ward = "header_up X-Remote-User {iamsmart.account}\nheader_up X-Ward {iamsmart.account.ward}"
	t.Run("a database", func(t *testing.T) {
		t.Cleanup(caddyiamsmart.LeastRecheck(time.Second))
		staff, block := inPostgres(t, employee{login: "KChan"})
		w := newWorld(t, site{Gate: english + "recheck 1s\n", Header: ward, Accounts: block})
		b := w.arrive("chan", "kchan", "correct horse")
		b.visit("/")
		if got := w.headers("X-Remote-User", "X-Ward"); got != "KChan|2A" {
			t.Errorf("%q", got)
		}
		staff.exec(`UPDATE staff SET ward = '3B'`)
		time.Sleep(1200 * time.Millisecond)
		b.visit("/")
		if got := w.headers("X-Remote-User", "X-Ward"); got != "KChan|3B" {
			t.Errorf("after the change %q", got)
		}
		staff.exec(`UPDATE staff SET ward = NULL`)
		time.Sleep(1200 * time.Millisecond)
		b.visit("/")
		if got := w.headers("X-Remote-User", "X-Ward"); got != "KChan|" {
			t.Errorf("after the second change %q", got)
		}
	})
	t.Run("a directory", func(t *testing.T) {
		block := inSlapd(t, employee{login: "NChan", name: "Chan", card: "x"})
		w := newWorld(t, site{Gate: english, Accounts: block, Header: strings.ReplaceAll(ward, "account.ward", "account.departmentnumber") + `
			header_up X-Lines {iamsmart.account.title} lines
			header_up X-Joined {iamsmart.account.title} percent joined ,
			path /list {
				header_up X-Title {iamsmart.account.title}
			}`})
		b := w.arrive("chan", "nchan", "correct horse")
		b.visit("/")
		got := w.headers("X-Remote-User", "X-Ward", "X-Lines", "X-Joined")
		if got != "NChan|2A|nurse+cook, chef|nurse,cook%2C%20chef" && got != "NChan|2A|cook, chef+nurse|cook%2C%20chef,nurse" {
			t.Errorf("%q", got)
		}
		// Which of several is meant nobody knows.
		if p := b.visit("/list"); p.StatusCode != 502 || !strings.Contains(w.log(), "it has 2 values; write 'joined") {
			t.Errorf("%d\n%s", p.StatusCode, p.body)
		}
	})
	t.Run("a list", func(t *testing.T) {
		w := newWorld(t, site{Gate: english, Header: ward, Accounts: listOf(t, employee{login: "KChan"})})
		w.arrive("chan", "kchan", "correct horse").visit("/")
		if got := w.headers("X-Remote-User", "X-Ward"); got != "KChan|2A" {
			t.Errorf("%q", got)
		}
	})
}

// Who does not give what the headers need is not linked, and may think again.
func TestWhoDoesNotGiveWhatHeadersNeed(t *testing.T) {
	w := newWorld(t, site{Gate: english, Header: every, Scopes: profileScopes})
	b := w.firstTime("chan")
	b.password("chan.sm", "night-shift-7")
	w.answers("chan", "reject")
	p := b.visit("/iamsmart/link/wait").want(t, 403, "declined")
	p = b.visit(p.linkTo("Back")).want(t, 200, "Is this your account?")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "Open iAM Smart on your phone")
	w.nobody(b)
	w.answers("chan", "approve")
	b.yes(b.visit("/iamsmart/link/wait")).want(t, 200, "has been linked")
	if n := fmt.Sprint(w.rows("links")); n != "1" {
		t.Errorf("%s links", n)
	}
}
