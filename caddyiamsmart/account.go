package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// The person's own page. What changes a link is approved in iAM Smart, by the same
// person, in a journey that was begun for this very act.

const loginsShown = 10

// self is the person whose page it is; nobody else gets one.
func (g *Gate) self(w http.ResponseWriter, r *http.Request, d *desk) (who session.Linked, ok bool, err error) {
	visitor, err := g.identify(r, d, true)
	if err != nil {
		return who, false, g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	who, ok = visitor.(session.Linked)
	if !ok {
		return who, false, g.loginPage(w, r, d, visitor)
	}
	return who, true, nil
}

// showAccount says which account a person has, since when and how, and when they
// logged in.
func (g *Gate) showAccount(w http.ResponseWriter, r *http.Request, d *desk) error {
	who, ok, err := g.self(w, r, d)
	if !ok {
		return err
	}
	return g.accountPage(w, r, d, who, http.StatusOK, nil)
}

func (g *Gate) accountPage(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, status int, notice *pages.Problem) error {
	page, err := g.accountOf(r.Context(), d, who)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	page.Mobile, page.Notice = iamsmart.SourceOf(r.UserAgent()).Mobile(), notice
	g.pages.Write(w, g.language(r, d), status, page)
	return nil
}

func (g *Gate) accountOf(ctx context.Context, d *desk, who session.Linked) (pages.Account, error) {
	links, err := d.links.Find(ctx, who.Person())
	if err != nil {
		return pages.Account{}, err
	}
	way := who.Way()
	if way == linkup.ByRequest { // to the person both are the way of those who had no account
		way = linkup.ByRegister
	}
	_, left := d.sessions.Left(who)
	page := pages.Account{
		Common: leadsTo(g.Prefix + "/account"), Token: who.FormToken("account"), LogoutToken: who.FormToken("logout"),
		Account: who.Account(), Way: way, Ends: time.Now().Add(left), CanAdd: g.mayAdd(links),
	}
	for _, l := range links {
		if l.ID != who.Link() {
			page.Others = append(page.Others, l.AccountName)
			continue
		}
		page.Name, page.Since = l.DisplayName, l.LinkedAt
	}
	logins, err := d.rows.AuditTrail(ctx, store.AuditQuery{
		ClientID: g.realm.clientID, App: g.App, Person: g.pseudonym(d, who.Person()), Event: linkup.EventLogin, Newest: true, Limit: loginsShown,
	})
	for _, a := range logins {
		page.Logins = append(page.Logins, a.At)
	}
	return page, err
}

// stepAccount does what a form of the page asks for.
func (g *Gate) stepAccount(w http.ResponseWriter, r *http.Request, d *desk, next caddyhttp.Handler) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	who, ok, err := g.self(w, r, d)
	if !ok {
		return err
	}
	if !who.CheckForm(fields.Get("token"), "account") {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
	}
	switch fields.Get("step") {
	case "everywhere":
		return g.logoutEverywhere(w, r, d, who, next)
	case "unlink":
		return g.askAct(w, r, d, who, session.Unlink, fields.Get("device"))
	case "add":
		if g.AccountsPerPerson > 1 {
			return g.askAct(w, r, d, who, session.LinkAnother, fields.Get("device"))
		}
	}
	return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
}

// logoutEverywhere ends every session of the person in this app, and the link-up that
// may stand open in another browser, in the store first.
func (g *Gate) logoutEverywhere(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, next caddyhttp.Handler) error {
	err := d.rows.Update(r.Context(), func(tx *store.Tx) error {
		if err := tx.EndSessionsOf(store.Person{ClientID: g.realm.clientID, Hash: who.Person()}, g.App); err != nil {
			return err
		}
		if err := d.links.EndOf(tx, who.Person()); err != nil {
			return err
		}
		return d.trail.Note(tx, store.Audit{Event: eventEverywhere, Person: g.pseudonym(d, who.Person()), Account: who.Account()})
	})
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	d.sessions.ForgetPerson(who.Person())
	d.leave(w, r)
	page := g.loggedOutPage(d, g.logoutOfApp(w, r, d, who, next))
	page.Everywhere = true
	g.pages.Write(w, g.language(r, d), http.StatusOK, page)
	return nil
}

// askAct sends the person to iAM Smart to approve an act.
func (g *Gate) askAct(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, act session.Act, device string) error {
	if err := g.realm.client.Available(); err != nil {
		kind, status := ofIAmSmart(err)
		retryAfter(w, status, err)
		return g.accountPage(w, r, d, who, status, &pages.Problem{Kind: kind, Ref: g.logRefusal(problem{status: status, cause: err})})
	}
	state, err := d.sessions.StartAct(w, r, who, act)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusInternalServerError, kind: pages.Internal, cause: err})
	}
	scopes := justApproval
	if act == session.LinkAnother {
		scopes = g.scopes(len(g.profileKinds()) > 0) // imports are for who has no account yet
	}
	return g.toIAmSmart(w, r, d, state, device, scopes)
}

var errActNotOurs = errors.New("an approval came back that another session asked for, or one that has ended")

// acted is what iAM Smart answered. The session that asked must be the one that
// stands, and the person who approved its own.
func (g *Gate) acted(w http.ResponseWriter, r *http.Request, d *desk, stood session.Visitor, flow session.ActFlow, answer iamsmart.Redirect, refusal error) error {
	who, ok := stood.(session.Linked)
	if !ok || !flow.Of(who) {
		d.sessions.DropFlow(w, flow)
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errActNotOurs, restart: &session.Return{Address: "/"}})
	}
	if refusal != nil {
		d.sessions.DropFlow(w, flow)
		return g.actRefused(w, r, refusal)
	}
	d.sessions.AnswerFlow(w, flow)
	token, err := g.realm.client.GetToken(r.Context(), answer.Code)
	if err != nil {
		return g.actRefused(w, r, err)
	}
	person := d.keys.PersonHash(g.realm.clientID, token.OpenID.Reveal())
	if person != who.Person() {
		ref := reference()
		g.audit(r.Context(), d, store.Audit{
			Event: linkup.EventRefused, Person: g.pseudonym(d, who.Person()), Account: who.Account(), Detail: linkup.ErrOtherPerson.Error(), Ref: ref,
		})
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.OtherPerson, cause: linkup.ErrOtherPerson, ref: ref})
	}
	if flow.Act == session.LinkAnother {
		return g.beginLinkup(w, r, d, linkup.Arrival{
			Person: person, UserType: token.UserType, LastModified: token.LastModified,
			Flow: flow.Claim(), Sealed: g.sealNote(d, g.newNote(r.Context(), d, "/", token)),
		})
	}
	return g.unlinkNow(w, r, d, flow, person)
}

func (g *Gate) unlinkNow(w http.ResponseWriter, r *http.Request, d *desk, flow session.ActFlow, person [32]byte) error {
	link, err := d.links.Unlink(r.Context(), flow, person)
	if errors.Is(err, store.ErrNotFound) {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: err, restart: &session.Return{Address: "/"}})
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	d.sessions.ForgetLink(link.ID)
	g.logger.Info("unlinked", g.who(d, link.Person)...)
	d.leave(w, r)
	g.pages.Write(w, g.language(r, d), http.StatusOK, pages.Unlinked{
		Common:  pages.Common{Return: d.sessions.SealReturn(session.Return{Address: "/"}), SecretAddress: true},
		Account: link.AccountName,
	})
	return nil
}

// actRefused tells that iAM Smart did not approve; nothing has changed.
func (g *Gate) actRefused(w http.ResponseWriter, r *http.Request, err error) error {
	kind, status := ofIAmSmart(err)
	return g.problem(w, r, problem{status: status, kind: kind, cause: err})
}

// notThisAct helps who comes back with an approval that is used already, or too old.
func (g *Gate) notThisAct(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, session.ErrFlowEnded) || errors.Is(err, store.ErrClaimed) {
		return g.redirect(w, g.Prefix+"/account")
	}
	return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
}
