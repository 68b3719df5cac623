package caddyiamsmart

import (
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

var (
	errNoForm   = errors.New("the form belongs to another link-up, or to an older page")
	errNoteLost = errors.New("what the gate kept of a link-up cannot be read")
)

// unlinked is a person whom iAM Smart vouches for and who is not let in yet: the
// pending link-up of this very browser. Handlers that take one cannot be given
// anybody else.
type unlinked struct {
	row  store.Pending
	note note
}

// unlinked finds the pending link-up of this browser.
func (g *Gate) unlinked(r *http.Request, d *desk) (unlinked, error) {
	id, ok := d.sessions.Pending(r)
	if !ok {
		return unlinked{}, linkup.ErrEnded
	}
	row, err := d.links.Pending(r.Context(), id)
	if err != nil {
		return unlinked{}, err
	}
	n, err := g.openNote(d, row.Sealed)
	if err != nil {
		return unlinked{}, errNoteLost
	}
	return unlinked{row, n}, nil
}

// showLink shows where the link-up stands: what is waited for, the account that was
// proven, the accounts to choose from, a way, or the choice of ways. Who is to choose
// may ask for a way as well.
func (g *Gate) showLink(w http.ResponseWriter, r *http.Request, d *desk) error {
	who, err := g.unlinked(r, d)
	if err != nil {
		return g.noLinkup(w, r, d, err)
	}
	way := r.URL.Query().Get("way")
	picks := linkup.IsChoosing(who.row)
	if picks && way != "" {
		wants, err := g.wantsAnother(r.Context(), d, who, way)
		if err != nil {
			return g.linkRefused(w, r, d, who, err)
		}
		picks = !wants
	}
	switch {
	case who.note.Asked != nil:
		return g.redirect(w, g.Prefix+"/link/wait")
	case who.row.Proof != nil:
		return g.showConfirm(w, r, d, who)
	case picks:
		return g.showPicker(w, r, d, who)
	case way == linkup.ByPassword && g.links(way):
		g.pages.Write(w, g.language(r, d), http.StatusOK, g.linkForm(d, who, ""))
	case way == linkup.ByHKIC && g.links(way):
		g.pages.Write(w, g.language(r, d), http.StatusOK, pages.HKICAsk{
			Common: leadsTo(g.Prefix + "/link?way=hkic"), Token: g.linkToken(d, who, "link"), Ends: g.stepsEnd(who), Ways: g.otherWays(who),
		})
	case way == linkup.ByCode && g.links(way):
		g.pages.Write(w, g.language(r, d), http.StatusOK, g.codeForm(d, who))
	case way == linkup.ByRegister && g.links(way):
		return g.showRegister(w, r, d, who)
	default:
		return g.showChoice(w, r, d, who)
	}
	return nil
}

// leadsTo is what the language switch of a page comes back to.
func leadsTo(address string) pages.Common { return pages.Common{Here: address} }

// showChoice offers the ways that are open; whoever is to prove an account once more
// is told why.
func (g *Gate) showChoice(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	here := g.Prefix + "/link"
	if linkup.IsChoosing(who.row) {
		here += "?way=" + another
	}
	choice := pages.Choice{
		Common: leadsTo(here), Token: g.linkToken(d, who, "link"),
		Password: g.links(linkup.ByPassword), HKIC: g.links(linkup.ByHKIC), Code: g.links(linkup.ByCode), Register: g.links(linkup.ByRegister),
	}
	if who.row.Renews != 0 {
		link, err := d.links.Of(r.Context(), who.row.Renews)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
		}
		choice.Account, choice.Register = link.AccountName, false
		choice.Notice = &pages.Problem{Kind: pages.LinkEnded}
		if linkup.Standing(who.row.Reason) == linkup.Changed {
			choice.Notice.Kind = pages.RecordChanged
		}
	}
	if choice.Register {
		asked, err := d.links.Requested(r.Context(), who.row.Person)
		if err == nil && asked.State != store.RegistrationApproved {
			return g.showRequest(w, r, d, who, asked)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
		}
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, choice)
	return nil
}

// otherWays tells whether there is a way back from the page of one: to the others, or to
// the accounts to choose from.
func (g *Gate) otherWays(who unlinked) bool { return len(g.Link) > 1 || linkup.IsChoosing(who.row) }

// stepsEnd is until when the person may take the next step.
func (g *Gate) stepsEnd(who unlinked) time.Time { return who.row.ApprovedAt.Add(linkup.Window) }

func (g *Gate) linkToken(d *desk, who unlinked, form string) string {
	return d.sessions.PendingToken(who.row.ID, form)
}

func (g *Gate) linkForm(d *desk, who unlinked, username string) pages.LinkForm {
	return pages.LinkForm{
		Common: leadsTo(g.Prefix + "/link?way=password"),
		Token:  g.linkToken(d, who, "link"), Username: username, Ends: g.stepsEnd(who),
		UserField:     d.sessions.PendingField(who.row.ID, "user"),
		PasswordField: d.sessions.PendingField(who.row.ID, "password"),
		HasCode:       g.links(linkup.ByCode), Ways: g.otherWays(who),
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
	case step == "password" && fits("link") && g.links(linkup.ByPassword):
		username, hasUser := d.sessions.ReadPending(fields, who.row.ID, "user")
		password, hasPassword := d.sessions.ReadPending(fields, who.row.ID, "password")
		if hasUser && hasPassword {
			return g.checkPassword(w, r, d, who, username, password)
		}
	case step == "hkic" && fits("link") && g.links(linkup.ByHKIC):
		return g.askForNumber(w, r, d, who)
	case step == "code" && fits("link") && g.links(linkup.ByCode):
		if code, has := d.sessions.ReadPending(fields, who.row.ID, "code"); has {
			return g.redeem(w, r, d, who, code)
		}
	case step == "register" && fits("link") && g.links(linkup.ByRegister):
		return g.askForForm(w, r, d, who)
	case step == "registersend" && fits("review") && g.links(linkup.ByRegister):
		return g.sendRegister(w, r, d, who, fields)
	case step == "choose" && fits("link"):
		return g.choose(w, r, d, who, fields.Get("link"))
	case step == "confirm" && fits("confirm"+linkup.ProofToken(who.row)):
		return g.answerConfirm(w, r, d, who, fields.Get("answer") == "yes")
	case step == "approve" && fits("confirm"+linkup.ProofToken(who.row)):
		return g.askApproval(w, r, d, who, fields.Get("device"))
	case step == "cancelwait" && fits("wait"):
		return g.cancelWait(w, r, d, who)
	case step == "cancel" && fits("link"):
		return g.cancelLink(w, r, d, who)
	}
	g.refusedStep(r, d, who, errNoForm)
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm, link: true})
}

// tooMany says until when there are no tries. The page is the same whether the
// person has none left or the account, whoever tried there before.
func (g *Gate) tooMany(w http.ResponseWriter, r *http.Request, until time.Time, err error) error {
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.TooMany, cause: err, until: until})
}

// cancelLink is "not now": the pending link-up ends.
func (g *Gate) cancelLink(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	err := d.links.Cancel(r.Context(), who.row.ID)
	if err == nil {
		err = d.rows.EndRequests(r.Context(), who.row.ID)
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
	}
	d.sessions.DropPending(w)
	g.pages.Write(w, g.language(r, d), http.StatusOK, g.loggedOutPage(d, pages.AppNotAsked))
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

// linkRefused tells why a link-up goes no further, and writes it down.
func (g *Gate) linkRefused(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, err error) error {
	if errors.Is(err, linkup.ErrEnded) {
		return g.noLinkup(w, r, d, err)
	}
	p := problem{status: http.StatusConflict, cause: err, link: true}
	switch {
	case errors.Is(err, linkup.ErrTaken), errors.Is(err, linkup.ErrWasAnothers):
		p.kind = pages.Taken
	case errors.Is(err, linkup.ErrShared):
		p.kind = pages.SharedAccount
	case errors.Is(err, errNamesDiffer):
		p.kind, p.status = pages.NameDiffers, http.StatusForbidden
		if dropErr := g.dropProof(r.Context(), d, who); dropErr != nil { // else no page but this one could be reached
			p.kind, p.status, p.cause = pages.NotReady, http.StatusServiceUnavailable, dropErr
		}
	case errors.Is(err, linkup.ErrRequested):
		p.kind = pages.RequestOpen
	case errors.Is(err, linkup.ErrOtherPerson):
		d.sessions.DropPending(w)
		p = problem{status: http.StatusForbidden, kind: pages.OtherPerson, cause: err, restart: &session.Return{Address: "/"}}
	case errors.Is(err, linkup.ErrStale), errors.Is(err, linkup.ErrOtherWay):
		p.kind, p.status = pages.Stale, http.StatusForbidden
	default:
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
	}
	p.ref = g.refusedStep(r, d, who, err)
	return g.problem(w, r, p)
}

// refusedStep writes down that a step of a link-up was refused, unless it has been
// so often already: then somebody only fills the trail. It returns the reference by
// which the person may ask.
func (g *Gate) refusedStep(r *http.Request, d *desk, who unlinked, err error) (ref string) {
	row := store.Audit{Event: linkup.EventRefused, Detail: refusalOf(err).Error()}
	if who.row.Proof != nil {
		row.Account, row.Source, row.Way = who.row.Proof.AccountName, who.row.Proof.Source, who.row.Proof.Way
	}
	if errors.Is(err, linkup.ErrTaken) {
		row.Event = linkup.EventTaken
	}
	return g.countRefusal(r, d, who, row)
}

// countRefusal is refusedStep for a row of the caller's own.
func (g *Gate) countRefusal(r *http.Request, d *desk, who unlinked, row store.Audit) (ref string) {
	row.Person, row.Ref = g.pseudonym(d, who.row.Person), reference()
	if who.row.Refusals >= maxRefusals {
		return row.Ref
	}
	if err := d.links.CountRefusal(r.Context(), who.row.ID, maxRefusals, row); err != nil {
		g.logger.Error("writing the audit trail", zap.Error(err))
	}
	return row.Ref
}

// refusalOf is the part of a refusal that says nothing about anybody.
func refusalOf(err error) error {
	for _, known := range []error{
		linkup.ErrTaken, linkup.ErrWasAnothers, linkup.ErrShared, linkup.ErrOtherPerson, linkup.ErrStale, linkup.ErrOtherWay,
		linkup.ErrHaveAnother, linkup.ErrRequested, linkup.ErrWrongCode, errNamesDiffer, errNoForm, errNoMatch, errNotOpened,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("refused")
}
