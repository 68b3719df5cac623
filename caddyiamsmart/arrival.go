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

// arrived is a person whom iAM Smart vouches for. One who has one link that may be
// used gets a session; anybody else a link-up, in which they prove an account, prove
// theirs once more, or choose. Whoever was logged in here, or about to link, is so no
// more.
func (g *Gate) arrived(w http.ResponseWriter, r *http.Request, d *desk, stood session.Visitor, flow session.LoginFlow, token iamsmart.Token) error {
	ctx := r.Context()
	person := d.keys.PersonHash(g.realm.clientID, token.OpenID.Reveal())
	failed := func(err error) error {
		return g.problem(w, r, problem{
			status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err,
			restart: &session.Return{Address: flow.Return},
		})
	}
	if err := d.endLinkup(r); err != nil {
		return failed(err)
	}
	links, err := d.links.Find(ctx, person)
	if err != nil {
		return failed(err)
	}
	arrival := linkup.Arrival{
		Person: person, UserType: token.UserType, LastModified: token.LastModified,
		Flow: flow.Claim(), Sealed: g.sealNote(d, g.newNote(ctx, d, flow.Return, token)), Choosing: len(links) > 1,
	}
	if len(links) == 1 {
		link, standing, err := g.worth(ctx, d, links[0], token.LastModified)
		if err != nil || standing == linkup.Closed { // then, too, nobody finds the person before in their place
			if err := g.endWhoStood(ctx, w, d, stood); err != nil {
				return failed(err)
			}
			d.sessions.DropPending(w)
		}
		switch {
		case err != nil:
			return g.problem(w, r, problem{
				status: http.StatusServiceUnavailable, kind: pages.CannotCheck, cause: err, restart: &session.Return{Address: flow.Return},
			})
		case standing == linkup.Stands:
			session, err := g.openSession(ctx, w, d, link, token, stood)
			if err != nil {
				return failed(err)
			}
			if g.allowsStepUp(token) {
				g.keepForStepUps(ctx, d, session, stepNote{AccessToken: token.AccessToken.Reveal(), OpenID: token.OpenID.Reveal(), TokenEnds: token.ExpiresAt})
			}
			return g.redirect(w, flow.Return)
		case standing == linkup.Closed:
			return g.accountClosed(w, r, d, link)
		}
		arrival.Renews, arrival.Reason = link, standing
	}
	if err := g.endWhoStood(ctx, w, d, stood); err != nil {
		return failed(err)
	}
	if len(links) == 0 && g.expecting(ctx, d) && g.mayAskMore(token) {
		return g.beginExpected(w, r, d, arrival)
	}
	return g.beginLinkup(w, r, d, arrival)
}

// endWhoStood ends the session of whoever was logged in in a browser in which
// somebody has approved a login since.
func (g *Gate) endWhoStood(ctx context.Context, w http.ResponseWriter, d *desk, stood session.Visitor) error {
	linked, ok := stood.(session.Linked)
	if !ok {
		return nil
	}
	if err := d.sessions.End(ctx, linked); err != nil {
		return err
	}
	d.sessions.Drop(w)
	return nil
}

// worth looks what a link is worth now, and writes down what is new of one that
// stands.
func (g *Gate) worth(ctx context.Context, d *desk, link store.Link, lastModified time.Time) (store.Link, linkup.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	seen, err := g.see(ctx, link, lastModified)
	if err != nil {
		return link, "", err
	}
	standing := d.links.Rules.Standing(link, seen)
	if standing == linkup.Stands {
		link, err = g.renew(ctx, d, link, seen)
	}
	return link, standing, err
}

// accountClosed tells a person that the application does not let their account be
// used.
func (g *Gate) accountClosed(w http.ResponseWriter, r *http.Request, d *desk, link store.Link) error {
	ref := reference()
	g.audit(r.Context(), d, store.Audit{Event: eventState, Person: g.pseudonym(d, link.Person), Account: link.AccountName, Source: link.Source, Ref: ref})
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.AccountState, cause: accounts.ErrState, ref: ref})
}

// beginLinkup begins the link-up of a person who has just come from iAM Smart.
func (g *Gate) beginLinkup(w http.ResponseWriter, r *http.Request, d *desk, arrival linkup.Arrival) error {
	id, ends, err := d.links.Begin(r.Context(), arrival)
	if err == nil {
		err = d.sessions.SetPending(w, id)
	}
	if err != nil {
		return g.notBegun(w, r, ends, err)
	}
	return g.redirect(w, g.Prefix+"/link")
}

// beginExpected is beginLinkup while an import waits for people: they are asked for
// their number at once.
func (g *Gate) beginExpected(w http.ResponseWriter, r *http.Request, d *desk, arrival linkup.Arrival) error {
	id, ends, err := d.links.Begin(r.Context(), arrival)
	var who unlinked
	if err == nil {
		err = d.sessions.SetPending(w, id)
	}
	if err == nil {
		who.row, err = d.links.Pending(r.Context(), store.Hash(id))
	}
	if err == nil {
		who.note, err = g.openNote(d, who.row.Sealed)
	}
	if err != nil {
		return g.notBegun(w, r, ends, err)
	}
	return g.askFor(w, r, d, who, asked{For: forImport, Fields: append([]string{"hkic"}, g.wanted()...)})
}

func (g *Gate) notBegun(w http.ResponseWriter, r *http.Request, until time.Time, err error) error {
	if errors.Is(err, linkup.ErrTooMany) {
		return g.tooMany(w, r, until, err)
	}
	return g.problem(w, r, problem{
		status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, restart: &session.Return{Address: "/"},
	})
}

// openSession logs a linked person in, in the place of whoever stood, and returns the id
// of the session.
func (g *Gate) openSession(ctx context.Context, w http.ResponseWriter, d *desk, link store.Link, token iamsmart.Token, stood session.Visitor) (store.ID, error) {
	draft, err := d.sessions.Draft(link)
	if err != nil {
		return store.ID{}, err
	}
	draft.Row.UserType = token.UserType
	g.keepOpenID(d, &draft, token.OpenID.Reveal())
	err = d.sessions.Open(ctx, w, draft, stood, func(tx *store.Tx) error {
		return d.trail.Note(tx, store.Audit{
			Event: linkup.EventLogin, Person: g.pseudonym(d, link.Person), Account: link.AccountName, Source: link.Source, Way: link.Way,
		})
	})
	if err != nil {
		return store.ID{}, err
	}
	d.sessions.DropPending(w)
	g.logger.Info("logged in", g.who(d, link.Person)...)
	return draft.Row.ID, nil
}
