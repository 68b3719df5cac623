package caddyiamsmart_test

import (
	"database/sql"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// byNumber is a gate where people are found by the number of their identity card.
const byNumber = english + "link hkic\n"

// staffTable is what the database of a home may hold.
const staffTable = `CREATE TABLE staff (id INTEGER PRIMARY KEY, login VARCHAR(80), pw VARCHAR(200), active INTEGER, card VARCHAR(40), full_name VARCHAR(80), ward VARCHAR(40))`

// statements are the operator's, upon that table. They have to take away what the
// home's clerks have typed around a number.
const statements = `
	by_name "SELECT id AS \"key\", login AS name, pw AS hash, active AS state, full_name AS display_name, ward FROM staff WHERE lower(login) = lower({username})"
	by_key "SELECT id AS \"key\", login AS name, pw AS hash, active AS state, full_name AS display_name, ward FROM staff WHERE id = {key}"
	by_hkic "SELECT id AS \"key\", login AS name, card AS hkic, active AS state, full_name AS display_name, ward FROM staff WHERE replace(replace(replace(upper(card), '(', ''), ')', ''), ' ', '') = {hkic}"
`

// member of a home's staff, as its records have them.
type employee struct {
	login, card, name string
	left              bool
}

// records are a home's database that a test may change while the gate runs.
type records struct {
	t    testing.TB
	db   *sql.DB
	file string
}

// staffFile is a database in one file.
func staffFile(t testing.TB, staff ...employee) records {
	t.Helper()
	file := filepath.Join(t.TempDir(), "records.db")
	db, err := sql.Open("sqlite", file+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r := records{t, db, file}
	r.exec(staffTable)
	r.hire(staff...)
	return r
}

func (r records) exec(statement string, args ...any) {
	r.t.Helper()
	if _, err := r.db.Exec(statement, args...); err != nil {
		r.t.Fatal(err)
	}
}

func (r records) hire(staff ...employee) {
	r.t.Helper()
	for i, e := range staff {
		active := "1"
		if e.left {
			active = "0"
		}
		quoted := strings.NewReplacer("'", "''")
		r.exec(`INSERT INTO staff VALUES (` + number(i+1) + `, '` + quoted.Replace(e.login) + `', '` + bcryptOfFile + `', ` + active + `, '` +
			quoted.Replace(e.card) + `', '` + quoted.Replace(e.name) + `', '2A')`)
	}
}

func number(i int) string { return string(rune('0'+i/10)) + string(rune('0'+i%10)) }

// block is how the gate asks it.
func (r records) block() string { return `accounts sql sqlite "` + r.file + `" {` + statements + `}` }

// card is the number of somebody's identity card as a clerk would type it.
func card(t testing.TB, identification string) string {
	t.Helper()
	digit, ok := iamsmart.HKICCheckDigit(identification)
	if !ok {
		t.Fatalf("%s is no number", identification)
	}
	return identification + "(" + string(digit) + ")"
}

// asksNumber has the gate ask iAM Smart for the number of the person who has just
// come back from there.
func (b *browser) asksNumber() *shown {
	b.t.Helper()
	ask := b.visit("/iamsmart/link?way=hkic").want(b.t, 200, "Use your identity card number", "do not keep it")
	return b.submit(ask, "/iamsmart/link", url.Values{"step": {"hkic"}})
}

// phone is what waits on a person's phone.
func (w *world) phone(person string) simulator.Waiting {
	w.t.Helper()
	var found []simulator.Waiting
	for _, one := range w.sim.Waiting() {
		if one.Person == person {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		w.t.Fatalf("nothing waits on the phone of %s", person)
	}
	return found[len(found)-1]
}

// answers has a person decide on the phone.
func (w *world) answers(person, decision string) {
	w.t.Helper()
	if err := w.sim.Decide(w.phone(person).ID, decision); err != nil {
		w.t.Fatal(err)
	}
	if !w.sim.Settle(10 * time.Second) {
		w.t.Fatal("the callback did not end")
	}
}

// byNumber is the whole way by the number, up to the page that names what was found.
func (b *browser) byNumber(person string) *shown {
	b.t.Helper()
	b.asksNumber().want(b.t, 200, "Open iAM Smart on your phone", "identity card number")
	b.w.answers(person, "approve")
	return b.visit("/iamsmart/link/wait")
}

// yes answers a confirm page.
func (b *browser) yes(p *shown) *shown {
	b.t.Helper()
	return b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}})
}

// overhears keeps every byte that the browser is sent.
func (b *browser) overhears() *strings.Builder {
	var seen strings.Builder
	b.client.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err == nil && !strings.HasPrefix(r.URL.String(), b.w.SimURL) {
			seen.WriteString(r.URL.String())
			_ = answer.Header.Write(&seen)
			seen.Write(body)
		}
		answer.Body = io.NopCloser(strings.NewReader(string(body)))
		return answer, err
	})
	return &seen
}

// nowhere expects that a number stands in no file of the store, in no log, in
// nothing that the browser was sent, and in nothing that the application was.
func (w *world) nowhere(identification string, seen ...string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.Dir, "iamsmart.db*"))
	if err != nil || len(files) == 0 {
		w.t.Fatal("no store", err)
	}
	for _, file := range append(files, filepath.Join(w.Dir, "caddy.log")) {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.Contains(strings.ToUpper(string(text)), identification) {
			w.t.Errorf("the number stands in %s", filepath.Base(file))
		}
	}
	for _, text := range seen {
		if strings.Contains(strings.ToUpper(text), identification) {
			w.t.Errorf("the number is told: %.300s", text)
		}
	}
}

// Given a home whose database holds the numbers of its staff, when somebody logs in
// for the first time and agrees on the phone to give theirs, then the account is
// found, shown, and linked, and the number is nowhere.
func TestThePersonIsFoundByTheNumberOfTheirCard(t *testing.T) {
	staff := staffFile(t, employee{login: "chan.tm", card: "z 000002(" + card(t, "Z000002")[8:], name: "Wong"},
		employee{login: "KChan", card: card(t, "Z000001"), name: "陳測試明"})
	w := newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes})
	b := w.browser()
	seen := b.overhears()
	b.follow(b.decide(b.visit("/residents?room=101"), "chan", "approve")).want(t, 200, "First login", "Use my identity card number")
	wait := b.asksNumber().want(t, 200, "Open iAM Smart on your phone", "To find your account", "Check what is asked for: identity card number .")
	if strings.Contains(wait.body, w.phone("chan").BusinessID) {
		t.Error("the browser learns by what the request is known")
	}
	b.visit("/iamsmart/link/wait").want(t, 200, "Waiting for your answer")
	b.visit("/iamsmart/link").want(t, 200, "Waiting for your answer")
	if fields := w.phone("chan").Fields; len(fields) != 1 || fields[0] != "idNo" {
		t.Errorf("asked for: %v", fields)
	}
	w.answers("chan", "approve")
	if n := w.rows("requests"); n != 1 {
		t.Errorf("%d requests are kept", n)
	}
	p := b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "KChan", "陳測試明")
	b.yes(p).want(t, 200, "Your account has been linked", "KChan")
	if p = b.visit("/"); p.user() != "KChan" {
		t.Errorf("greeted as %q", p.user())
	}
	if n := w.rows("requests"); n != 0 {
		t.Errorf("%d requests are kept", n)
	}
	again := w.browser()
	if p = again.login("chan", "approve"); p.user() != "KChan" {
		t.Errorf("the second time %q is greeted", p.user())
	}
	b.visit("/iamsmart/account").want(t, 200, "KChan", "linked by identity card number")
	w.nowhere("Z000001", seen.String(), sent(w))
}

// sent is what the application was sent last.
func sent(w *world) string {
	r, _ := w.legacy.last()
	if r == nil {
		return ""
	}
	var all strings.Builder
	_ = r.Write(&all)
	return all.String()
}

func checkDigitOf(identification string) (string, bool) {
	digit, ok := iamsmart.HKICCheckDigit(identification)
	return string(digit), ok
}
