package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// crowd is many people at browsers of their own, who link up, log in, work and
// log out, and write down what they were told.
type crowd struct {
	t       testing.TB
	gate    *gate
	traffic *traffic
	ledger  *ledger
	seats   []*seat
	killed  atomic.Bool // no answer is no surprise any more

	mu     sync.Mutex
	queue  []*person // who still has to link up
	linked []*person // who can log in
}

// seat is a place with a PC; one person after the other sits down there.
type seat struct {
	random  *rand.Rand
	browser *browser
	second  bool    // the browser is used by a second person
	person  *person // who waits for an answer that never came
}

const keptSessions = 60 // about so many people stay logged in

func newCrowd(t testing.TB, g *gate, people []*person, seats int, seed uint64) *crowd {
	c := &crowd{t: t, gate: g, traffic: newTraffic(), ledger: newLedger(people), queue: slices.Clone(people)}
	for i := range seats {
		c.seats = append(c.seats, &seat{random: rand.New(rand.NewPCG(seed, uint64(i+1))), browser: newBrowser(g, c.traffic)})
	}
	return c
}

// work lets people come and go until the gate is killed, or until enough is
// answered.
func (c *crowd) work(enough int) *sync.WaitGroup {
	c.killed.Store(false)
	var all sync.WaitGroup
	for _, s := range c.seats {
		all.Go(func() {
			for !c.killed.Load() && c.ledger.answered() < enough {
				if err := c.turn(s); err != nil {
					c.trouble(err)
					return
				}
			}
		})
	}
	return &all
}

// trouble reports what is no request that a kill has cut.
func (c *crowd) trouble(err error) {
	var lost *cut
	if errors.As(err, &lost) && c.killed.Load() {
		return
	}
	c.t.Error(err)
}

// turn is one person's visit.
func (c *crowd) turn(s *seat) error {
	who := s.person
	if who == nil {
		// One in four finds the browser as the person before left it; no more than
		// two in a row, for a third login within minutes is taken for a login that
		// does not hold.
		if s.second = !s.second && s.random.IntN(4) == 0; !s.second {
			s.browser = newBrowser(c.gate, c.traffic)
		}
		if who = c.next(s); who == nil {
			return nil
		}
	}
	in, err := c.login(s, who)
	if s.browser.unanswered != "" {
		s.person = who // asks again when the gate is back, as a browser does
		return err
	}
	s.person = nil
	c.back(s, who)
	if err != nil || !in {
		return err
	}
	return c.stay(s, who)
}

// next is who sits down: somebody new, or somebody who was here before.
func (c *crowd) next(s *seat) *person {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 && (len(c.linked) == 0 || s.random.IntN(3) == 0) {
		who := c.queue[0]
		c.queue = c.queue[1:]
		return who
	}
	if len(c.linked) == 0 {
		return nil
	}
	return c.linked[s.random.IntN(len(c.linked))]
}

// back puts whoever came to no end into the queue again.
func (c *crowd) back(s *seat, who *person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.ledger.standing(who) {
	case refused:
	case linked:
		if !slices.Contains(c.linked, who) {
			c.linked = append(c.linked, who)
		}
	default:
		c.queue = slices.Insert(c.queue, s.random.IntN(len(c.queue)+1), who)
	}
}

// login is the way through iAM Smart, and a link-up where the person is new. It
// tells whether the person is in.
func (c *crowd) login(s *seat, who *person) (in bool, err error) {
	b := s.browser
	_, before := b.session()
	callback, resent := b.unanswered, b.unanswered != ""
	if !resent {
		if callback, err = b.approve(who.name); err != nil {
			return false, err
		}
	}
	p, err := b.comeBack(callback)
	if err != nil {
		c.ledger.lost(who, before)
		return false, err
	}
	switch {
	case p.status == http.StatusSeeOther && p.session != "":
		return true, c.ledger.entered(who, b, before, false)
	case p.status == http.StatusSeeOther && strings.HasSuffix(p.location, "/iamsmart/link"):
		c.ledger.end(before, ended)
		if c.ledger.standing(who) == linked {
			return false, fmt.Errorf("%s was told to be linked, and is asked to link up", who.name)
		}
		return c.linkUp(s, who)
	case resent && p.status == http.StatusForbidden && p.says("No confirmation came in time"):
		return false, nil // the code was spent before the kill; the person logs in anew
	}
	return false, fmt.Errorf("%s comes back from iAM Smart: %s", who.name, p)
}

func (c *crowd) linkUp(s *seat, who *person) (in bool, err error) {
	b := s.browser
	p, err := b.prove(who.account)
	if err != nil {
		return false, err
	}
	if p.status == http.StatusConflict {
		return false, c.ledger.refuse(who)
	}
	if p.status != http.StatusSeeOther {
		return false, fmt.Errorf("%s gives the password of %s: %s", who.name, who.account, p)
	}
	fields, err := b.confirmation()
	if err != nil {
		return false, err
	}
	c.ledger.asks(who)
	if p, err = b.ask("confirm", "/iamsmart/link", fields); err != nil {
		c.ledger.lost(who, "")
		return false, err
	}
	switch {
	case p.linked():
		return true, c.ledger.entered(who, b, "", true)
	case p.status == http.StatusConflict:
		return false, c.ledger.refuse(who)
	}
	return false, fmt.Errorf("%s says yes to %s: %s", who.name, who.account, p)
}

// stay works in the application for a moment, and leaves the session or not.
func (c *crowd) stay(s *seat, who *person) error {
	b := s.browser
	p, err := b.home()
	if err != nil {
		return err
	}
	if p.status != http.StatusOK || p.user() != who.account {
		return fmt.Errorf("%s works as %q, and is %s: %s", who.name, p.user(), who.account, p)
	}
	if c.ledger.alive() < keptSessions && s.random.IntN(3) > 0 {
		return nil
	}
	_, cookie := b.session()
	if p, err = b.logout(); err != nil {
		c.ledger.end(cookie, unsure)
		return err
	}
	if p.status != http.StatusOK {
		return fmt.Errorf("%s logs out: %s", who.name, p)
	}
	c.ledger.end(cookie, ended)
	return nil
}

// check asks the gate about what was answered: sessions that live do, ended ones
// do not, and whoever was told to be linked logs in at once. What was seen to be
// so before is asked about again only where all is set.
func (c *crowd) check(all bool) {
	c.t.Helper()
	c.killed.Store(false)
	var tasks []func() error
	for cookie, one := range c.ledger.sittings {
		if all || !one.checked {
			tasks = append(tasks, func() error { return c.checkSession(cookie, one) })
		}
	}
	for _, p := range c.ledger.people {
		if p.standing == linked && (all || !p.checked) {
			p.checked = true
			tasks = append(tasks, func() error { return c.checkPerson(p) })
		}
	}
	work := make(chan func() error)
	var done sync.WaitGroup
	for range c.seats {
		done.Go(func() {
			for task := range work {
				if err := task(); err != nil {
					c.t.Error(err)
				}
			}
		})
	}
	for _, task := range tasks {
		work <- task
	}
	close(work)
	done.Wait()
}

func (c *crowd) checkSession(cookie string, one *sitting) error {
	b := newBrowser(c.gate, c.traffic)
	b.cookies[c.ledger.cookie] = cookie
	p, err := b.home()
	if err != nil {
		return err
	}
	lives := p.status == http.StatusOK && p.user() == one.person.account
	switch {
	case !lives && p.status != http.StatusUnauthorized:
		return fmt.Errorf("a session of %s: greeted as %q, %s", one.person.name, p.user(), p)
	case one.state == live && !lives:
		return fmt.Errorf("a session of %s was answered and is lost", one.person.name)
	case one.state == ended && lives:
		return fmt.Errorf("a session of %s was ended and lives", one.person.name)
	case lives:
		one.state = live
	default:
		one.state, one.checked = ended, true
	}
	return nil
}

func (c *crowd) checkPerson(who *person) error {
	s := &seat{browser: newBrowser(c.gate, c.traffic)}
	if _, err := c.login(s, who); err != nil {
		return err
	}
	p, err := s.browser.home()
	if err != nil {
		return err
	}
	if p.user() != who.account {
		return fmt.Errorf("%s logs in after the restart: greeted as %q, %s", who.name, p.user(), p)
	}
	return nil
}
