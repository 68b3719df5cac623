package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// checkWithin bounds asking the application about a password.
const checkWithin = 25 * time.Second

// checkPassword asks the application whether it knows this user by this
// password. The try is counted before the application is asked, and one that
// fails is answered when its time has come.
func (g *Gate) checkPassword(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, username, password string) error {
	tried, ok, err := g.try(w, r, d, who, linkup.Attempt{Name: username, Address: clientAddress(r)})
	if !ok {
		return err
	}
	defer tried.leave()
	ctx, cancel := context.WithTimeout(r.Context(), checkWithin)
	defer cancel()
	f, err := g.sources.CheckPassword(ctx, username, password)
	if err != nil {
		if errors.Is(err, accounts.ErrNotAsked) {
			g.takeBack(r, d, tried.Tried)
		}
		g.pacer.wait(r.Context(), tried.began, tried.Slow)
		return g.notProven(w, r, d, unlinked{tried.Row, who.note}, tried.Tried, username, err)
	}
	return g.proved(w, r, d, who, f, func() (store.Pending, error) {
		return d.links.Prove(r.Context(), tried.Tried, f.proven(linkup.ByPassword))
	})
}

// counted is a try that has a place among those whose answers wait for their time.
type counted struct {
	linkup.Tried
	began time.Time
	leave func()
}

// try counts a try at an account before anybody is asked about it, and takes a place
// for it. Where there is none, or the person has no try left, it has answered, and ok
// is false.
func (g *Gate) try(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, of linkup.Attempt) (c counted, ok bool, err error) {
	c.began = time.Now()
	c.Tried, err = d.links.Try(r.Context(), who.row.ID, of)
	if errors.Is(err, linkup.ErrTooMany) {
		return c, false, g.tooMany(w, r, c.Until, err)
	}
	if err != nil {
		return c, false, g.linkRefused(w, r, d, who, err)
	}
	if c.leave, ok = g.pacer.enter(); !ok {
		g.takeBack(r, d, c.Tried)
		return c, false, g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: errCrowd, link: true})
	}
	return c, true, nil
}

func (f found) proven(way string) linkup.Proven {
	return linkup.Proven{Account: f.Account, Source: f.source, Way: way, Stamp: f.Stamp}
}

// proved goes on with an account that was proven: to what else must be known of the
// person, or to the question whether it is theirs.
func (g *Gate) proved(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, f found, prove func() (store.Pending, error)) error {
	row, err := prove()
	if err != nil {
		who.row.Proof = &store.Proof{AccountName: f.Name, Source: f.source}
		return g.linkRefused(w, r, d, who, err)
	}
	who.row = row
	if g.lacksProfile(d, who) {
		return g.askForProfile(w, r, d, who)
	}
	return g.redirect(w, g.Prefix+"/link")
}

// takeBack has a try not count because the application was not asked. Where that
// fails it counts, and its time runs out.
func (g *Gate) takeBack(r *http.Request, d *desk, tried linkup.Tried) {
	if err := d.links.TakeBack(r.Context(), tried); err != nil {
		g.logger.Error("a try counts though the application was not asked", zap.Error(err))
	}
}

// notProven says that the application did not say yes.
func (g *Gate) notProven(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, tried linkup.Tried, username string, err error) error {
	switch {
	case errors.Is(err, accounts.ErrWrong):
		g.logger.Info("wrong user name or password", append(g.who(d, tried.Row.Person), zap.Int("tries_left", tried.Left))...)
		g.audit(r.Context(), d, store.Audit{Event: eventWrong, Person: g.pseudonym(d, who.row.Person)})
		if tried.Left == 0 {
			return g.tooMany(w, r, tried.Until, linkup.ErrTooMany)
		}
		form := g.linkForm(d, who, username)
		form.Wrong, form.TriesLeft = true, tried.Left
		g.pages.Write(w, g.language(r, d), http.StatusUnprocessableEntity, form)
		return nil
	case errors.Is(err, accounts.ErrState):
		g.audit(r.Context(), d, store.Audit{Event: eventState, Person: g.pseudonym(d, who.row.Person)})
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.AccountState, cause: err, link: true})
	}
	return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true})
}
