package caddyiamsmart

import (
	"errors"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

var (
	errDirectForm   = errors.New("the question whether to log in, asked of somebody from the iAM Smart app, was open for too long, or the form is not ours")
	errNotLinkedYet = errors.New("a person from the iAM Smart app has no link; links begin at the login page only")
	errSomeoneElse  = errors.New("a person from the iAM Smart app, on a device where another person is logged in")
)

// directs tells whether people may come straight from the iAM Smart app. They
// bring a code without a state, so nothing shows that they started it themselves:
// anybody can send them such an address, with a code of their own.
func (g *Gate) directs() bool { return g.realm.direct }

// askDirect asks who comes from the iAM Smart app whether to log in. Nothing is
// spent and nobody is logged in before they have said yes.
func (g *Gate) askDirect(w http.ResponseWriter, r *http.Request, d *desk) error {
	if !g.directs() {
		return g.problem(w, r, problem{status: http.StatusNotFound, kind: pages.NotFound})
	}
	arrival, err := iamsmart.ParseDirectRedirect(r.URL.Query())
	var failure *iamsmart.Error
	if errors.As(err, &failure) && failure.Kind == iamsmart.KindProtocol {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: err})
	}
	if err != nil {
		kind, status := ofIAmSmart(err)
		return g.problem(w, r, problem{status: status, kind: kind, cause: err})
	}
	token, err := d.sessions.SealDirect(arrival.Code)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusInternalServerError, kind: pages.Internal, cause: err})
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, directPage(token))
	return nil
}

// directPage is the question. Its language switch brings the token back, since
// the address cannot be asked for again: see [Gate.switchLanguage].
func directPage(token string) pages.Direct {
	return pages.Direct{Common: pages.Common{SecretAddress: true, Held: token}, Token: token}
}

// answerDirect logs a linked person in who came from the iAM Smart app and said
// yes. Whoever has no link does not get one on this way, and nobody takes the
// place of another person who is logged in: both could be somebody else's doing.
func (g *Gate) answerDirect(w http.ResponseWriter, r *http.Request, d *desk) error {
	if !g.directs() {
		return g.problem(w, r, problem{status: http.StatusNotFound, kind: pages.NotFound})
	}
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	if fields.Get("answer") != "yes" {
		return g.redirect(w, "/")
	}
	restart := &session.Return{Address: "/"}
	code, ok := d.sessions.OpenDirect(fields.Get("token"))
	if !ok {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.TooLate, cause: errDirectForm, restart: restart})
	}
	if err := g.realm.client.Available(); err != nil { // and the code stays unspent
		kind, status := ofIAmSmart(err)
		return g.problem(w, r, problem{status: status, kind: kind, cause: err, restart: restart})
	}
	stood, err := g.identify(r, d, true)
	if err == nil {
		err = d.rows.Claim(r.Context(), store.Hash([]byte("direct\x00"+g.realm.clientID+"\x00"+code)), time.Now().Add(session.DirectLife))
	}
	if errors.Is(err, store.ErrClaimed) {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.TooLate, cause: err, restart: restart})
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, restart: restart})
	}
	token, err := g.realm.client.GetDirectToken(r.Context(), code, "")
	if err != nil {
		kind, status := ofIAmSmart(err)
		return g.problem(w, r, problem{status: status, kind: kind, cause: err, restart: restart})
	}
	return g.arrivedDirect(w, r, d, stood, token)
}

func (g *Gate) arrivedDirect(w http.ResponseWriter, r *http.Request, d *desk, stood session.Visitor, token iamsmart.Token) error {
	person := d.keys.PersonHash(g.realm.clientID, token.OpenID.Reveal())
	if linked, ok := stood.(session.Linked); ok {
		if linked.Person() == person {
			return g.redirect(w, "/")
		}
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.SomeoneElse, cause: errSomeoneElse, account: linked.Account()})
	}
	links, err := d.links.Find(r.Context(), person)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	if len(links) != 1 { // who has several chooses after a login
		return g.notLinkedYet(w, r)
	}
	link, standing, err := g.worth(r.Context(), d, links[0], token.LastModified)
	switch {
	case err != nil:
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.CannotCheck, cause: err, restart: &session.Return{Address: "/"}})
	case standing == linkup.Closed:
		return g.accountClosed(w, r, d, link)
	case standing != linkup.Stands:
		return g.notLinkedYet(w, r)
	}
	err = d.endLinkup(r)
	if err == nil {
		_, err = g.openSession(r.Context(), w, d, link, token, stood)
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	return g.redirect(w, "/")
}

func (g *Gate) notLinkedYet(w http.ResponseWriter, r *http.Request) error {
	return g.problem(w, r, problem{
		status: http.StatusForbidden, kind: pages.NotLinkedYet, cause: errNotLinkedYet, restart: &session.Return{Address: "/"},
	})
}
