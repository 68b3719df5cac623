package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Cache remembers verified session cookies with their sessions, so that a
// request of a logged-in person touches no store and no lock that others hold.
// One cache serves every gate over the same store and outlives reloads.
type Cache struct {
	entries  sync.Map // cookie text → *entry
	followed int64    // number of the last ending that Follow has seen
}

// entry is one live session. Its row never changes; what does is atomic.
type entry struct {
	cookie string
	realm  string // that the cookie was sealed for; the row does not name it
	row    store.Session
	secret []byte
	sure   atomic.Bool  // the row still stood when the entry was in the cache
	seen   atomic.Int64 // ms
	stored atomic.Int64 // what the store knows of it
	ended  atomic.Bool
	dies   atomic.Int64  // ms; set once a step-up has given the session another id
	over   chan struct{} // closed once ended is set
	kept   atomic.Pointer[kept]
}

func newEntry(cookie, realm string, row store.Session, secret []byte) *entry {
	e := &entry{cookie: cookie, realm: realm, row: row, secret: secret, over: make(chan struct{})}
	e.seen.Store(row.LastSeen.UnixMilli())
	e.stored.Store(row.LastSeen.UnixMilli())
	return e
}

func (e *entry) lastSeen() time.Time { return time.UnixMilli(e.seen.Load()) }

// end is for good.
func (e *entry) end() {
	if e.ended.CompareAndSwap(false, true) {
		close(e.over)
	}
}

// replaced tells whether a step-up has given the session another id, and the time is
// over in which the old one still counts.
func (e *entry) replaced(now time.Time) bool {
	dies := e.dies.Load()
	return dies != 0 && now.UnixMilli() >= dies
}

// see moves the time of last activity forward, never back.
func (e *entry) see(at time.Time) {
	for ms := at.UnixMilli(); ; {
		old := e.seen.Load()
		if ms <= old || e.seen.CompareAndSwap(old, ms) {
			return
		}
	}
}

// get finds an entry that may be believed without asking the store.
func (c *Cache) get(cookie string) (*entry, bool) {
	was, ok := c.entries.Load(cookie)
	if !ok {
		return nil, false
	}
	e := was.(*entry)
	return e, e.sure.Load()
}

// put keeps an entry, or returns the one that another request was faster with:
// one session must have one entry, or a logout would miss the other.
func (c *Cache) put(cookie string, e *entry) *entry {
	was, _ := c.entries.LoadOrStore(cookie, e)
	return was.(*entry)
}

// forget drops a session whose row is gone, or over by the clock. Whatever
// entry stands for the cookie by now ends with it.
func (c *Cache) forget(e *entry) {
	e.end()
	if was, ok := c.entries.LoadAndDelete(e.cookie); ok {
		was.(*entry).end()
	}
}

// forgetThose drops sessions whose rows are gone. One that is being loaded stands
// here before its row is looked at for the last time (see load), so none is missed.
func (c *Cache) forgetThose(gone func(store.Session) bool) {
	c.entries.Range(func(_, v any) bool {
		if e := v.(*entry); gone(e.row) {
			c.forget(e)
		}
		return true
	})
}

// Flush writes the times of last activity that the store does not know yet, and
// forgets what has ended. A session whose end did not reach the store is ended
// there first: forgotten before, it would be found again and live.
func (c *Cache) Flush(ctx context.Context, rows *store.Store, now time.Time) error {
	seen := make(map[store.ID]time.Time)
	var fresh, ended, replaced []*entry
	c.entries.Range(func(_, v any) bool {
		e := v.(*entry)
		at := e.seen.Load()
		switch {
		case e.ended.Load():
			ended = append(ended, e)
		case e.replaced(now):
			replaced = append(replaced, e)
		case now.After(e.row.Ends):
			c.forget(e)
		case at > e.stored.Load():
			seen[e.row.ID] = time.UnixMilli(at)
			fresh = append(fresh, e)
		}
		return true
	})
	for _, e := range ended {
		if err := rows.EndLogin(ctx, e.row.ID); err != nil {
			return err
		}
		c.forget(e)
	}
	for _, e := range replaced {
		e.end()
		if err := rows.EndSession(ctx, e.row.ID); err != nil {
			return err
		}
		c.forget(e)
	}
	if len(seen) == 0 {
		return nil
	}
	if err := rows.Touch(ctx, seen); err != nil {
		return err
	}
	for _, e := range fresh {
		e.stored.Store(seen[e.row.ID].UnixMilli())
	}
	return nil
}
