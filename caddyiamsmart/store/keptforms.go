package store

import (
	"context"
	"errors"
	"time"
)

// ErrFull says that no more of something is kept.
var ErrFull = errors.New("no room for more")

// IdleEnd is a session that has ended because nobody did anything.
type IdleEnd struct {
	Session             ID
	ClientID, App, Host string
	LinkID              int64
	Account             string
	Expires             time.Time // until then a late form is taken for the session's
}

// EndIdle ends a session because nobody did anything, and remembers until then whose it
// was. It is no error when there is none.
func (s *Store) EndIdle(ctx context.Context, id ID, until time.Time) error {
	return s.Update(ctx, func(t *Tx) error {
		if _, err := t.exec(insertIdleEnd, id[:], millis(until)); err != nil {
			return failed("ending idle session", err)
		}
		if _, err := t.exec(deleteSession, id[:]); err != nil {
			return failed("ending idle session", err)
		}
		return nil
	})
}

// IdleEnd returns whose session it was that has ended so, or ErrNotFound.
func (s *Store) IdleEnd(ctx context.Context, session ID, now time.Time) (IdleEnd, error) {
	e := IdleEnd{Session: session}
	err := s.getter(ctx)([]any{&e.LinkID, &e.Host, &e.Account, &e.ClientID, &e.App, timeColumn{&e.Expires}}, selectIdleEnd, session[:], millis(now))
	if err != nil {
		return IdleEnd{}, failed("reading ended session", err)
	}
	return e, nil
}

// KeptForm is a form that came after its session had ended.
type KeptForm struct {
	IdleEnd
	Sealed []byte // by the caller
	Kept   time.Time
}

// KeepForm keeps a form, in the place of an older one of its session. Most and bytes
// bound the forms of an app, and what they hold together; beyond, it returns ErrFull.
func (s *Store) KeepForm(ctx context.Context, f KeptForm, most int, bytes int64) error {
	return s.Update(ctx, func(t *Tx) error {
		var n int
		var size int64
		if err := t.get([]any{&n, &size}, countKeptForms, f.ClientID, f.App, f.Session[:]); err != nil {
			return failed("counting kept forms", err)
		}
		if n >= most || size+int64(len(f.Sealed)) > bytes {
			return ErrFull
		}
		_, err := t.exec(insertKeptForm, f.Session[:], f.ClientID, f.App, f.Host, f.LinkID, f.Account, f.Sealed, millis(f.Kept), millis(f.Expires))
		if err != nil {
			return failed("keeping form", err)
		}
		return nil
	})
}

// FormOf returns the newest form that is kept for the account of a link at a host, or
// ErrNotFound.
func (s *Store) FormOf(ctx context.Context, link int64, host, account string, now time.Time) (KeptForm, error) {
	var f KeptForm
	if err := s.getter(ctx)(f.columns(), selectKeptForm, link, host, account, millis(now)); err != nil {
		return KeptForm{}, failed("reading kept form", err)
	}
	return f, nil
}

// TakeForm returns a kept form and keeps it no longer: of several callers one gets it,
// and the others ErrNotFound.
func (s *Store) TakeForm(ctx context.Context, session ID, link int64, host, account string, now time.Time) (KeptForm, error) {
	var f KeptForm
	err := s.Update(ctx, func(t *Tx) error {
		return t.get(f.columns(), takeKeptForm, session[:], link, host, account, millis(now))
	})
	if err != nil {
		return KeptForm{}, failed("taking kept form", err)
	}
	return f, nil
}

func (f *KeptForm) columns() []any {
	return []any{hashColumn{&f.Session}, &f.ClientID, &f.App, &f.Host, &f.LinkID, &f.Account, &f.Sealed, timeColumn{&f.Kept}, timeColumn{&f.Expires}}
}
