package caddyiamsmart

import (
	"errors"
	"net/http"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

var (
	errForeignForm = errors.New("the form does not come from a page of this site")
	errForm        = errors.New("the form could not be read")
	errRounds      = errors.New("three logins in a row came to nothing; the browser does not give the cookies back, or comes by another address than the public one")
)

// loginPage shows the login page in the place of the page that was asked for.
func (g *Gate) loginPage(w http.ResponseWriter, r *http.Request, d *desk, visitor session.Visitor) error {
	return g.loginPageTo(w, r, d, g.backTo(r), noticeFor(visitor))
}

// noticeFor says why somebody who was logged in meets the login page.
func noticeFor(visitor session.Visitor) *pages.Problem {
	nobody, ok := visitor.(session.Nobody)
	if !ok {
		return nil
	}
	switch nobody.Why {
	case session.Idled:
		return &pages.Problem{Kind: pages.EndedIdle}
	case session.Expired:
		return &pages.Problem{Kind: pages.EndedMax}
	case session.Revoked:
		return &pages.Problem{Kind: pages.Ended}
	case session.TooOld:
		return &pages.Problem{Kind: pages.LoginAgain}
	}
	return nil
}

// backTo is where a page of ours leads on to that stands in the place of the one that
// was asked for. That is never the application's logout: the person would be logged out
// of the application at once, and told so, while the gate still knows them.
func (g *Gate) backTo(r *http.Request) session.Return {
	to := session.Return{Address: "/"}
	path, err := upstream.ParsePath(r.URL, asSent(r))
	if r.Method == http.MethodGet && err == nil && !g.appLogout.names(r, path) {
		to.Address = session.Address(asSent(r), g.Prefix)
	}
	return to
}

func (g *Gate) loginPageTo(w http.ResponseWriter, r *http.Request, d *desk, to session.Return, notice *pages.Problem) error {
	login := pages.Login{Mobile: iamsmart.SourceOf(r.UserAgent()).Mobile()}
	login.Return = d.sessions.SealReturn(to)
	if notice != nil {
		notice.Common = login.Common
		login.Notice = notice
	}
	g.pages.Write(w, g.language(r, d), http.StatusUnauthorized, login)
	return nil
}

// showLogin is the login page under its own address.
func (g *Gate) showLogin(w http.ResponseWriter, r *http.Request, d *desk) error {
	visitor, err := g.identify(r, d, true)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	if _, ok := visitor.(session.Linked); ok {
		return g.redirect(w, "/")
	}
	return g.loginPage(w, r, d, visitor)
}

// startLogin is the button: it begins a flow and sends the browser to iAM Smart.
func (g *Gate) startLogin(w http.ResponseWriter, r *http.Request, d *desk) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	to, fresh, ok := d.sessions.OpenReturn(fields.Get("return"))
	if !ok || !fresh {
		return g.loginPage(w, r, d, session.Nobody{}) // the page was old: here is a new one
	}
	if err := g.realm.client.Available(); err != nil {
		// Better told now than after the person has taken out the phone.
		return g.iAmSmartSaidNo(w, r, to.Address, err)
	}
	visitor, err := g.identify(r, d, false)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	_, held := visitor.(session.Linked) // so the last login came to something
	flow, err := d.sessions.StartFlow(w, r, to, held)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusInternalServerError, kind: pages.Internal, cause: err})
	}
	if flow.Round >= session.MaxRounds {
		return g.problem(w, r, problem{
			status: http.StatusForbidden, kind: pages.Loop, cause: errRounds,
			restart: &session.Return{Address: to.Address},
		})
	}
	return g.toIAmSmart(w, r, d, flow.State, fields.Get("device"), g.scopes(g.asksMore(r.Context(), d)))
}

// toIAmSmart sends the browser to iAM Smart, whose app is on this device or on
// another. Whose answer is only that the person approves needs justApproval.
func (g *Gate) toIAmSmart(w http.ResponseWriter, r *http.Request, d *desk, state, device string, scopes []string) error {
	source := iamsmart.SourceOf(r.UserAgent())
	w.Header().Set("Location", g.realm.client.LoginURL(iamsmart.LoginRequest{
		RedirectURI: g.callbackURL(),
		State:       state,
		Scopes:      scopes,
		Source:      source,
		Language:    apiLanguage(g.language(r, d)),
		BrokerPage:  source.Mobile() && device != "other",
	}))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // iAM Smart need not learn which page was asked for
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func apiLanguage(l pages.Language) string {
	if l == "en" {
		return "en-US"
	}
	return string(l)
}

// callback is where iAM Smart sends the browser back to. Its address holds a
// code, so no error leaves this function for Caddy's error log, and ServeHTTP
// keeps it out of the access log.
func (g *Gate) callback(w http.ResponseWriter, r *http.Request, d *desk) error {
	stood, err := g.identify(r, d, true)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	answer, refusal := iamsmart.ParseRedirect(r.URL.Query())
	flow, err := d.sessions.Flow(r, answer.State)
	if err == nil {
		err = d.rows.Claim(r.Context(), flow.Claim(), flow.Ends())
	}
	if err != nil {
		return g.notThisFlow(w, r, stood, flow, err)
	}
	switch flow := flow.(type) {
	case session.LoginFlow:
		return g.loggedIn(w, r, d, stood, flow, answer, refusal)
	case session.ApprovalFlow:
		return g.approved(w, r, d, flow, answer, refusal)
	case session.ActFlow:
		return g.acted(w, r, d, stood, flow, answer, refusal)
	}
	return g.problem(w, r, problem{status: http.StatusInternalServerError, kind: pages.Internal, cause: session.ErrNoFlow})
}

// loggedIn is what iAM Smart answered to a login.
func (g *Gate) loggedIn(w http.ResponseWriter, r *http.Request, d *desk, stood session.Visitor, flow session.LoginFlow, answer iamsmart.Redirect, refusal error) error {
	if refusal != nil {
		d.sessions.DropFlow(w, flow)
		return g.iAmSmartSaidNo(w, r, flow.Return, refusal)
	}
	d.sessions.AnswerFlow(w, flow)
	token, err := g.realm.client.GetToken(r.Context(), answer.Code)
	if err != nil {
		return g.iAmSmartSaidNo(w, r, flow.Return, err)
	}
	return g.arrived(w, r, d, stood, flow, token)
}

// notThisFlow helps who comes back with a flow that cannot be used: started in
// another browser, used already, or too old. Whoever has logged in since it began
// goes on. An older session may be that of the person before, who left without
// logging out: nobody who has just approved a login is to find it in its place.
func (g *Gate) notThisFlow(w http.ResponseWriter, r *http.Request, stood session.Visitor, lost session.Flow, err error) error {
	flow, ok := lost.(session.LoginFlow)
	if _, act := lost.(session.ActFlow); act {
		return g.notThisAct(w, r, err)
	}
	if !ok {
		return g.notThisApproval(w, r, err)
	}
	spent := errors.Is(err, session.ErrNoFlow) || errors.Is(err, session.ErrFlowEnded) || errors.Is(err, store.ErrClaimed)
	if linked, ok := stood.(session.Linked); ok && spent && !linked.LoginAt().Before(flow.Started) {
		return g.redirect(w, flow.Return)
	}
	restart := &session.Return{Address: flow.Return, Round: flow.Round}
	switch {
	case errors.Is(err, session.ErrNoFlow):
		restart.Round++
		if restart.Round >= session.MaxRounds {
			return g.problem(w, r, problem{
				status: http.StatusForbidden, kind: pages.Loop, cause: errRounds,
				restart: &session.Return{Address: flow.Return},
			})
		}
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.OtherBrowser, cause: err, restart: restart})
	case errors.Is(err, session.ErrFlowEnded), errors.Is(err, store.ErrClaimed):
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.TooLate, cause: err, restart: restart})
	}
	return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err, restart: restart})
}

func (g *Gate) iAmSmartSaidNo(w http.ResponseWriter, r *http.Request, back string, err error) error {
	kind, status := ofIAmSmart(err)
	return g.problem(w, r, problem{
		status: status, kind: kind, cause: err,
		restart: &session.Return{Address: back},
	})
}

func (g *Gate) sealLabels() []string { return []string{"pending", g.Realm, g.App, g.host} }

// who names a person in the log: by a pseudonym, never by openID or account.
func (g *Gate) who(d *desk, person [32]byte) []zap.Field {
	return []zap.Field{
		zap.String("realm", g.Realm), zap.String("app", g.App),
		zap.String("person", g.pseudonym(d, person)),
	}
}
