package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// What a session rests on is looked at again and again: the link, and the account
// in the application's own records. Once half of `recheck` is over that is done
// beside the requests, so that nobody waits; once all of it is, nothing passes
// before it was done.

const readWithin = 20 * time.Second

var (
	errOver      = errors.New("the session ended, for what it rested on is no more")
	errNotLooked = errors.New("nobody knows whether the account still stands")
)

// stamp is what the requests of one session carry, worked out when its account was
// last looked at.
type stamp struct {
	gate     *Gate // after a reload it is another, and works the rest out anew
	link     store.Link
	record   accounts.Record
	identity upstream.Identity
	headers  upstream.Rendered
	asserted atomic.Pointer[asserted]
	userID   string // for Caddy's own placeholder and access log
	seenAt   time.Time
	again    atomic.Bool // somebody looks, or has just failed to
}

// stampOf returns what a linked person's request carries. It is errOver where the
// session has ended by what was seen, and errNotLooked where nobody could look.
func (g *Gate) stampOf(ctx context.Context, d *desk, who session.Linked) (*stamp, error) {
	kept, ok := who.Kept(stamps).(*stamp)
	if !ok {
		return g.look(ctx, d, who)
	}
	if kept.gate != g {
		kept = g.stamp(d, who, kept.link, kept.record, kept.seenAt)
	}
	switch age := time.Since(kept.seenAt); {
	case age < g.recheck()/2:
	case age >= g.recheck():
		return g.look(ctx, d, who)
	case kept.again.CompareAndSwap(false, true):
		go g.lookBeside(d, who, kept)
	}
	return kept, nil
}

func (g *Gate) recheck() time.Duration { return time.Duration(g.Recheck) }

// lookBeside looks while requests pass. Where that fails it is tried again a few
// times before the time is over.
func (g *Gate) lookBeside(d *desk, who session.Linked, kept *stamp) {
	_, err := g.look(context.Background(), d, who)
	if errors.Is(err, errNotLooked) {
		time.AfterFunc(g.recheck()/10, func() { kept.again.Store(false) })
	}
}

// look looks once for all requests of a session that ask at the same time, whoever
// of them goes away.
func (g *Gate) look(ctx context.Context, d *desk, who session.Linked) (*stamp, error) {
	row := who.Row()
	answer := g.looks.DoChan(string(row[:]), func() (_ any, err error) {
		defer g.survive(&err) // nobody else does: the look has a goroutine of its own
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
		defer cancel()
		return g.lookNow(ctx, d, who)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errNotLooked, ctx.Err())
	case got := <-answer:
		if got.Err != nil {
			return nil, got.Err
		}
		return got.Val.(*stamp), nil
	}
}

// survive makes of a panic while an account is looked at that nobody could look. It is
// told by its kind and place; its words may hold what is in the record.
func (g *Gate) survive(err *error) {
	panicked := recover()
	if panicked == nil {
		return
	}
	cause := fmt.Errorf("panic of type %T", panicked)
	if fault, ok := panicked.(runtime.Error); ok {
		cause = fault
	}
	g.logger.Error("looking at an account", zap.Error(cause), zap.StackSkip("stack", 1))
	*err = fmt.Errorf("%w: %w", errNotLooked, cause)
}

func (g *Gate) lookNow(ctx context.Context, d *desk, who session.Linked) (*stamp, error) {
	at := time.Now()
	link, err := d.links.Of(ctx, who.Link())
	if errors.Is(err, store.ErrNotFound) {
		return nil, g.over(ctx, d, who, "the link is gone")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotLooked, err)
	}
	seen, err := g.see(ctx, link, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotLooked, err)
	}
	if standing := d.links.Rules.Standing(link, seen); standing != linkup.Stands {
		return nil, g.over(ctx, d, who, "account: "+string(standing))
	}
	if link, err = g.renew(ctx, d, link, seen); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotLooked, err)
	}
	if link.AccountName != who.Account() {
		return nil, g.over(ctx, d, who, "account: renamed")
	}
	return g.stamp(d, who, link, seen.Record, at), nil
}

// stamps is the owner of what is kept with sessions.
const stamps = "stamps"

// stamp works out what requests carry, and keeps it with the session.
func (g *Gate) stamp(d *desk, who session.Linked, link store.Link, record accounts.Record, seenAt time.Time) *stamp {
	identity := g.identity(d, who, link, record.Attributes)
	s := &stamp{gate: g, link: link, record: record, seenAt: seenAt, identity: identity, userID: identity.Account}
	if g.LogAccount == "hash" {
		s.userID = identity.Person
	}
	s.headers = g.headers.Render(identity)
	who.Keep(stamps, s)
	return s
}

// identity is what is known of a linked person; attributes are those of the
// account's record.
func (g *Gate) identity(d *desk, who session.Linked, link store.Link, attributes map[string][]string) upstream.Identity {
	id := g.identityOf(d, link, attributes)
	id.Account, id.Person = who.Account(), g.pseudonym(d, who.Person())
	id.UserType, id.LinkMethod, id.LoginTime = who.UserType(), who.Way(), who.LoginAt()
	id.OpenID = g.openIDOf(d, who)
	return id
}

// identityOf is what is known of a linked person without a login.
func (g *Gate) identityOf(d *desk, link store.Link, attributes map[string][]string) upstream.Identity {
	profile := g.openProfile(d, link)
	return upstream.Identity{
		Account:    link.AccountName,
		Person:     g.pseudonym(d, link.Person),
		UserType:   link.UserType,
		LinkMethod: link.Way,
		Realm:      g.Realm,
		App:        g.App,
		Attributes: attributes,
		NameEN:     profile.NameEN, NameZH: profile.NameZH, BirthDate: profile.BirthDate, Gender: profile.Gender,
	}
}

// see asks the accounts that a link came from. lastModified is what iAM Smart has
// just said of the person, or zero.
func (g *Gate) see(ctx context.Context, link store.Link, lastModified time.Time) (linkup.Seen, error) {
	seen := linkup.Seen{At: time.Now(), LastModified: lastModified}
	key, _ := strings.CutPrefix(link.AccountKey, "key:")
	if key == link.AccountKey {
		key = "" // it is known by its name
	}
	f, readable, err := g.sources.Read(ctx, link.AccountName, key, link.Source)
	switch {
	case errors.Is(err, errNoSource):
		seen.NoSource = true
	case errors.Is(err, accounts.ErrUnknown):
		seen.Read, seen.Gone = true, true
	case err != nil:
		return seen, err
	case readable:
		seen.Read, seen.Record = true, f.Record
	}
	return seen, nil
}

// renew writes down what is new of a link that stands.
func (g *Gate) renew(ctx context.Context, d *desk, link store.Link, seen linkup.Seen) (store.Link, error) {
	if !linkup.News(link, seen) {
		return link, nil
	}
	return d.links.Renew(ctx, link, seen.Record)
}

// over ends a session because of what was seen. Where the store cannot be reached
// the session is dead on this node all the same.
func (g *Gate) over(ctx context.Context, d *desk, who session.Linked, why string) error {
	err := d.sessions.End(ctx, who)
	if err == nil {
		err = d.trail.Write(ctx, d.rows, store.Audit{
			Event: eventSessionEnded, Person: g.pseudonym(d, who.Person()), Account: who.Account(), Actor: store.ActorGate, Detail: why,
		})
	}
	if err != nil {
		g.logger.Error("ending session", zap.Error(err))
	}
	return fmt.Errorf("%w: %s", errOver, why)
}
