package simulator

import (
	"sync"
	"time"
)

// callbacks counts the callbacks under way, and lets one wait for another.
type callbacks struct {
	mu      sync.Mutex
	running int
	changed chan struct{} // closed and made anew when one ends
	next    chan struct{} // closed and made anew when one went out
}

func newCallbacks() *callbacks {
	return &callbacks{changed: make(chan struct{}), next: make(chan struct{})}
}

func (c *callbacks) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running++
}

func (c *callbacks) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	close(c.changed)
	c.changed = make(chan struct{})
}

// await holds a callback until the next one went out, at most for limit.
func (c *callbacks) await(limit time.Duration) {
	c.mu.Lock()
	next := c.next
	c.mu.Unlock()
	select {
	case <-next:
	case <-time.After(limit):
	}
}

// passed lets those that wait go.
func (c *callbacks) passed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.next)
	c.next = make(chan struct{})
}

// Settle waits until no callback is under way, at most for limit, and reports whether that is so. What waits for a decision is not
// under way; what a fault holds back is.
func (s *Simulator) Settle(limit time.Duration) bool {
	deadline := time.After(limit)
	for {
		s.callbacks.mu.Lock()
		running, changed := s.callbacks.running, s.callbacks.changed
		s.callbacks.mu.Unlock()
		if running == 0 {
			return true
		}
		select {
		case <-changed:
		case <-deadline:
			return false
		}
	}
}

// Callbacks returns the callbacks that were sent, oldest first; at most the last 1000.
func (s *Simulator) Callbacks() []Callback {
	return s.journal.callbacksSent()
}
