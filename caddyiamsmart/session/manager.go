package session

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// clockSkew is how far in the future something may have been issued before it
// is refused: nodes differ a little, a clock that was set back by ten minutes
// does not pass.
const clockSkew = 2 * time.Minute

// PendingLife bounds the cookie of a pending link-up; the row ends earlier.
const PendingLife = 30 * time.Minute

// Config says whose sessions a Manager holds. All fields are required.
type Config struct {
	Realm    string
	ClientID string
	App      string
	Host     string        // host name of the public address
	Idle     time.Duration // without activity
	Max      time.Duration // since login
	Now      func() time.Time
}

// Keys derives the keys that seal cookies; [store.Keys] does.
type Keys interface {
	Derive(n int, labels ...string) [][]byte
	Seal(plain []byte, labels ...string) []byte
	Open(sealed []byte, labels ...string) ([]byte, error)
}

// Manager holds the sessions of one gate. It is safe for concurrent use.
type Manager struct {
	cfg     Config
	names   cookieNames
	rows    *store.Store
	keys    Keys
	cache   *Cache
	session sealer
	flow    sealer
	pending sealer
	direct  sealer
	returns sealer
	now     func() time.Time
}

// New makes a Manager over a store and a cache that other gates may share.
func New(cfg Config, rows *store.Store, keys Keys, cache *Cache) *Manager {
	m := &Manager{cfg: cfg, names: namesOf(cfg.Realm, cfg.App), rows: rows, keys: keys, cache: cache, now: cfg.Now}
	derive := func(purpose string) [][]byte {
		return keys.Derive(64, purpose, cfg.Realm, cfg.App, cfg.Host)
	}
	m.session = newSealer(m.names.session, derive("session cookie"), 0) // the row says when it ends
	m.flow = newSealer(m.names.flow, derive("flow cookie"), FlowLife+clockSkew)
	m.pending = newSealer(m.names.pending, derive("pending cookie"), PendingLife)
	m.direct = newSealer("direct", derive("direct field"), DirectLife)
	m.returns = newSealer("return", derive("return field"), 0) // it holds its own age
	return m
}

// SessionCookie is the name that [Manager.Identify] wants the value of.
func (m *Manager) SessionCookie() string { return m.names.session }

func (m *Manager) current(issued time.Time, life time.Duration) bool {
	age := m.now().Sub(issued)
	return age > -clockSkew && age < life
}

// Why says why a session that stood does so no more.
type Why int

// The reasons that a visitor is told of.
const (
	NeverWas Why = iota // no session, or none that can be told apart from a forged one
	Idled               // ended for want of activity
	Expired             // reached its longest duration
	Revoked             // what it rested on is no more
	TooOld              // it stands, and its login is too long ago for what was asked for
)

// Visitor is who sends a request: [Nobody] or [Linked].
type Visitor interface{ visitor() }

// Nobody is a visitor without a session.
type Nobody struct{ Why Why }

// Linked is a person with a link and a live session.
type Linked struct{ e *entry }

func (Nobody) visitor() {}
func (Linked) visitor() {}

// Identify tells who sends a request by the value of the session cookie; n is
// how many cookies of that name came. Active requests prolong the session.
//
// It returns an error only where the store could not be asked; the visitor is
// then Nobody.
func (m *Manager) Identify(ctx context.Context, cookie string, n int, active bool) (Visitor, error) {
	if n != 1 || cookie == "" {
		return Nobody{}, nil
	}
	e, ok := m.cache.get(cookie)
	if !ok {
		var err error
		if e, err = m.load(ctx, cookie); err != nil || e == nil {
			return Nobody{}, err
		}
	}
	if e.realm != m.cfg.Realm || !m.ours(e.row) {
		return Nobody{}, nil
	}
	now := m.now()
	if e.ended.Load() || e.replaced(now) || e.row.CreatedAt.Sub(now) > clockSkew {
		return Nobody{}, nil
	}
	if !now.Before(e.row.Ends) {
		return Nobody{Why: Expired}, m.end(ctx, e)
	}
	if now.Sub(e.lastSeen()) > m.cfg.Idle {
		idle, err := m.idled(ctx, e, now)
		if idle {
			return Nobody{Why: Idled}, err
		}
		if err != nil {
			return Nobody{}, err
		}
	}
	if active {
		e.see(now)
	}
	return Linked{e}, nil
}

func (m *Manager) ours(row store.Session) bool {
	return row.ClientID == m.cfg.ClientID && row.App == m.cfg.App && row.Host == m.cfg.Host
}

// idled asks the store before a session is ended for idleness: another node may
// have seen the person meanwhile.
func (m *Manager) idled(ctx context.Context, e *entry, now time.Time) (bool, error) {
	row, err := m.rows.Session(ctx, e.row.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		m.cache.forget(e)
		return true, nil
	case err != nil:
		return false, fmt.Errorf("reading session: %w", err)
	case now.Sub(row.LastSeen) > m.cfg.Idle:
		e.end()
		if err := m.rows.EndIdle(ctx, e.row.ID, now.Add(IdleKept)); err != nil {
			return true, fmt.Errorf("ending session: %w", err)
		}
		m.cache.forget(e)
		return true, nil
	}
	e.see(row.LastSeen)
	return false, nil
}

// load finds the session of a cookie that the cache does not know.
func (m *Manager) load(ctx context.Context, cookie string) (*entry, error) {
	id, err := m.session.open(cookie)
	if err != nil {
		return nil, nil // forged, foreign or of a key that is gone: nobody
	}
	row, err := m.rows.Session(ctx, store.Hash(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading session: %w", err)
	}
	if !m.ours(row) {
		return nil, nil
	}
	secret, err := m.keys.Open(row.FormSecret, m.secretLabels(row)...)
	if err != nil {
		return nil, fmt.Errorf("opening session: %w", err)
	}
	e := m.cache.put(cookie, newEntry(cookie, m.cfg.Realm, row, secret))
	// A logout between the first look and the entry would have found no entry to
	// end. From here on it finds one; so look once more, and let nobody believe
	// the entry before.
	_, err = m.rows.Session(ctx, row.ID)
	if errors.Is(err, store.ErrNotFound) {
		m.cache.forget(e)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading session again: %w", err)
	}
	e.sure.Store(true)
	return e, nil
}

// secretLabels bind the form secret to whose session the row says it is: a row
// that was altered, or in which a bit has turned, opens no more.
func (m *Manager) secretLabels(row store.Session) []string {
	labels := []string{
		"form secret", m.cfg.Realm, m.cfg.App, m.cfg.Host, string(row.ID[:]),
		string(row.Person[:]), strconv.FormatInt(row.LinkID, 10), row.Account, row.AccountKey,
	}
	if at := row.SteppedUpAt.UnixMilli(); at > 0 {
		labels = append(labels, strconv.FormatInt(at, 10))
	}
	return labels
}

// Draft is a session that is not begun: its row, and the cookie that only
// [Manager.Open] or [Manager.Adopt] hand out.
type Draft struct {
	Row    store.Session
	cookie string
}

// Draft makes a session for the person of a link, under a new random id.
func (m *Manager) Draft(link store.Link) (Draft, error) {
	now := m.now()
	return m.draft(store.Session{
		ClientID: m.cfg.ClientID, App: m.cfg.App, Host: m.cfg.Host,
		LinkID: link.ID, Account: link.AccountName, AccountKey: link.AccountKey,
		Way: link.Way, UserType: link.UserType, Person: link.Person,
		LoginAt: now, CreatedAt: now, LastSeen: now, Ends: now.Add(m.cfg.Max),
	})
}

// draft gives a row a new random id and what goes with that.
func (m *Manager) draft(row store.Session) (Draft, error) {
	id := make([]byte, 32)
	rand.Read(id)
	secret := make([]byte, 32)
	rand.Read(secret)
	cookie, err := m.session.seal(id)
	if err != nil {
		return Draft{}, fmt.Errorf("sealing session: %w", err)
	}
	row.ID = store.Hash(id)
	row.FormSecret = m.keys.Seal(secret, m.secretLabels(row)...)
	return Draft{cookie: cookie, Row: row}, nil
}

// Open begins a session: the one that stood in this browser ends and the new
// one begins in one transaction, in which also is done what the caller wants with
// it; then the cookie is set.
func (m *Manager) Open(ctx context.Context, w http.ResponseWriter, d Draft, stood Visitor, also ...func(*store.Tx) error) error {
	var ends []store.ID
	old, was := stood.(Linked)
	if was {
		ends = append(ends, old.e.row.ID)
	}
	err := m.rows.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateSession(d.Row, ends...); err != nil {
			return err
		}
		for _, f := range also {
			if err := f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("beginning session: %w", err)
	}
	if was {
		m.Forget(old)
	}
	m.Adopt(w, d)
	return nil
}

// Adopt sets the cookie of a draft whose row another transaction has written.
func (m *Manager) Adopt(w http.ResponseWriter, d Draft) {
	set(w, m.names.session, d.cookie, 0)
}

// End ends a person's session, and with it the id that it had before a step-up, in the
// store first. The cookie goes with [Manager.Drop].
func (m *Manager) End(ctx context.Context, l Linked) error {
	l.e.end() // even where the store cannot be reached, here it is over
	if err := m.rows.EndLogin(ctx, l.e.row.ID); err != nil {
		return fmt.Errorf("ending session: %w", err)
	}
	m.Forget(l)
	return nil
}

// Drop takes the session cookie away.
func (m *Manager) Drop(w http.ResponseWriter) { drop(w, m.names.session) }

// Forget drops a session from the cache whose login another transaction has ended.
func (m *Manager) Forget(l Linked) {
	m.cache.forget(l.e)
	if l.e.dies.Load() != 0 || l.e.row.ID != l.e.row.Login { // it has had two ids
		m.cache.forgetThose(func(row store.Session) bool { return row.Login == l.e.row.Login })
	}
}

// ForgetLink drops every session of a link from the cache, in whatever browser,
// after another transaction has deleted the link.
func (m *Manager) ForgetLink(id int64) {
	m.cache.forgetThose(func(row store.Session) bool { return row.LinkID == id })
}

// ForgetPerson drops every session of a person with this gate's Client ID and app
// from the cache, after another transaction has ended them.
func (m *Manager) ForgetPerson(person [32]byte) {
	m.cache.forgetThose(func(row store.Session) bool {
		return row.Person == person && row.ClientID == m.cfg.ClientID && row.App == m.cfg.App
	})
}

func (m *Manager) end(ctx context.Context, e *entry) error {
	e.end() // even where the store cannot be reached, here it is over
	if err := m.rows.EndSession(ctx, e.row.ID); err != nil {
		return fmt.Errorf("ending session: %w", err)
	}
	m.cache.forget(e)
	return nil
}

// SetPending gives the browser the id of its pending link-up.
func (m *Manager) SetPending(w http.ResponseWriter, id []byte) error {
	sealed, err := m.pending.seal(id)
	if err != nil {
		return fmt.Errorf("sealing pending link-up: %w", err)
	}
	set(w, m.names.pending, sealed, PendingLife)
	return nil
}

// Pending returns the id of this browser's pending link-up.
func (m *Manager) Pending(r *http.Request) (store.ID, bool) {
	sealed, ok := only(r, m.names.pending)
	if !ok {
		return store.ID{}, false
	}
	id, err := m.pending.open(sealed)
	if err != nil {
		return store.ID{}, false
	}
	return store.Hash(id), true
}

// DropPending takes the pending link-up's cookie away.
func (m *Manager) DropPending(w http.ResponseWriter) { drop(w, m.names.pending) }

// PendingToken binds a form of the link-up to its pending row and to what the
// form is for, so that a form of another tab or person is refused.
func (m *Manager) PendingToken(id store.ID, purpose string) string {
	key := m.keys.Derive(32, "pending form", m.cfg.Realm, m.cfg.App, m.cfg.Host)[0]
	return token(key, string(id[:])+purpose)
}

// CheckPending tells whether a token is PendingToken's for any live key.
func (m *Manager) CheckPending(got string, id store.ID, purpose string) bool {
	fits := false
	for _, key := range m.keys.Derive(32, "pending form", m.cfg.Realm, m.cfg.App, m.cfg.Host) {
		fits = hmac.Equal([]byte(got), []byte(token(key, string(id[:])+purpose))) || fits
	}
	return fits
}

func token(key []byte, what string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
