package caddyiamsmart

import (
	"errors"
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// With `link_last iamsmart` the yes to an account is no button but a second
// approval in iAM Smart, of the same person in the same browser:
//
//	confirm page → official button → iAM Smart → callback → same person? → link
//
// A confirm page that is left open then links nobody but who left it.

// askApproval is the official button of the confirm page.
func (g *Gate) askApproval(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, device string) error {
	if g.lacksProfile(d, who) {
		return g.askForProfile(w, r, d, who)
	}
	if _, err := g.confirmPage(r, d, who); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	if err := g.realm.client.Available(); err != nil {
		return g.confirmAgain(w, r, d, who, err)
	}
	row, err := d.links.Ask(r.Context(), who.row.ID, linkup.ProofToken(who.row))
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	state, err := d.sessions.StartApproval(w, r, row.ID, row.Proof.ID)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusInternalServerError, kind: pages.Internal, cause: err, link: true})
	}
	return g.toIAmSmart(w, r, d, state, device, justApproval)
}

// approved is what iAM Smart answered. The link-up that this browser holds must
// still be the one that the flow was started for.
func (g *Gate) approved(w http.ResponseWriter, r *http.Request, d *desk, flow session.ApprovalFlow, answer iamsmart.Redirect, refusal error) error {
	who, err := g.unlinked(r, d)
	if err == nil && !who.provenFor(flow) {
		err = linkup.ErrStale
	}
	if err != nil {
		d.sessions.DropFlow(w, flow)
		return g.approvedNothing(w, r, d, who, err)
	}
	if refusal != nil {
		d.sessions.DropFlow(w, flow)
		return g.confirmAgain(w, r, d, who, refusal)
	}
	d.sessions.AnswerFlow(w, flow)
	token, err := g.realm.client.GetToken(r.Context(), answer.Code)
	if err != nil {
		return g.confirmAgain(w, r, d, who, err)
	}
	approval := linkup.Approved(flow, d.keys.PersonHash(g.realm.clientID, token.OpenID.Reveal()))
	return g.link(w, r, d, who, func(begin beginning, stood ...store.ID) (store.Link, error) {
		return d.links.ConfirmApproved(r.Context(), approval, begin, stood...)
	})
}

// approvedNothing tells who comes back that the link-up is no more, or another.
// Whoever may have logged in here meanwhile is not to be found in its place.
func (g *Gate) approvedNothing(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, err error) error {
	if errors.Is(err, linkup.ErrEnded) {
		d.sessions.DropPending(w)
		return g.problem(w, r, problem{
			status: http.StatusForbidden, kind: pages.TooLate, cause: err, restart: &session.Return{Address: "/"},
		})
	}
	return g.linkRefused(w, r, d, who, err)
}

// notThisApproval helps who comes back with an approval that is used already, or
// too old: the link page knows how it ended.
func (g *Gate) notThisApproval(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, session.ErrFlowEnded) || errors.Is(err, store.ErrClaimed) {
		return g.redirect(w, g.Prefix+"/link")
	}
	return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
}

// provenFor tells whether a flow was started for the proof that stands.
func (who unlinked) provenFor(flow session.ApprovalFlow) bool {
	pending, proof := flow.For()
	return who.row.ID == pending && who.row.Proof != nil && who.row.Proof.ID == proof
}

// confirmAgain is the confirm page once more, which says why there is no
// approval.
func (g *Gate) confirmAgain(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, err error) error {
	kind, status := ofIAmSmart(err)
	confirm, refused := g.confirmPage(r, d, who)
	if refused != nil {
		return g.linkRefused(w, r, d, who, refused)
	}
	retryAfter(w, status, err)
	confirm.Notice = &pages.Problem{Kind: kind, Ref: g.logRefusal(problem{status: status, cause: err})}
	g.pages.Write(w, g.language(r, d), status, confirm)
	return nil
}
