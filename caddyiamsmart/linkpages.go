package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// checkWithin bounds asking the application about a password.
const checkWithin = 25 * time.Second

var errNoForm = errors.New("the form belongs to another link-up, or to an older page")

// unlinked is a person whom iAM Smart vouches for and who has no account here
// yet: the pending link-up of this very browser. Handlers that take one cannot
// be given anybody else.
type unlinked struct {
	row store.Pending
}

// unlinked finds the pending link-up of this browser.
func (g *Gate) unlinked(r *http.Request, d *desk) (unlinked, error) {
	id, ok := d.sessions.Pending(r)
	if !ok {
		return unlinked{}, linkup.ErrEnded
	}
	row, err := d.links.Pending(r.Context(), id)
	return unlinked{row}, err
}

// showLink shows where the link-up stands: the choice, the form, or the account
// that was proven.
func (g *Gate) showLink(w http.ResponseWriter, r *http.Request, d *desk) error {
	who, err := g.unlinked(r, d)
	if err != nil {
		return g.noLinkup(w, r, d, err)
	}
	language := g.language(r, d)
	common := pages.Common{Here: g.Prefix + "/link"}
	switch {
	case who.row.Proof != nil:
		g.pages.Write(w, language, http.StatusOK, g.confirmPage(r, d, who))
	case r.URL.Query().Get("way") == "password":
		g.pages.Write(w, language, http.StatusOK, g.linkForm(d, who, ""))
	default:
		g.pages.Write(w, language, http.StatusOK, pages.Choice{Common: common, Token: g.linkToken(d, who, "link")})
	}
	return nil
}

func (g *Gate) linkToken(d *desk, who unlinked, form string) string {
	return d.sessions.PendingToken(who.row.ID, form)
}

func (g *Gate) linkForm(d *desk, who unlinked, username string) pages.LinkForm {
	return pages.LinkForm{
		Common: pages.Common{Here: g.Prefix + "/link?way=password"},
		Token:  g.linkToken(d, who, "link"), Username: username, Ends: who.row.Expires,
		UserField:     d.sessions.PendingField(who.row.ID, "user"),
		PasswordField: d.sessions.PendingField(who.row.ID, "password"),
	}
}

// confirmPage names the account; its token is bound to the very proof.
func (g *Gate) confirmPage(r *http.Request, d *desk, who unlinked) pages.Confirm {
	return pages.Confirm{
		Common:  pages.Common{Here: g.Prefix + "/link"},
		Token:   g.linkToken(d, who, "confirm"+linkup.ProofToken(who.row)),
		Name:    who.row.Proof.DisplayName,
		Account: who.row.Proof.AccountName,
		Ends:    who.row.Expires,
		Approve: g.LinkLast == lastIAmSmart,
		Mobile:  iamsmart.SourceOf(r.UserAgent()).Mobile(),
	}
}

// stepLink takes one step of the link-up. Each form is bound to the pending row,
// and the confirm form to the proof that it shows: a form of another tab, person
// or older page does nothing.
func (g *Gate) stepLink(w http.ResponseWriter, r *http.Request, d *desk) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	who, err := g.unlinked(r, d)
	if err != nil {
		return g.noLinkup(w, r, d, err)
	}
	token := fields.Get("token")
	fits := func(form string) bool { return d.sessions.CheckPending(token, who.row.ID, form) }
	switch step := fields.Get("step"); {
	case step == "password" && fits("link"):
		username, hasUser := d.sessions.ReadPending(fields, who.row.ID, "user")
		password, hasPassword := d.sessions.ReadPending(fields, who.row.ID, "password")
		if hasUser && hasPassword {
			return g.checkPassword(w, r, d, who, username, password)
		}
	case step == "confirm" && fits("confirm"+linkup.ProofToken(who.row)):
		if fields.Get("answer") == "yes" {
			return g.link(w, r, d, who, func(begin beginning, stood ...store.ID) (store.Link, error) {
				return d.links.Confirm(r.Context(), who.row.ID, linkup.ProofToken(who.row), begin, stood...)
			})
		}
		return g.disown(w, r, d, who)
	case step == "approve" && fits("confirm"+linkup.ProofToken(who.row)):
		return g.askApproval(w, r, d, who, fields.Get("device"))
	case step == "cancel" && fits("link"):
		return g.cancelLink(w, r, d, who)
	}
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm, link: true})
}

// checkPassword asks the application whether it knows this user by this
// password. The try is counted before the application is asked, and one that
// fails is answered when its time has come.
func (g *Gate) checkPassword(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, username, password string) error {
	began := time.Now()
	tried, err := d.links.Try(r.Context(), who.row.ID, linkup.Attempt{Name: username, Address: clientAddress(r)})
	if errors.Is(err, linkup.ErrTooMany) {
		return g.tooMany(w, r, tried.Until, err)
	}
	if err != nil {
		return g.linkRefused(w, r, d, err)
	}
	leave, ok := g.pacer.enter()
	if !ok {
		g.takeBack(r, d, tried)
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: errCrowd, link: true})
	}
	defer leave()
	ctx, cancel := context.WithTimeout(r.Context(), checkWithin)
	defer cancel()
	account, source, err := g.sources.CheckPassword(ctx, username, password)
	if err != nil {
		if errors.Is(err, accounts.ErrNotAsked) {
			g.takeBack(r, d, tried)
		}
		g.pacer.wait(r.Context(), began, tried.Slow)
		return g.notProven(w, r, d, tried, username, err)
	}
	if _, err := d.links.Prove(r.Context(), tried, account, source); err != nil {
		return g.linkRefused(w, r, d, err)
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
func (g *Gate) notProven(w http.ResponseWriter, r *http.Request, d *desk, tried linkup.Tried, username string, err error) error {
	switch {
	case errors.Is(err, accounts.ErrWrong):
		g.logger.Info("wrong user name or password", append(g.who(d, tried.Row.Person), zap.Int("tries_left", tried.Left))...)
		if tried.Left == 0 {
			return g.tooMany(w, r, tried.Until, linkup.ErrTooMany)
		}
		form := g.linkForm(d, unlinked{tried.Row}, username)
		form.Wrong, form.TriesLeft = true, tried.Left
		g.pages.Write(w, g.language(r, d), http.StatusUnprocessableEntity, form)
		return nil
	case errors.Is(err, accounts.ErrState):
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.AccountState, cause: err, link: true})
	}
	return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.CannotCheck, cause: err, link: true})
}

// tooMany says until when there are no tries. The page is the same whether the
// person has none left or the account, whoever tried there before.
func (g *Gate) tooMany(w http.ResponseWriter, r *http.Request, until time.Time, err error) error {
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.TooMany, cause: err, until: until})
}

// disown is the answer "not mine": the proof is dropped, nothing is linked.
func (g *Gate) disown(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if _, err := d.links.Disown(r.Context(), who.row.ID); err != nil {
		return g.linkRefused(w, r, d, err)
	}
	return g.redirect(w, g.Prefix+"/link?way=password")
}

// cancelLink is "not now": the pending link-up ends.
func (g *Gate) cancelLink(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if err := d.links.Cancel(r.Context(), who.row.ID); err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
	}
	d.sessions.DropPending(w)
	g.pages.Write(w, g.language(r, d), http.StatusOK, g.loggedOutPage(d, false))
	return nil
}

// noLinkup answers a link page that no pending link-up stands behind. Whoever
// is logged in goes on; the form may have been sent twice.
func (g *Gate) noLinkup(w http.ResponseWriter, r *http.Request, d *desk, err error) error {
	if !errors.Is(err, linkup.ErrEnded) {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
	}
	visitor, identifyErr := g.identify(r, d, true)
	if _, ok := visitor.(session.Linked); ok && identifyErr == nil {
		return g.redirect(w, g.Prefix+"/link/done")
	}
	d.sessions.DropPending(w)
	return g.problem(w, r, problem{
		status: http.StatusForbidden, kind: pages.TooLate, cause: err, restart: &session.Return{Address: "/"},
	})
}

// linkRefused tells why a link-up goes no further.
func (g *Gate) linkRefused(w http.ResponseWriter, r *http.Request, d *desk, err error) error {
	switch {
	case errors.Is(err, linkup.ErrEnded):
		return g.noLinkup(w, r, d, err)
	case errors.Is(err, linkup.ErrTaken):
		return g.problem(w, r, problem{status: http.StatusConflict, kind: pages.Taken, cause: err, link: true})
	case errors.Is(err, linkup.ErrOtherPerson):
		d.sessions.DropPending(w)
		return g.problem(w, r, problem{
			status: http.StatusForbidden, kind: pages.OtherPerson, cause: err, restart: &session.Return{Address: "/"},
		})
	case errors.Is(err, linkup.ErrStale), errors.Is(err, linkup.ErrOtherWay):
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: err, link: true})
	}
	return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
}
