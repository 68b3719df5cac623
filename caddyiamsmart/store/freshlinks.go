package store

import (
	"context"
	"time"
)

// FreshLink is a link that a session has made a moment ago. It ends with the
// session, with the link, or when it expires.
type FreshLink struct {
	Link    Link
	Session ID
	Sealed  []byte // what the caller wants back with it
	Expires time.Time
	Seal    Seal // over all but the fields of the link, made by the caller
}

// FreshLink returns the link that a session has made, or ErrNotFound when it
// has made none, the link is gone, or the time was up at now.
func (s *Store) FreshLink(ctx context.Context, session ID, now time.Time) (FreshLink, error) {
	return readFreshLink(s.getter(ctx), session, now)
}

// FreshLink returns the link that a session has made, or ErrNotFound when it
// has made none, the link is gone, or the time was up at now.
func (t *Tx) FreshLink(session ID, now time.Time) (FreshLink, error) {
	return readFreshLink(t.get, session, now)
}

func readFreshLink(get getter, session ID, now time.Time) (FreshLink, error) {
	f := FreshLink{Session: session}
	dest := append(f.Link.columns(), &f.Sealed, timeColumn{&f.Expires}, sealColumn{&f.Seal})
	if err := get(dest, selectFreshLink, session[:], millis(now)); err != nil {
		return FreshLink{}, failed("reading fresh link", err)
	}
	return f, nil
}

// PutFreshLink stores that f.Session has made the link f.Link.ID; both must be
// in the store.
func (t *Tx) PutFreshLink(f FreshLink) error {
	if _, err := t.exec(insertFreshLink, f.Session[:], f.Link.ID, f.Sealed, millis(f.Expires), f.Seal[:]); err != nil {
		return failed("storing fresh link", err)
	}
	return nil
}

// DeleteLink deletes a link; its sessions go with it. It is no error when there
// is none.
func (t *Tx) DeleteLink(id int64) error {
	if _, err := t.exec(deleteLink, id); err != nil {
		return failed("deleting link", err)
	}
	return nil
}
