package session

import (
	"crypto/hmac"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Account is the name of the legacy account, as it goes upstream.
func (l Linked) Account() string { return l.e.row.Account }

// Person is the keyed hash that stands for the person in the store.
func (l Linked) Person() [32]byte { return l.e.row.Person }

// Way is how the link was made ("password").
func (l Linked) Way() string { return l.e.row.Way }

// Link is the id of the link that the session rests on.
func (l Linked) Link() int64 { return l.e.row.LinkID }

// UserType is what iAM Smart said of the person: default or sign.
func (l Linked) UserType() string { return l.e.row.UserType }

// LoginAt is when the person last approved a login.
func (l Linked) LoginAt() time.Time { return l.e.row.LoginAt }

// SteppedUpAt is when the person last showed themselves in a step-up within this login;
// long ago if never.
func (l Linked) SteppedUpAt() time.Time { return l.e.row.SteppedUpAt }

// SealedOpenID is what was put into [store.Session.OpenID] when the login began.
func (l Linked) SealedOpenID() []byte { return l.e.row.OpenID }

// Login names the login that the session came from. It stays through step-ups.
func (l Linked) Login() store.ID { return l.e.row.Login }

// Left is how long the session lasts without, and with, further activity.
func (m *Manager) Left(l Linked) (idle, max time.Duration) {
	now := m.now()
	max = l.e.row.Ends.Sub(now)
	return min(m.cfg.Idle-now.Sub(l.e.lastSeen()), max), max
}

// FormToken binds a form to this session and to what the form is for.
func (l Linked) FormToken(purpose string) string { return token(l.e.secret, purpose) }

// CheckForm tells whether a token is FormToken's.
func (l Linked) CheckForm(got, purpose string) bool {
	return hmac.Equal([]byte(got), []byte(l.FormToken(purpose)))
}

// kept is a value that an owner worked out for a session.
type kept struct {
	owner any
	value any
}

// Kept returns what an owner keeps with this session. After a reload the owner
// is another, and works it out anew.
func (l Linked) Kept(owner any) any {
	if k := l.e.kept.Load(); k != nil && k.owner == owner {
		return k.value
	}
	return nil
}

// Keep keeps a value with this session for its owner; the last owner wins.
func (l Linked) Keep(owner, value any) { l.e.kept.Store(&kept{owner, value}) }

// Row is the id of the session's row, for transactions that end it.
func (l Linked) Row() store.ID { return l.e.row.ID }
