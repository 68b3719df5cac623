package iamsmart

import (
	"errors"
	"slices"
	"sync/atomic"
)

// enciphermentKeys are the certificates in force. They may be replaced while calls go on.
type enciphermentKeys struct {
	list   atomic.Pointer[[]*Encipherment]
	reread func() []*Encipherment // nil: there is nothing to read again
}

var errNoKeys = errors.New("checking encipherment certificates: at least one is needed, and none may be nil")

func (e *enciphermentKeys) set(keys []*Encipherment) error {
	if len(keys) == 0 || slices.Contains(keys, nil) {
		return errNoKeys
	}
	keys = slices.Clone(keys)
	e.list.Store(&keys)
	return nil
}

func (e *enciphermentKeys) get() []*Encipherment { return *e.list.Load() }

// again reads the certificates anew; false where that changes nothing.
func (e *enciphermentKeys) again() bool { return e.reread != nil && e.set(e.reread()) == nil }

// SetKeys puts other encipherment certificates in force, newest first, also while calls go on. The content key that the client
// holds stays: it is not bound to a certificate. An error changes nothing.
func (c *Client) SetKeys(keys []*Encipherment) error { return c.keys.set(keys) }
