package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
)

// watchedAfter is how long a request goes on before somebody looks whether its
// session still stands.
const watchedAfter = time.Second

// stay is a linked person's request while it is with the application. Any may turn
// into a stream: a websocket, server-sent events, a download. Such a one ends with
// its session. Nearly none lasts, so a goroutine for each would cost too much: it
// comes with the timer of those that do, and the timers are used again.
type stay struct {
	timer  *time.Timer
	ctx    context.Context
	cancel context.CancelFunc
	gate   *Gate
	desk   *desk
	who    session.Linked
	rules  ruleSet // by which it was let in
	answer *answer
	acts   bool // it keeps the session alive until it is answered
	sends  bool // it has a body
	mu     sync.Mutex
}

var stays = sync.Pool{New: func() any {
	s := new(stay)
	s.timer = time.AfterFunc(time.Hour, s.watch)
	s.timer.Stop()
	return s
}}

// stay returns r with a context that ends with the session, and with the same
// headers. Whoever has it calls leave once the application is done with it.
func (g *Gate) stay(r *http.Request, d *desk, who session.Linked, rules ruleSet, a *answer, acts bool) (*http.Request, *stay) {
	s := stays.Get().(*stay)
	s.ctx, s.cancel = context.WithCancel(r.Context())
	s.gate, s.desk, s.who, s.rules, s.answer, s.acts = g, d, who, rules, a, acts
	s.sends = r.Body != nil && r.Body != http.NoBody
	s.timer.Reset(watchedAfter)
	return r.WithContext(s.ctx), s
}

func (s *stay) leave() {
	s.mu.Lock() // nobody touches the answer after this
	s.cancel()
	s.mu.Unlock()
	if s.timer.Stop() { // else it is being watched, and not to be used again
		s.ctx, s.cancel, s.gate, s.desk, s.who, s.answer = nil, nil, nil, nil, session.Linked{}, nil
		stays.Put(s)
	}
}

// watch ends the stay once its session has ended, once the account has lost what a rule
// asks for, or once nobody knows any more whether the account still stands: what is
// begun anew then waits until somebody does.
func (s *stay) watch() {
	s.desk.sessions.Await(s.ctx, s.who, s.gate.recheck()/4, func() (active, goesOn bool) {
		stamp, err := s.gate.stampOf(s.ctx, s.desk, s.who)
		goesOn = !errors.Is(err, errNotLooked) && (stamp == nil || s.gate.still(s.rules, stamp, s.who))
		return s.acts && !s.answer.wrote.Load(), goesOn
	})
	s.cut()
}

// cut ends a request that is not over by itself. What is left of its body is not
// waited for: a proxy would read it until its end. What is left of an answer that has
// begun cannot be sent any more, also by a handler that heeds no context, as one that
// serves files.
func (s *stay) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	s.answer.over.Store(true)
	connection := http.NewResponseController(s.answer.ResponseWriter)
	if s.sends {
		_ = connection.SetReadDeadline(time.Now())
	}
	if s.answer.wrote.Load() {
		_ = connection.SetWriteDeadline(time.Now())
	}
	s.cancel()
}
