package caddyiamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// A step-up has a person who is logged in show once more that it is them:
//
//	refuseByRule → stepup → stepup/wait, again and again → callback (elsewhere) → steppedUp
//
// It rests on the access token of the login, which is kept, sealed, with the session,
// and only where a rule asks for step-ups.

var errNotPassed = errors.New("iAM Smart says that the person has not shown who they are")

// stepNote is what a gate keeps sealed with a session that can be stepped up.
type stepNote struct {
	AccessToken string    `json:"token"`
	OpenID      string    `json:"open_id"`
	TokenEnds   time.Time `json:"token_ends"`

	Asked *stepAsked `json:"asked,omitempty"` // what the person is being asked
}

// stepAsked is a step-up that is under way.
type stepAsked struct {
	Request store.ID  `json:"request"`
	Return  string    `json:"return"` // where the person was going
	Ticket  string    `json:"ticket,omitempty"`
	Ends    time.Time `json:"ends"`
}

// stepsUp tells whether any rule asks for a step-up.
func (g *Gate) stepsUp() bool {
	for i := range g.Require {
		if g.Require[i].StepUp > 0 {
			return true
		}
	}
	return false
}

func (g *Gate) stepLabels(session store.ID) []string {
	return []string{"step up", g.Realm, g.App, g.host, string(session[:])}
}

func (g *Gate) sealStepNote(d *desk, session store.ID, n stepNote) []byte {
	text, err := json.Marshal(n)
	if err != nil {
		return nil // plain fields cannot fail; and nothing opens it
	}
	return d.keys.Seal(text, g.stepLabels(session)...)
}

// stepNoteOf is what a session can be stepped up by; it returns false where that takes a
// fresh login.
func (g *Gate) stepNoteOf(ctx context.Context, d *desk, who session.Linked) (n stepNote, ok bool, err error) {
	sealed, err := d.rows.StepUp(ctx, who.Row())
	if errors.Is(err, store.ErrNotFound) {
		return n, false, nil
	}
	if err != nil {
		return n, false, err
	}
	text, err := d.keys.Open(sealed, g.stepLabels(who.Row())...)
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err != nil {
		return n, false, err
	}
	return n, n.Asked != nil || time.Now().Before(n.TokenEnds), nil
}

// keepForStepUps keeps with a session what a step-up needs. Without it the person has to
// log in once more before one.
func (g *Gate) keepForStepUps(ctx context.Context, d *desk, session store.ID, n stepNote) {
	if err := d.rows.KeepStepUp(ctx, session, g.sealStepNote(d, session, n)); err != nil {
		g.logger.Error("keeping what a step-up needs; the person will have to log in once more before one", zap.Error(err))
	}
}

// allowsStepUp tells whether a login was for step-ups too. One that began before the
// rule was there was not, nor is one from within the iAM Smart app.
func (g *Gate) allowsStepUp(token iamsmart.Token) bool {
	return g.stepsUp() && (len(token.Scopes) == 0 || slices.Contains(token.Scopes, iamsmart.ScopeFR))
}

// askStepUp answers a request for which a step-up is too long ago.
func (g *Gate) askStepUp(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked) error {
	switch wants(r) {
	case data:
		return g.refuse(w, http.StatusForbidden, "step_up_required")
	case frame:
		g.pages.Write(w, g.language(r, d), http.StatusForbidden, pages.FrameLogin{Address: g.backTo(r).Address, StepUp: true})
		return nil
	}
	_, ok, err := g.stepNoteOf(r.Context(), d, who)
	switch {
	case err != nil:
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	case !ok:
		return g.challenge(w, r, d, session.Nobody{Why: session.TooOld})
	}
	return g.stepUpPage(w, r, d, who, g.backTo(r), http.StatusForbidden, nil)
}

func (g *Gate) stepUpPage(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, back session.Return, status int, notice *pages.Problem) error {
	g.pages.Write(w, g.language(r, d), status, pages.StepUp{
		Common: pages.Common{Return: d.sessions.SealReturn(back)}, Token: who.FormToken("stepup"), Account: who.Account(), Notice: notice,
	})
	return nil
}

// stepper is the person who steps up, and by what. Where it is false the request has
// been answered.
func (g *Gate) stepper(w http.ResponseWriter, r *http.Request, d *desk) (who session.Linked, n stepNote, ok bool, err error) {
	who, ok, err = g.self(w, r, d)
	if !ok {
		return who, n, false, err
	}
	n, ok, err = g.stepNoteOf(r.Context(), d, who)
	switch {
	case err != nil:
		err = g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	case !ok:
		err = g.loginPage(w, r, d, session.Nobody{Why: session.TooOld})
	}
	return who, n, ok, err
}

// stepStepUp is the button of a step-up, and the one that gives it up.
func (g *Gate) stepStepUp(w http.ResponseWriter, r *http.Request, d *desk) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	who, n, ok, err := g.stepper(w, r, d)
	if !ok {
		return err
	}
	if !who.CheckForm(fields.Get("token"), "stepup") {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
	}
	if fields.Get("step") == "cancelwait" {
		if err := g.stopStepUp(r.Context(), d, who, n); err != nil {
			return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
		}
		return g.redirect(w, "/")
	}
	back, fresh, ok := d.sessions.OpenReturn(fields.Get("return"))
	if !ok || !fresh {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
	}
	return g.beginStepUp(w, r, d, who, n, back)
}

func (g *Gate) beginStepUp(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, n stepNote, back session.Return) error {
	ctx := r.Context()
	if err := d.rows.EndRequests(ctx, who.Row()); err != nil { // an older one is of no use any more
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	request := iamsmart.Request{
		AccessToken: iamsmart.NewSecret(n.AccessToken), OpenID: iamsmart.NewOpenID(n.OpenID),
		Source: iamsmart.SourceOf(r.UserAgent()), Language: apiLanguage(g.language(r, d)),
	}
	id, started, err := g.ask(ctx, d, requestReauthentication, who.Row(), func(id iamsmart.RequestID, callback string) (iamsmart.Started, error) {
		request.ID, request.RedirectURI = id, callback
		return g.realm.client.RequestReauthentication(ctx, iamsmart.ReauthenticationRequest{Request: request})
	})
	var failure *iamsmart.Error
	if errors.As(err, &failure) && failure.Kind == iamsmart.KindExpiredToken {
		return g.loginPageTo(w, r, d, back, noticeFor(session.Nobody{Why: session.TooOld})) // iAM Smart may end a token before its time
	}
	if err != nil {
		return g.notSteppedUp(w, r, d, who, n, back, err)
	}
	n.Asked = &stepAsked{Request: id, Return: back.Address, Ticket: started.TicketID, Ends: time.Now().Add(requestLife)}
	if err := d.rows.KeepStepUp(ctx, who.Row(), g.sealStepNote(d, who.Row(), n)); err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	return g.redirect(w, g.Prefix+"/stepup/wait")
}

// showStepUp shows the waiting page until the answer is there, and goes on with it.
func (g *Gate) showStepUp(w http.ResponseWriter, r *http.Request, d *desk) error {
	who, n, ok, err := g.stepper(w, r, d)
	if !ok {
		return err
	}
	if n.Asked == nil {
		return g.redirect(w, "/")
	}
	callback, there, err := g.outcome(r.Context(), d, n.Asked.Request, who.Row())
	back := session.Return{Address: n.Asked.Return}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return g.notSteppedUp(w, r, d, who, n, back, &iamsmart.Error{Kind: iamsmart.KindTimedOut, Err: errNothingAsked})
	case err != nil:
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	case there:
		return g.steppedUp(w, r, d, who, n, callback)
	}
	page := pages.Waiting{
		Common: leadsTo(g.Prefix + "/stepup/wait"), Token: who.FormToken("stepup"), Purpose: pages.PurposeStepUp, Ends: n.Asked.Ends, Refresh: waitRefresh,
	}
	if n.Asked.Ticket != "" {
		page.AppLink, _ = g.realm.client.AppLink(iamsmart.FunctionReauthentication, n.Asked.Ticket) // where none is known the person opens the app
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, page)
	return nil
}

// steppedUp takes the answer of iAM Smart. Only a plain yes is one.
func (g *Gate) steppedUp(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, n stepNote, callback iamsmart.Callback) error {
	back := session.Return{Address: n.Asked.Return}
	passed, err := callback.Reauthentication()
	if err == nil && !passed {
		err = &iamsmart.Error{Kind: iamsmart.KindDenied, Err: errNotPassed}
	}
	if err != nil {
		return g.notSteppedUp(w, r, d, who, n, back, err)
	}
	n.Asked = nil
	err = d.sessions.StepUp(r.Context(), w, who, func(session store.ID) []byte { return g.sealStepNote(d, session, n) }, func(tx *store.Tx) error {
		return d.trail.Note(tx, store.Audit{Event: eventStepUp, Person: g.pseudonym(d, who.Person()), Account: who.Account()})
	})
	if errors.Is(err, store.ErrNotFound) { // another tab was faster
		return g.redirect(w, back.Address)
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	g.logger.Info("stepped up", g.who(d, who.Person())...)
	return g.redirect(w, back.Address)
}

// notSteppedUp tells that a step-up came to nothing. Nothing has changed, and the person
// may try again.
func (g *Gate) notSteppedUp(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, n stepNote, back session.Return, err error) error {
	if stop := g.stopStepUp(r.Context(), d, who, n); stop != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: stop})
	}
	kind, status := ofIAmSmart(err)
	retryAfter(w, status, err)
	return g.stepUpPage(w, r, d, who, back, status, &pages.Problem{Kind: kind, Ref: g.logRefusal(problem{status: status, cause: err})})
}

func (g *Gate) stopStepUp(ctx context.Context, d *desk, who session.Linked, n stepNote) error {
	if err := d.rows.EndRequests(ctx, who.Row()); err != nil {
		return err
	}
	n.Asked = nil
	err := d.rows.KeepStepUp(ctx, who.Row(), g.sealStepNote(d, who.Row(), n))
	if errors.Is(err, store.ErrNotFound) {
		return nil // the session has ended
	}
	return err
}
