package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// errNoMatch is one for all: whether a number is nobody's, several people's, or that
// of a closed account is told to nobody.
var errNoMatch = errors.New("the number fits no account, or more than one, or one that may not be used")

// askForNumber asks the person in iAM Smart for the number of their identity card.
// It counts as a try: nobody can have the records searched at will.
func (g *Gate) askForNumber(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if err := g.realm.client.Available(); err != nil { // and no try is used up
		kind, status := ofIAmSmart(err)
		return g.problem(w, r, problem{status: status, kind: kind, cause: err, link: true})
	}
	tried, err := d.links.Try(r.Context(), who.row.ID, linkup.Attempt{Nameless: true, Address: clientAddress(r)})
	if errors.Is(err, linkup.ErrTooMany) {
		return g.tooMany(w, r, tried.Until, err)
	}
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	who.row = tried.Row
	return g.askFor(w, r, d, who, asked{For: forHKIC, Fields: append([]string{"hkic"}, g.wanted()...), Try: tried.ID(), Slow: tried.Slow})
}

// findByNumber looks for the one account of a number. The number comes from iAM
// Smart's own answer, never from the browser, and is kept nowhere. A try counts
// where nothing was found: not where the records could not be asked.
func (g *Gate) findByNumber(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, waited asked, number iamsmart.HKIC) error {
	began := time.Now()
	leave, ok := g.pacer.enter()
	if !ok {
		g.takeBackTry(r, d, waited)
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: errCrowd, link: true})
	}
	defer leave()
	ctx, cancel := context.WithTimeout(r.Context(), checkWithin)
	defer cancel()
	f, err := found{}, errNoMatch
	if number.Canonical() != "" { // the records may have people without one
		f, err = g.sources.FindByHKIC(ctx, number.Canonical())
	}
	if err == nil && f.State == accounts.Closed {
		err = errNoMatch
	}
	switch {
	case errors.Is(err, accounts.ErrUnknown), errors.Is(err, accounts.ErrSeveral), errors.Is(err, errNoMatch):
		g.pacer.wait(r.Context(), began, max(1, waited.Slow))
		ref := g.refusedStep(r, d, who, errNoMatch)
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.NoMatch, cause: err, link: true, ref: ref})
	case err != nil:
		g.takeBackTry(r, d, waited)
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true})
	}
	g.takeBackTry(r, d, waited)
	return g.proved(w, r, d, who, f, func() (store.Pending, error) {
		return d.links.ProveAnswered(r.Context(), who.row.ID, f.proven(linkup.ByHKIC))
	})
}

// expected links a person whom an import knows by their number, without a page: they
// have just approved, and the administrator has said which account is theirs. The
// account is looked at before it counts as proven, in the source that the import
// names. Whoever it does not know goes on as everybody.
func (g *Gate) expected(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, waited asked, number iamsmart.HKIC) error {
	e, err := linkup.Expected{}, linkup.ErrNotExpected
	if number.Canonical() != "" {
		e, err = d.links.ExpectedOf(r.Context(), d.keys.HKICHash(number.Canonical()))
	}
	switch {
	case errors.Is(err, linkup.ErrNotExpected) && g.links(linkup.ByHKIC):
		return g.findUnexpected(w, r, d, who, waited, number)
	case errors.Is(err, linkup.ErrNotExpected):
		return g.redirect(w, g.Prefix+"/link")
	case err != nil:
		return g.linkRefused(w, r, d, who, err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), readWithin)
	defer cancel()
	f, err := g.sources.ReadOwn(ctx, e.Account, e.Source)
	switch {
	case errors.Is(err, accounts.ErrUnknown), errors.Is(err, accounts.ErrSeveral), errors.Is(err, errNoSource), err == nil && f.State == accounts.Closed:
		return g.notExpectedAfterAll(w, r, d, who)
	case err != nil:
		return g.problem(w, r, problem{
			status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true, restart: &session.Return{Address: who.note.address()},
		})
	}
	row, err := d.links.ProveExpected(r.Context(), who.row.ID, e.HKICHash, f.proven(linkup.ByImport))
	switch {
	case errors.Is(err, linkup.ErrNotExpected):
		return g.notExpectedAfterAll(w, r, d, who)
	case err != nil:
		who.row.Proof = &store.Proof{AccountName: f.Name, Source: f.source, Way: linkup.ByImport}
		return g.linkRefused(w, r, d, who, err)
	}
	who.row = row
	if g.lacksProfile(d, who) {
		return g.askForProfile(w, r, d, who)
	}
	if _, err := g.confirmPage(r, d, who); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	return g.confirmed(w, r, d, who)
}

// findUnexpected looks in the records for a number that no import knows. That counts
// as a try, as it does where the person chose this way.
func (g *Gate) findUnexpected(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, waited asked, number iamsmart.HKIC) error {
	tried, err := d.links.Try(r.Context(), who.row.ID, linkup.Attempt{Nameless: true, Address: clientAddress(r)})
	if errors.Is(err, linkup.ErrTooMany) {
		return g.tooMany(w, r, tried.Until, err)
	}
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	who.row, waited.Try, waited.Slow = tried.Row, tried.ID(), tried.Slow
	return g.findByNumber(w, r, d, who, waited, number)
}

// notExpectedAfterAll is for an account that was closed, deleted or given to somebody
// else since it was imported.
func (g *Gate) notExpectedAfterAll(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	ref := g.refusedStep(r, d, who, errNoMatch)
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.AccountState, cause: errNoMatch, link: true, ref: ref})
}
