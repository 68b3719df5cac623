package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// openAccount has the application open an account, and then say yes to its new
// password: only that proves it, and only where it had no such account before.
func (g *Gate) openAccount(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, form filled, fields url.Values) error {
	read := func(name string) string {
		value, _ := d.sessions.ReadPending(fields, who.row.ID, name)
		return value
	}
	username, password := read("new user"), read("new password")
	if fault := faultOf(username, password, read("new password again")); fault != pages.FaultNone {
		return g.reviewAgain(w, r, d, who, username, fault)
	}
	tried, ok, err := g.try(w, r, d, who, linkup.Attempt{Name: username, Address: clientAddress(r)})
	if !ok {
		return err
	}
	defer tried.leave()
	who.row = tried.Row
	ctx, cancel := context.WithTimeout(r.Context(), 3*checkWithin)
	defer cancel()
	f, err := g.openNew(ctx, username, password, form)
	if err != nil {
		if errors.Is(err, accounts.ErrNotAsked) {
			g.takeBack(r, d, tried.Tried)
		}
		g.pacer.wait(r.Context(), tried.began, tried.Slow)
		return g.notOpened(w, r, d, who, tried.Tried, username, err)
	}
	return g.proved(w, r, d, who, f, func() (store.Pending, error) {
		return d.links.Prove(r.Context(), tried.Tried, f.proven(linkup.ByRegister))
	})
}

var (
	errNotOpened = errors.New("the application opened no account")
	errUnclear   = errors.New("nobody knows whether the application has opened the account")
)

// openNew returns the account that the application opened. One that it had before is
// errNotOpened, since the person has not opened it: a form may say yes to every name.
func (g *Gate) openNew(ctx context.Context, username, password string, form filled) (found, error) {
	had, err := g.sources.Has(ctx, username, password)
	if err != nil {
		return found{}, err
	}
	if had {
		return found{}, errNotOpened
	}
	values := map[string]string{"username": username, "password": password}
	maps.Copy(values, form)
	switch err := g.register.opener.OpenAccount(ctx, values); {
	case errors.Is(err, accounts.ErrWrong):
		return found{}, fmt.Errorf("%w: %w", errNotOpened, err)
	case errors.Is(err, accounts.ErrNotAsked): // but for whether it has the account, so the try counts
		return found{}, fmt.Errorf("%w: %v", accounts.ErrCannotCheck, err)
	case err != nil:
		return found{}, fmt.Errorf("%w: %w", errUnclear, err)
	}
	f, err := g.sources.CheckPassword(ctx, username, password)
	if err != nil { // it may have to be confirmed first, by somebody or by mail
		return found{}, fmt.Errorf("%w: %v", errUnclear, err)
	}
	return f, nil
}

// notOpened says that there is no account to link. It is counted and answered as a
// wrong password is, or the form would tell at any speed which names there are.
func (g *Gate) notOpened(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, tried linkup.Tried, username string, err error) error {
	switch {
	case errors.Is(err, errUnclear):
		ref := g.refusedStep(r, d, who, errNotOpened)
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.RegisterUnclear, cause: err, link: true, ref: ref})
	case errors.Is(err, errNotOpened):
		g.refusedStep(r, d, who, errNotOpened)
		if tried.Left == 0 {
			return g.tooMany(w, r, tried.Until, linkup.ErrTooMany)
		}
		return g.reviewAgain(w, r, d, who, username, pages.FaultRefused)
	}
	return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true})
}

// faultOf tells what is wrong with what the person typed before anybody is asked.
func faultOf(username, password, again string) pages.RegisterFault {
	switch {
	case username == "" || password == "":
		return pages.FaultEmpty
	case password != again:
		return pages.FaultDiffer
	case accounts.RefuseTyped(username, password) != nil:
		return pages.FaultRefused
	}
	return pages.FaultNone
}

func (g *Gate) reviewAgain(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, username string, fault pages.RegisterFault) error {
	review := g.reviewPage(d, who)
	review.Username, review.Wrong = username, fault
	g.pages.Write(w, g.language(r, d), http.StatusUnprocessableEntity, review)
	return nil
}
