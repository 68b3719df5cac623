package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// What iAM Smart can tell about a person it tells by a call of its own, once they
// have agreed in the app:
//
//	askFor → link/wait, again and again → callback (elsewhere) → answered
//
// The browser never learns by what the request and its answer are known.

var errTokenOver = errors.New("iAM Smart allows no more questions about this login; the person must log in again")

// waitRefresh is how often a waiting page looks again, in seconds.
const waitRefresh = 4

// askFor asks the person in iAM Smart for fields, for one of the purposes of a note,
// and shows the waiting page. A try that was counted for it is taken back where iAM
// Smart could not be asked.
func (g *Gate) askFor(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, question asked) error {
	if who.note.AccessToken == "" || !time.Now().Before(who.note.TokenEnds) {
		return g.iAmSmartSaidNo(w, r, who.note.address(), &iamsmart.Error{Kind: iamsmart.KindExpiredToken, Err: errTokenOver})
	}
	ctx := r.Context()
	if err := d.rows.EndRequests(ctx, who.row.ID); err != nil { // an older one is of no use any more
		return g.linkRefused(w, r, d, who, err)
	}
	request := iamsmart.Request{
		AccessToken: iamsmart.NewSecret(who.note.AccessToken), OpenID: iamsmart.NewOpenID(who.note.OpenID),
		Source: iamsmart.SourceOf(r.UserAgent()), Language: apiLanguage(g.language(r, d)),
	}
	kind, begin := g.requestFor(question.For, question.Fields)
	id, started, err := g.ask(ctx, d, kind, who.row.ID, func(id iamsmart.RequestID, callback string) (iamsmart.Started, error) {
		request.ID, request.RedirectURI = id, callback
		return begin(ctx, request)
	})
	if err != nil {
		g.endRequests(r, d, who)
		g.takeBackTry(r, d, question)
		problemKind, status := ofIAmSmart(err)
		return g.problem(w, r, problem{status: status, kind: problemKind, cause: err, link: true})
	}
	question.Request, question.Ticket, question.Ends = id, started.TicketID, time.Now().Add(requestLife)
	who.note.Asked = &question
	if _, err := d.links.Wait(ctx, who.row.ID, g.sealNote(d, who.note)); err != nil {
		g.endRequests(r, d, who)
		return g.linkRefused(w, r, d, who, err)
	}
	return g.redirect(w, g.Prefix+"/link/wait")
}

// endRequests has nothing be taken as an answer to a question that nobody waits for:
// it would lie in the store until its time is over. The visitor may have left.
func (g *Gate) endRequests(r *http.Request, d *desk, who unlinked) {
	if err := d.rows.EndRequests(context.WithoutCancel(r.Context()), who.row.ID); err != nil {
		g.logger.Error("ending what was asked for a link-up that has ended", zap.Error(err))
	}
}

// takeBackTry has the try that was counted for a question not count.
func (g *Gate) takeBackTry(r *http.Request, d *desk, question asked) {
	if question.Try != (store.ID{}) {
		g.takeBack(r, d, linkup.TriedBefore(question.Try))
	}
}

// requestFor is the call that asks for fields.
func (g *Gate) requestFor(purpose string, fields []string) (kind string, begin func(context.Context, iamsmart.Request) (iamsmart.Started, error)) {
	if purpose == forRegister {
		return requestFormFilling, func(ctx context.Context, r iamsmart.Request) (iamsmart.Started, error) {
			return g.realm.client.RequestFormFilling(ctx, iamsmart.FormFillingRequest{Request: r, Form: g.register.smartForm(fields)})
		}
	}
	return requestProfile, func(ctx context.Context, r iamsmart.Request) (iamsmart.Started, error) {
		return g.realm.client.RequestProfile(ctx, iamsmart.ProfileRequest{Request: r, Fields: smartFields(fields)})
	}
}

// askForProfile asks for what headers and the comparison of names need.
func (g *Gate) askForProfile(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	return g.askFor(w, r, d, who, asked{For: forProfile, Fields: g.wanted()})
}

// showWait shows the waiting page until the answer is there, and goes on with it.
func (g *Gate) showWait(w http.ResponseWriter, r *http.Request, d *desk) error {
	who, err := g.unlinked(r, d)
	if err != nil {
		return g.noLinkup(w, r, d, err)
	}
	if who.note.Asked == nil {
		return g.redirect(w, g.Prefix+"/link")
	}
	callback, there, err := g.outcome(r.Context(), d, who.note.Asked.Request, who.row.ID)
	switch {
	case errors.Is(err, store.ErrNotFound) && !g.stillAsks(r, d, who): // another tab was faster
		return g.redirect(w, g.Prefix+"/link")
	case errors.Is(err, store.ErrNotFound):
		return g.noAnswer(w, r, d, who, &iamsmart.Error{Kind: iamsmart.KindTimedOut, Err: errNothingAsked})
	case err != nil:
		return g.linkRefused(w, r, d, who, err)
	case there:
		return g.answered(w, r, d, who, callback)
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, g.waitPage(d, who))
	return nil
}

// stillAsks tells whether a link-up waits for the same answer as when it was read.
func (g *Gate) stillAsks(r *http.Request, d *desk, who unlinked) bool {
	now, err := g.unlinked(r, d)
	return err != nil || now.note.Asked != nil && now.note.Asked.Request == who.note.Asked.Request
}

func (g *Gate) waitPage(d *desk, who unlinked) pages.Waiting {
	page := pages.Waiting{
		Common: leadsTo(g.Prefix + "/link/wait"), Token: g.linkToken(d, who, "wait"),
		Purpose: pages.Purpose(who.note.Asked.For), Fields: who.note.Asked.Fields, Ends: who.note.Asked.Ends, Refresh: waitRefresh,
	}
	if page.Purpose == forImport {
		page.Purpose = pages.PurposeHKIC
	}
	function := iamsmart.FunctionProfile
	if who.note.Asked.For == forRegister {
		function = iamsmart.FunctionFormFilling
	}
	if ticket := who.note.Asked.Ticket; ticket != "" {
		page.AppLink, _ = g.realm.client.AppLink(function, ticket) // where none is known the person opens the app
	}
	return page
}

// cancelWait is the person's own end of a wait.
func (g *Gate) cancelWait(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if err := g.stopWaiting(r.Context(), d, who); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	return g.redirect(w, g.Prefix+"/link")
}

func (g *Gate) stopWaiting(ctx context.Context, d *desk, who unlinked) error {
	if err := d.rows.EndRequests(ctx, who.row.ID); err != nil {
		return err
	}
	who.note.Asked = nil
	_, err := d.links.StopWaiting(ctx, who.row.ID, g.sealNote(d, who.note))
	return err
}

// noAnswer tells that a wait ended without what was asked for.
func (g *Gate) noAnswer(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, err error) error {
	kind, status := ofIAmSmart(err)
	p := problem{status: status, kind: kind, cause: err, link: true}
	switch stop := g.stopWaiting(r.Context(), d, who); {
	case errors.Is(stop, linkup.ErrEnded):
		return g.iAmSmartSaidNo(w, r, who.note.address(), err)
	case stop != nil:
		return g.linkRefused(w, r, d, who, stop)
	}
	return g.problem(w, r, p)
}

// answered takes what the person has agreed to. The answer itself is erased at once;
// of a profile stays what headers need, of a number nothing.
func (g *Gate) answered(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, callback iamsmart.Callback) error {
	waited := who.note.Asked
	if waited.For == forRegister {
		return g.filledIn(w, r, d, who, callback)
	}
	said, err := callback.Profile()
	if err != nil {
		return g.noAnswer(w, r, d, who, err)
	}
	if err := g.takeAnswer(r.Context(), d, &who, g.sealProfile(d, who.row.Person, waited.Fields, said)); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	switch waited.For {
	case forImport:
		return g.expected(w, r, d, who, *waited, said.Number)
	case forHKIC:
		return g.findByNumber(w, r, d, who, *waited, said.Number)
	}
	return g.redirect(w, g.Prefix+"/link")
}

// takeAnswer ends a wait because the person has answered.
func (g *Gate) takeAnswer(ctx context.Context, d *desk, who *unlinked, profile []byte) error {
	if err := d.rows.EndRequests(ctx, who.row.ID); err != nil {
		return err
	}
	who.note.Asked = nil
	row, err := d.links.Answered(ctx, who.row.ID, g.sealNote(d, who.note), profile)
	who.row = row
	return err
}
