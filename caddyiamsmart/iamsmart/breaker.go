package iamsmart

import (
	"fmt"
	"sync"
	"time"
)

const (
	breakAfter   = 5                // calls without an answer, in a row
	breakFor     = 10 * time.Second // at first; twice as long after each try in vain
	breakLongest = 2 * time.Minute
)

// breaker keeps calls from an iAM Smart that does not answer: people get their answer at once, and it gets the quiet to come
// back. After five calls in a row without an answer it refuses all for a while, then lets one through; that one's answer
// lets the others follow. Where iAM Smart itself says how long to wait, it does so at once.
type breaker struct {
	now    func() time.Time
	jitter func() float64 // 0 to 1

	mu     sync.Mutex
	failed int // in a row, while closed
	opened int // times in a row; 0 while closed
	until  time.Time
	turn   int // results of calls of an earlier turn no longer count
}

// outcome is what a call says about iAM Smart.
type outcome int

const (
	outcomeUnknown  outcome = iota // the call was given up by its caller
	outcomeAnswered                // it is there, whatever it answered
	outcomeAway                    // no usable answer
	outcomeUnsent                  // no connection: nothing of the call was sent
)

// enter asks for leave to call and takes a turn, to be given to leave with what came of it. The error tells when the next
// call will be let through.
func (b *breaker) enter() (turn int, err *openError) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.shut(); err != nil {
		return 0, err
	}
	if b.opened > 0 {
		// This call alone finds out. Should nothing be heard of it, another one does after a while.
		b.turn++
		b.until = b.now().Add(breakFor)
	}
	return b.turn, nil
}

// shut is the error for calls that are not let through, nil for those that would be.
func (b *breaker) shut() *openError {
	if b.opened > 0 && b.now().Before(b.until) {
		return &openError{b.until}
	}
	return nil
}

// leave tells what came of a call that was let through. Wait is how long iAM Smart asked us to wait; zero when it did not.
func (b *breaker) leave(turn int, o outcome, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if turn != b.turn {
		return
	}
	switch {
	case wait > 0:
		b.open(wait)
	case o == outcomeAnswered:
		b.failed, b.opened = 0, 0
	case o == outcomeUnknown && b.opened > 0:
		b.until = b.now() // the next call finds out
	case o == outcomeUnknown:
	case b.opened > 0:
		b.open(min(breakFor<<min(b.opened, 8), breakLongest))
	default:
		if b.failed++; b.failed >= breakAfter {
			b.open(breakFor)
		}
	}
}

// open refuses calls for a time, up to a fifth longer, so that several machines do not come back all at once.
func (b *breaker) open(wait time.Duration) {
	b.turn++
	b.opened++
	b.failed = 0
	b.until = b.now().Add(wait + time.Duration(b.jitter()*float64(wait)/5))
}

// openError is why a call was not made.
type openError struct{ until time.Time }

func (e *openError) Error() string {
	return fmt.Sprintf("not asked, since it gave no usable answer before or asked us to wait; it is asked again from %s",
		e.until.UTC().Format(time.RFC3339))
}
