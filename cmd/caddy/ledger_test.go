package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// person is somebody who wants to be linked with an account.
type person struct {
	name, account string
	standing      standing
	checked       bool // a login straight after a restart was seen to work
}

// standing is what is known of a person's link.
type standing int

const (
	stranger standing = iota
	asked             // the last form was sent, and no answer has come
	linked            // "linked" was answered, or the store was seen to hold the link
	refused           // "this account is linked already" was answered
)

// state is what is known of a session.
type state int

const (
	live   state = iota // it was answered, and no end of it
	ended               // its end was answered
	unsure              // its end was asked for, and no answer came
)

// sitting is one session that a browser was given.
type sitting struct {
	person  *person
	state   state
	checked bool // it was seen to have ended
}

// ledger is what the people at the browsers know: what they were told, and what
// they asked and got no answer to.
type ledger struct {
	mu       sync.Mutex
	people   []*person
	sittings map[string]*sitting // by cookie
	cookie   string              // the name of that cookie
	begun    map[string]int      // account → sessions that may have begun without an answer
	done     int                 // link-ups and logins that were answered
	linkups  int
}

func newLedger(people []*person) *ledger {
	return &ledger{people: people, sittings: make(map[string]*sitting), begun: make(map[string]int)}
}

// standing is what is known of a person's link.
func (l *ledger) standing(p *person) standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return p.standing
}

// asks writes down that a person sends the last form.
func (l *ledger) asks(p *person) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.standing = asked
}

// refuse writes down that the account is another's, which is right only where
// somebody else has it or may have it.
func (l *ledger) refuse(p *person) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.standing = refused
	for _, other := range l.people {
		if other != p && other.account == p.account && (other.standing == linked || other.standing == asked) {
			return nil
		}
	}
	return fmt.Errorf("%s cannot have %s, which nobody has", p.name, p.account)
}

// entered writes down an answered login or link-up; before is the session that
// stood in that browser.
func (l *ledger) entered(p *person, b *browser, before string, linkup bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, cookie := b.session()
	if l.sittings[cookie] != nil {
		return fmt.Errorf("%s was given a session that was given before", p.name)
	}
	if p.standing != linked && (p.standing != asked || !linkup) {
		return fmt.Errorf("%s was let in and is not linked", p.name)
	}
	p.standing = linked
	l.cookie = name
	l.sittings[cookie] = &sitting{person: p}
	l.endLocked(before, ended)
	l.done++
	if linkup {
		l.linkups++
	}
	return nil
}

// end writes down what is known of a session's end.
func (l *ledger) end(cookie string, s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endLocked(cookie, s)
}

func (l *ledger) endLocked(cookie string, s state) {
	if one := l.sittings[cookie]; one != nil && one.state != ended {
		one.state = s
	}
}

// lost writes down that a session may have begun, and the one before it ended.
func (l *ledger) lost(p *person, before string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[p.account]++
	l.endLocked(before, unsure)
}

// answered counts link-ups and logins.
func (l *ledger) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.done
}

// alive counts the sessions that should live.
func (l *ledger) alive() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sittings {
		if s.state == live {
			n++
		}
	}
	return n
}

// compare holds the ledger against the files of a gate that does not run. It
// reads a copy, so that mending them is left to the gate.
func (l *ledger) compare(t testing.TB, g *gate) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"iamsmart.db", "iamsmart.db-wal"} {
		if err := copyFile(g.file(name), filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "iamsmart.db")
	rows, err := store.OpenSQLite(t.Context(), path) // which also looks for broken pages
	must(t, err)
	defer rows.Close()
	root, err := store.LoadRootKey(g.file("iamsmart.key"), false)
	must(t, err)
	keys, err := store.OpenKeys(t.Context(), rows, root)
	must(t, err)
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	defer db.Close()

	l.mu.Lock()
	defer l.mu.Unlock()
	found := 0
	for _, p := range l.people {
		hash := keys.PersonHash(g.ClientID, g.sim.OpenID(g.ClientID, p.name))
		link, err := firstLink(t.Context(), rows, store.Person{ClientID: g.ClientID, Hash: hash})
		switch {
		case errors.Is(err, store.ErrNotFound):
			if p.standing == linked {
				t.Errorf("%s was told to be %s, and the link is lost", p.name, p.account)
			}
			if p.standing == asked {
				p.standing = stranger
			}
			continue
		case err != nil:
			t.Fatal(err)
		case link.AccountName != p.account:
			t.Errorf("%s is %s in the store, and wants to be %s", p.name, link.AccountName, p.account)
		case p.standing == refused:
			t.Errorf("%s was told that %s is taken, and has a link to it", p.name, p.account)
		case p.standing == stranger:
			t.Errorf("%s is linked and never asked for it", p.name)
		}
		found++
		p.standing = linked
	}
	count := func(query string) int {
		t.Helper()
		return number(t, db, query)
	}
	var sound string
	must(t, db.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&sound))
	if sound != "ok" {
		t.Errorf("the store is not sound: %s", sound)
	}
	if n := count(`SELECT count(*) FROM links`); n != found {
		t.Errorf("%d links in the store, %d of them of people who wanted one", n, found)
	}
	if n := count(`SELECT count(*) FROM (SELECT 1 FROM links GROUP BY account_key HAVING count(*) > 1)`); n != 0 {
		t.Errorf("%d accounts have two persons", n)
	}
	if n := count(`SELECT count(*) FROM (SELECT 1 FROM links GROUP BY person HAVING count(*) > 1)`); n != 0 {
		t.Errorf("%d persons have two links", n)
	}
	if n := count(`SELECT count(*) FROM pendings JOIN links USING (client_id, app, person)`); n != 0 {
		t.Errorf("%d link-ups were done by half: link and pending link-up are both there", n)
	}
	l.compareSessions(t, db)
}

// compareSessions counts the sessions of each account: all that were answered,
// and no more than were asked for.
func (l *ledger) compareSessions(t testing.TB, db *sql.DB) {
	t.Helper()
	least, most := make(map[string]int), make(map[string]int)
	for account, n := range l.begun {
		most[account] += n
	}
	for _, s := range l.sittings {
		switch s.state {
		case live:
			least[s.person.account]++
			most[s.person.account]++
		case unsure:
			most[s.person.account]++
		}
	}
	for _, p := range l.people {
		n := number(t, db, `SELECT count(*) FROM sessions WHERE account = $1`, p.account)
		if n < least[p.account] || n > most[p.account] {
			t.Errorf("%s has %d sessions in the store, and should have %d to %d", p.account, n, least[p.account], most[p.account])
		}
	}
}

func number(t testing.TB, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	must(t, db.QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// firstLink is the person's first link, or store.ErrNotFound.
func firstLink(ctx context.Context, rows *store.Store, p store.Person) (store.Link, error) {
	links, err := rows.Links(ctx, p, "default")
	if err != nil || len(links) == 0 {
		return store.Link{}, errors.Join(err, store.ErrNotFound)
	}
	return links[0], nil
}
