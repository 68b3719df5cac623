package caddyiamsmart

import (
	"errors"
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// beginning makes the session that begins with a link.
type beginning = func(store.Link) (store.Session, error)

// link makes the link that the person has agreed to, by the confirm that knows
// how, and logs the person in.
func (g *Gate) link(w http.ResponseWriter, r *http.Request, d *desk, who unlinked,
	confirm func(begin beginning, stood ...store.ID) (store.Link, error),
) error {
	return g.enter(w, r, d, who, g.Prefix+"/link/done", confirm)
}

// enter ends a link-up by a session, in the place of whoever stood, and leads on.
func (g *Gate) enter(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, onward string,
	confirm func(begin beginning, stood ...store.ID) (store.Link, error),
) error {
	stood, err := g.identify(r, d, true)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, link: true})
	}
	var ends []store.ID
	if linked, ok := stood.(session.Linked); ok {
		ends = append(ends, linked.Row())
	}
	var draft session.Draft
	link, err := confirm(func(link store.Link) (store.Session, error) {
		var err error
		draft, err = d.sessions.Draft(link)
		draft.Row.UserType = who.row.UserType
		g.keepOpenID(d, &draft, who.note.OpenID)
		return draft.Row, err
	}, ends...)
	if errors.Is(err, linkup.ErrHaveAnother) {
		ref := g.refusedStep(r, d, who, err)
		return g.problem(w, r, problem{status: http.StatusConflict, kind: pages.HaveAnother, cause: err, account: link.AccountName, ref: ref})
	}
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	if linked, ok := stood.(session.Linked); ok {
		d.sessions.Forget(linked)
	}
	d.sessions.Adopt(w, draft)
	d.sessions.DropPending(w)
	if n := who.note; n.StepUp {
		g.keepForStepUps(r.Context(), d, draft.Row.ID, stepNote{AccessToken: n.AccessToken, OpenID: n.OpenID, TokenEnds: n.TokenEnds})
	}
	g.logger.Info("logged in from a link-up", g.who(d, who.row.Person)...)
	return g.redirect(w, onward)
}

// showLinked says that the account has been linked, for as long as the session
// that did it can undo it. Whoever else comes here goes on.
func (g *Gate) showLinked(w http.ResponseWriter, r *http.Request, d *desk) error {
	visitor, err := g.identify(r, d, true)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	linked, ok := visitor.(session.Linked)
	if !ok {
		return g.redirect(w, "/")
	}
	fresh, err := d.links.Fresh(r.Context(), linked.Row())
	if errors.Is(err, linkup.ErrUndoOver) {
		return g.redirect(w, "/")
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	onward := "/"
	if n, err := g.openNote(d, fresh.Sealed); err == nil {
		onward = n.address()
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, pages.Linked{
		Common: pages.Common{Here: g.Prefix + "/link/done"}, Token: linked.FormToken("undo"),
		Account: linked.Account(), Continue: onward, UndoTill: fresh.Expires,
	})
	return nil
}

// undoLink deletes the link that this very session has made a moment ago. The
// session ends with it, and so does every other of the link.
func (g *Gate) undoLink(w http.ResponseWriter, r *http.Request, d *desk) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	visitor, err := g.identify(r, d, true)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	linked, ok := visitor.(session.Linked)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.UndoOver, cause: linkup.ErrUndoOver})
	}
	if !linked.CheckForm(fields.Get("token"), "undo") {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
	}
	link, err := d.links.Undo(r.Context(), linked.Row())
	if errors.Is(err, linkup.ErrUndoOver) {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.UndoOver, cause: err})
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	d.sessions.ForgetLink(link.ID)
	g.logger.Info("link undone", g.who(d, link.Person)...)
	d.leave(w, r)
	g.pages.Write(w, g.language(r, d), http.StatusOK, pages.Undone{
		Common:  pages.Common{Return: d.sessions.SealReturn(session.Return{Address: "/"})},
		Account: link.AccountName,
	})
	return nil
}
