package caddyiamsmart

import (
	"fmt"
	"time"
)

// SeverStores closes every open store, so that whatever still asks one fails.
func SeverStores() error {
	var failed error
	n := 0
	engines.Range(func(_, v any) bool {
		n++
		failed = v.(*engine).rows.Close()
		return failed == nil
	})
	if n == 0 {
		return fmt.Errorf("no store is open")
	}
	return failed
}

// Trying is what a test wants of failed tries; zero fields leave the default.
type Trying struct {
	Pace   time.Duration // between the times at which they are answered
	Places int           // for those that wait
	Most   int           // the highest link_tries
}

// Set makes it so for gates that are provisioned later, until undo.
func (t Trying) Set() (undo func()) {
	pace, places, most := tryPace, maxPaced, maxLinkTries
	if t.Pace > 0 {
		tryPace = t.Pace
	}
	if t.Places > 0 {
		maxPaced = t.Places
	}
	if t.Most > 0 {
		maxLinkTries = t.Most
	}
	return func() { tryPace, maxPaced, maxLinkTries = pace, places, most }
}
