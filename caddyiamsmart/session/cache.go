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
	entries sync.Map // cookie text → *entry
}

// entry is one live session. Its row never changes; what does is atomic.
type entry struct {
	cookie string
	row    store.Session
	secret []byte
	seen   atomic.Int64 // ms
	stored atomic.Int64 // what the store knows of it
	ended  atomic.Bool
	kept   atomic.Pointer[kept]
}

func newEntry(cookie string, row store.Session, secret []byte) *entry {
	e := &entry{cookie: cookie, row: row, secret: secret}
	e.seen.Store(row.LastSeen.UnixMilli())
	e.stored.Store(row.LastSeen.UnixMilli())
	return e
}

func (e *entry) lastSeen() time.Time { return time.UnixMilli(e.seen.Load()) }

// see moves the time of last activity forward, never back.
func (e *entry) see(at time.Time) {
	for ms := at.UnixMilli(); ; {
		old := e.seen.Load()
		if ms <= old || e.seen.CompareAndSwap(old, ms) {
			return
		}
	}
}

func (c *Cache) get(cookie string) (*entry, bool) {
	e, ok := c.entries.Load(cookie)
	if !ok {
		return nil, false
	}
	return e.(*entry), true
}

// put keeps an entry, or returns the one that another request was faster with:
// one session must have one entry, or a logout would miss the other.
func (c *Cache) put(cookie string, e *entry) *entry {
	was, _ := c.entries.LoadOrStore(cookie, e)
	return was.(*entry)
}

func (c *Cache) forget(e *entry) {
	e.ended.Store(true)
	c.entries.CompareAndDelete(e.cookie, e)
}

// Flush writes the times of last activity that the store does not know yet, and
// forgets what has ended.
func (c *Cache) Flush(ctx context.Context, rows *store.Store, now time.Time) error {
	seen := make(map[store.ID]time.Time)
	var fresh []*entry
	c.entries.Range(func(_, v any) bool {
		e := v.(*entry)
		if e.ended.Load() || now.After(e.row.Ends) {
			c.forget(e)
			return true
		}
		if at := e.seen.Load(); at > e.stored.Load() {
			seen[e.row.ID] = time.UnixMilli(at)
			fresh = append(fresh, e)
		}
		return true
	})
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
