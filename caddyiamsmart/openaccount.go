package caddyiamsmart

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// openAccount has the application open an account, and then say yes to its new
// password: only that proves it.
func (g *Gate) openAccount(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, form filled, fields url.Values) error {
	read := func(name string) string {
		value, _ := d.sessions.ReadPending(fields, who.row.ID, name)
		return value
	}
	username, password := read("new user"), read("new password")
	if fault := faultOf(username, password, read("new password again")); fault != pages.FaultNone {
		return g.reviewAgain(w, r, d, who, username, fault)
	}
	tried, err := d.links.Try(r.Context(), who.row.ID, linkup.Attempt{Name: username, Address: clientAddress(r)})
	if errors.Is(err, linkup.ErrTooMany) {
		return g.tooMany(w, r, tried.Until, err)
	}
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	who.row = tried.Row
	leave, ok := g.pacer.enter()
	if !ok {
		g.takeBack(r, d, tried)
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: errCrowd, link: true})
	}
	defer leave()
	ctx, cancel := context.WithTimeout(r.Context(), 2*checkWithin)
	defer cancel()
	values := map[string]string{"username": username, "password": password}
	maps.Copy(values, form)
	err = g.register.opener.OpenAccount(ctx, values)
	switch {
	case errors.Is(err, accounts.ErrWrong):
		return g.reviewAgain(w, r, d, who, username, pages.FaultRefused)
	case errors.Is(err, accounts.ErrNotAsked):
		g.takeBack(r, d, tried)
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true})
	case err != nil:
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.RegisterUnclear, cause: err, link: true})
	}
	f, err := g.sources.CheckPassword(ctx, username, password)
	if err != nil { // it may have to be confirmed first, by somebody or by mail
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.RegisterUnclear, cause: err, link: true})
	}
	return g.proved(w, r, d, who, f, func() (store.Pending, error) {
		return d.links.Prove(r.Context(), tried, f.proven(linkup.ByRegister))
	})
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
