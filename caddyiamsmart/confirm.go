package caddyiamsmart

import (
	"context"
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// showConfirm names the account, once what must be known of the person is known.
func (g *Gate) showConfirm(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	confirm, err := g.confirmPage(r, d, who)
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, confirm)
	return nil
}

// confirmPage is the page whose token is bound to the very proof.
func (g *Gate) confirmPage(r *http.Request, d *desk, who unlinked) (pages.Confirm, error) {
	confirm := pages.Confirm{
		Common:  leadsTo(g.Prefix + "/link"),
		Token:   g.linkToken(d, who, "confirm"+linkup.ProofToken(who.row)),
		Name:    who.row.Proof.DisplayName,
		Account: who.row.Proof.AccountName,
		Ends:    who.row.Expires,
		Approve: g.LinkLast == lastIAmSmart,
		Mobile:  iamsmart.SourceOf(r.UserAgent()).Mobile(),
	}
	var err error
	if g.comparesNames() && !g.lacksProfile(d, who) { // without the profile the yes asks for it
		profile := g.openPending(d, who.row)
		confirm.SmartName = profile.name()
		differs := !linkup.SameName(confirm.Name, profile.NameEN, profile.NameZH)
		if differs && g.LinkNameMatch == matchRequire {
			err = errNamesDiffer
		}
		confirm.Differs = differs && confirm.Name != "" && confirm.SmartName != "" // there must be two to differ
	}
	return confirm, err
}

// answerConfirm takes the answer to the question whether the account is theirs.
func (g *Gate) answerConfirm(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, yes bool) error {
	if !yes {
		return g.disown(w, r, d, who)
	}
	if g.lacksProfile(d, who) { // asking for it failed before
		return g.askForProfile(w, r, d, who)
	}
	if _, err := g.confirmPage(r, d, who); err != nil { // it may only be shown, and so agreed to, where names agree
		return g.linkRefused(w, r, d, who, err)
	}
	return g.confirmed(w, r, d, who)
}

func (g *Gate) confirmed(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	return g.link(w, r, d, who, func(begin beginning, stood ...store.ID) (store.Link, error) {
		return d.links.Confirm(r.Context(), who.row.ID, linkup.ProofToken(who.row), begin, stood...)
	})
}

// disown is the answer "not mine": the proof is dropped, nothing is linked.
func (g *Gate) disown(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if _, err := d.links.Disown(r.Context(), who.row.ID); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	if who.row.Proof != nil && who.row.Proof.Way == linkup.ByPassword {
		return g.redirect(w, g.Prefix+"/link?way=password")
	}
	return g.redirect(w, g.Prefix+"/link")
}

// dropProof has an account count as not proven, also where the visitor has left.
func (g *Gate) dropProof(ctx context.Context, d *desk, who unlinked) error {
	_, err := d.links.Disown(context.WithoutCancel(ctx), who.row.ID)
	return err
}
