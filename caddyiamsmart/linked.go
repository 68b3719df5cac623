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
		return draft.Row, err
	}, ends...)
	if errors.Is(err, linkup.ErrHaveAnother) {
		return g.problem(w, r, problem{status: http.StatusConflict, kind: pages.HaveAnother, cause: err, account: link.AccountName})
	}
	if err != nil {
		return g.linkRefused(w, r, d, err)
	}
	if linked, ok := stood.(session.Linked); ok {
		d.sessions.Forget(linked)
	}
	d.sessions.Adopt(w, draft)
	d.sessions.DropPending(w)
	g.logger.Info("linked", g.who(d, who.row.Person)...)
	return g.redirect(w, g.Prefix+"/link/done")
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
	if plain, err := d.keys.Open(fresh.Sealed, g.sealLabels()...); err == nil {
		onward = string(plain)
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
