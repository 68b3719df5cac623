package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func (g *Gate) codeForm(d *desk, who unlinked) pages.CodeForm {
	return pages.CodeForm{
		Common: leadsTo(g.Prefix + "/link?way=code"), Token: g.linkToken(d, who, "link"),
		CodeField: d.sessions.PendingField(who.row.ID, "code"), Ends: g.stepsEnd(who), Ways: g.otherWays(who),
	}
}

// redeem takes a link code. A wrong one is counted and answered as a wrong password
// is.
func (g *Gate) redeem(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, code string) error {
	tried, ok, err := g.try(w, r, d, who, linkup.Attempt{Nameless: true, Address: clientAddress(r)})
	if !ok {
		return err
	}
	defer tried.leave()
	row, err := d.links.Redeem(r.Context(), tried.Tried, code)
	if errors.Is(err, linkup.ErrWrongCode) {
		g.pacer.wait(r.Context(), tried.began, tried.Slow)
		who.row = tried.Row
		g.refusedStep(r, d, who, err)
		if tried.Left == 0 {
			return g.tooMany(w, r, tried.Until, linkup.ErrTooMany)
		}
		form := g.codeForm(d, who)
		form.Wrong, form.TriesLeft = true, tried.Left
		g.pages.Write(w, g.language(r, d), http.StatusUnprocessableEntity, form)
		return nil
	}
	if err == nil {
		if standing, err := g.standsStill(r.Context(), d, *row.Proof); err != nil || standing != linkup.Stands {
			return g.codeOfNoUse(w, r, d, unlinked{row, who.note}, err)
		}
	}
	return g.proved(w, r, d, who, found{}, func() (store.Pending, error) { return row, err })
}

// standsStill looks at the account of a code, which may have been made days ago.
func (g *Gate) standsStill(ctx context.Context, d *desk, proof store.Proof) (linkup.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	link := store.Link{AccountName: proof.AccountName, AccountKey: proof.AccountKey, Source: proof.Source, ProvedAt: time.Now()}
	seen, err := g.see(ctx, link, time.Time{})
	return d.links.Rules.Standing(link, seen), err
}

// codeOfNoUse is for a right code whose account was closed or deleted since, or cannot
// be looked at. The code stays good.
func (g *Gate) codeOfNoUse(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, err error) error {
	if err := g.dropProof(r.Context(), d, who); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true})
	}
	ref := g.refusedStep(r, d, who, errNoMatch)
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.AccountState, cause: accounts.ErrState, link: true, ref: ref})
}
