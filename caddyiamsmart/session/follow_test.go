package session_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
)

func (d *desk) follow() {
	d.t.Helper()
	if err := d.cache.Follow(context.Background(), d.rows); err != nil {
		d.t.Fatal(err)
	}
}

func TestT40ASessionThatAnotherProcessEndsIsOverHere(t *testing.T) {
	d := open(t)
	ended, other := d.login(session.Nobody{}), d.login(session.Nobody{})
	row := d.linked(ended).Row()
	d.linked(other)
	d.follow()
	d.linked(ended)

	// Another process ends it: this one goes on trusting what it remembers until
	// it looks.
	if err := d.rows.EndSession(context.Background(), row); err != nil {
		t.Fatal(err)
	}
	d.linked(ended)
	d.follow()
	d.nobody(ended, "after a look")
	d.nobody(ended, "and for good")
	d.linked(other)

	// An end that could not be read is read at the next look.
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.rows.EndSession(context.Background(), d.linked(other).Row()); err != nil {
		t.Fatal(err)
	}
	if err := d.cache.Follow(gone, d.rows); err == nil {
		t.Error("a look that failed says nothing")
	}
	d.linked(other)
	d.follow()
	d.nobody(other, "after the second look")
}

func TestManySessionsThatEndAtOnceAreOver(t *testing.T) {
	d := open(t)
	cookies := d.crowd(1100) // more than are read at once
	for _, cookie := range cookies {
		d.linked(cookie)
	}
	again := d.restarted() // another process
	for _, cookie := range cookies {
		again.end(again.linked(cookie))
	}
	d.follow()
	for i, cookie := range cookies {
		if got := d.who(d.Manager, cookie, false); got != (session.Nobody{}) {
			t.Fatalf("the session %d goes on: %#v", i, got)
		}
	}
}

// ends waits for what lasts until a session ends.
func ends(t *testing.T, ctx context.Context, why string) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		t.Fatalf("%s: it goes on", why)
	}
}

// until is a context that ends with what is awaited.
func until(ctx context.Context, m *session.Manager, l session.Linked, look func() (bool, bool)) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		m.Await(ctx, l, time.Hour, look)
	}()
	return ctx, cancel
}

// onlyLooks is of what may go on, and shows nobody.
func onlyLooks() (active, goesOn bool) { return false, true }

func TestT40WhatOutlastsARequestEndsWithTheSession(t *testing.T) {
	d := open(t)
	begun := d.clock.UnixMilli()
	var passed atomic.Int64 // ms; another goroutine reads this clock
	d.Manager = session.New(session.Config{
		Realm: "realm", ClientID: "client", App: "app", Host: "records.example", Idle: 15 * time.Minute, Max: 13 * time.Hour,
		Now: func() time.Time { return time.UnixMilli(begun + passed.Load()) },
	}, d.rows, d.keys, d.cache)
	for name, end := range map[string]func(session.Linked){
		"logout":     d.end,
		"next login": func(l session.Linked) { d.login(l) },
		"end in the store": func(l session.Linked) {
			if err := d.rows.EndSession(context.Background(), l.Row()); err != nil {
				t.Fatal(err)
			}
			d.follow()
		},
		"nobody there": func(session.Linked) { passed.Add((15*time.Minute + time.Millisecond).Milliseconds()) },
	} {
		t.Run(name, func(t *testing.T) {
			l, other := d.linked(d.login(session.Nobody{})), d.linked(d.login(session.Nobody{}))
			passed.Add((15*time.Minute - 10*time.Millisecond).Milliseconds()) // soon idle, so that it is looked at
			ctx, cancel := until(context.Background(), d.Manager, l, onlyLooks)
			defer cancel()
			unrelated, cancelOther := until(context.Background(), d.Manager, other, onlyLooks)
			defer cancelOther()
			if ctx.Err() != nil {
				t.Fatal("it ended before the session")
			}
			end(l)
			ends(t, ctx, name)
			if name == "nobody there" {
				ends(t, unrelated, "the other person has gone, too")
			} else if unrelated.Err() != nil {
				t.Error("another session ended with it")
			}
		})
	}
	t.Run("and with its request", func(t *testing.T) {
		request, over := context.WithCancel(context.Background())
		ctx, cancel := until(request, d.Manager, d.linked(d.login(session.Nobody{})), onlyLooks)
		defer cancel()
		over()
		ends(t, ctx, "its request is over")
	})
	t.Run("and where it may not go on", func(t *testing.T) {
		l := d.linked(d.login(session.Nobody{}))
		passed.Add((15*time.Minute - 10*time.Millisecond).Milliseconds())
		ctx, cancel := until(context.Background(), d.Manager, l, func() (bool, bool) { return false, false })
		defer cancel()
		ends(t, ctx, "nobody knows the account any more")
	})
	t.Run("but not while it shows somebody", func(t *testing.T) {
		cookie := d.login(session.Nobody{})
		l := d.linked(cookie)
		passed.Add((15*time.Minute - 10*time.Millisecond).Milliseconds())
		seen := make(chan struct{})
		ctx, cancel := until(context.Background(), d.Manager, l, sync.OnceValues(func() (bool, bool) {
			close(seen)
			return true, true
		}))
		defer cancel()
		<-seen
		time.Sleep(10 * time.Millisecond)
		passed.Add(time.Minute.Milliseconds()) // idle by now, had it shown nobody
		if ctx.Err() != nil || d.who(d.Manager, cookie, false) == (session.Nobody{}) {
			t.Error("it ended while it was under way")
		}
	})
	t.Run("but not while somebody is there", func(t *testing.T) {
		cookie := d.login(session.Nobody{})
		l := d.linked(cookie)
		passed.Add((15*time.Minute - 10*time.Millisecond).Milliseconds())
		ctx, cancel := until(context.Background(), d.Manager, l, onlyLooks)
		defer cancel()
		d.who(d.Manager, cookie, true)
		passed.Add(time.Minute.Milliseconds()) // idle by now, had nobody come
		select {
		case <-ctx.Done():
			t.Error("it ended though the session goes on")
		case <-time.After(1500 * time.Millisecond): // it is looked at after a second
		}
	})
}
