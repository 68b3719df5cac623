package caddyiamsmart

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// Somebody types for a while, and the session ends meanwhile. What they send then is
// kept, sealed, for them alone:
//
//	keepForm → login → resume → the form's own address, with a token → resumed
//
// The browser sends a form of ours to the application's own address, so that the answer
// stands where it would have stood; the gate puts what was kept in its place.

const (
	maxKeptForm   = 256 << 10 // bytes of one
	maxKeptForms  = 200       // of an application
	maxKeptBytes  = 16 << 20  // of them together
	keptFormLives = session.IdleKept
	// keptWithin is how long what a late form holds may take to arrive.
	keptWithin = 15 * time.Second
	// keptAtOnce bounds the memory of those that arrive at the same time.
	keptAtOnce = 8

	resumeField = "iamsmart-resume"
	maxResume   = 512 // bytes of the form that stands for a kept one
)

// lateForm is a form as the browser sent it.
type lateForm struct {
	Address     string `json:"address"` // path and query
	ContentType string `json:"type"`
	Referer     string `json:"referer,omitempty"` // of this site
	Body        []byte `json:"body"`
}

var errNotKept = errors.New("the form is not kept")

// late tells what is to be said to somebody whose form came after their session had
// ended: nothing where it was none.
func (g *Gate) late(w http.ResponseWriter, r *http.Request, d *desk, visitor session.Visitor) (back string, notice pages.ProblemKind) {
	nobody, ok := visitor.(session.Nobody)
	if !ok || r.Method != http.MethodPost || wants(r) != page || !g.ownForm(r) {
		return "", 0
	}
	ended, err := g.endedIdle(r, d)
	if errors.Is(err, store.ErrNotFound) {
		if nobody.Why != session.NeverWas {
			return "", pages.FormLost
		}
		return "", 0
	}
	if err == nil {
		err = g.keepForm(w, r, d, ended)
	}
	switch {
	case err == nil:
		return g.Prefix + "/resume", pages.FormKept
	case errors.Is(err, errNotKept):
		return "", pages.FormNotKept
	}
	g.logger.Error("keeping a form that came after its session had ended", zap.Error(err))
	return "", pages.FormLost
}

// sendsLate tells whether a form comes, where the login is optional, from somebody who
// was logged in here until they idled: it is theirs, and not nobody's.
func (g *Gate) sendsLate(r *http.Request, d *desk, to aim) bool {
	if g.Mode != modeOptional || r.Method != http.MethodPost || wants(r) != page || !g.ownForm(r) || g.public.Open(to.path) || g.doubleLogin.isLogin(to.path) {
		return false
	}
	_, err := g.endedIdle(r, d)
	return err == nil
}

// endedIdle is the session of a browser that ended because nobody did anything.
func (g *Gate) endedIdle(r *http.Request, d *desk) (store.IdleEnd, error) {
	cookie, n := upstream.Cookies(r.Header, d.sessions.SessionCookie())
	ended, err := d.sessions.EndedIdle(r.Context(), cookie, n)
	if err == nil && (ended.ClientID != g.realm.clientID || ended.App != g.App || ended.Host != g.host) {
		return store.IdleEnd{}, store.ErrNotFound
	}
	return ended, err
}

// keepForm keeps a form. It returns errNotKept where it is too large, has a file, or is
// none that is kept.
func (g *Gate) keepForm(w http.ResponseWriter, r *http.Request, d *desk, of store.IdleEnd) error {
	path, err := upstream.ParsePath(r.URL, asSent(r))
	address := session.Address(asSent(r), g.Prefix)
	if err != nil || address != asSent(r) || g.appLogout.names(r, path) || g.doubleLogin.isLogin(path) || r.ContentLength > maxKeptForm {
		return errNotKept
	}
	select {
	case g.keeping <- struct{}{}:
		defer func() { <-g.keeping }()
	default:
		return errNotKept
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(keptWithin)) // a server that cannot has bounds of its own
	body, err := io.ReadAll(io.LimitReader(r.Body, maxKeptForm+1))
	if err != nil || len(body) > maxKeptForm {
		return errNotKept
	}
	form := lateForm{Address: address, ContentType: r.Header.Get("Content-Type"), Body: body}
	if !fillsIn(form.ContentType, body) {
		return errNotKept
	}
	if referer := r.Header.Get("Referer"); strings.HasPrefix(referer, g.origin+"/") {
		form.Referer = referer
	}
	text, err := json.Marshal(form)
	if err != nil {
		return fmt.Errorf("keeping form: %w", err)
	}
	now := sessionNow()
	of.Expires = now.Add(keptFormLives)
	kept := store.KeptForm{IdleEnd: of, Kept: now}
	kept.Sealed = d.keys.Seal(text, g.keptLabels(of)...)
	err = d.rows.KeepForm(r.Context(), kept, maxKeptForms, maxKeptBytes)
	if errors.Is(err, store.ErrFull) {
		g.logger.Warn("a form that came after its session had ended is not kept: there are too many", zap.String("gate", g.title()))
		return errNotKept
	}
	return err
}

func (g *Gate) keptLabels(of store.IdleEnd) []string {
	return []string{"kept form", g.Realm, of.App, of.Host, string(of.Session[:]), fmt.Sprint(of.LinkID), of.Account}
}

// fillsIn tells whether a body is that of a form without a file. A field for a file that
// was left empty is none.
func fillsIn(contentType string, body []byte) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return false
	case kind == "application/x-www-form-urlencoded":
		return true
	case kind != "multipart/form-data" || params["boundary"] == "":
		return false
	}
	in := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := in.NextRawPart()
		if err == io.EOF {
			return bytes.Contains(body, []byte("--"+params["boundary"]+"--")) // else it broke off
		}
		if err != nil {
			return false
		}
		_, field, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			return false
		}
		name, isFile := field["filename"]
		n, err := io.Copy(io.Discard, part)
		if err != nil || isFile && (name != "" || n > 0) {
			return false
		}
	}
}

// formOf is the newest form that is kept for a person's account.
func (g *Gate) formOf(ctx context.Context, d *desk, who session.Linked) (store.KeptForm, lateForm, error) {
	kept, err := d.rows.FormOf(ctx, who.Link(), g.host, who.Account(), sessionNow())
	if err != nil {
		return kept, lateForm{}, err
	}
	form, err := g.openForm(d, kept)
	return kept, form, err
}

func (g *Gate) openForm(d *desk, kept store.KeptForm) (form lateForm, err error) {
	text, err := d.keys.Open(kept.Sealed, g.keptLabels(kept.IdleEnd)...)
	if err == nil {
		err = json.Unmarshal(text, &form)
	}
	if err != nil {
		return form, fmt.Errorf("opening kept form: %w", err)
	}
	return form, nil
}

// showResume offers to send what is kept.
func (g *Gate) showResume(w http.ResponseWriter, r *http.Request, d *desk) error {
	who, ok, err := g.self(w, r, d)
	if !ok {
		return err
	}
	kept, form, err := g.formOf(r.Context(), d, who)
	if errors.Is(err, store.ErrNotFound) {
		return g.redirect(w, "/")
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, pages.Resume{
		Common: leadsTo(g.Prefix + "/resume"), Token: who.FormToken("resume"), Address: form.Address,
		Field: resumeField, Value: resumeValue(who, kept.Session), Kept: kept.Kept, Until: kept.Expires,
	})
	return nil
}

// dropResume throws away what is kept.
func (g *Gate) dropResume(w http.ResponseWriter, r *http.Request, d *desk) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	who, ok, err := g.self(w, r, d)
	if !ok {
		return err
	}
	if !who.CheckForm(fields.Get("token"), "resume") {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
	}
	kept, _, err := g.formOf(r.Context(), d, who)
	if err == nil || kept.Session != (store.ID{}) { // also one that does not open any more
		_, err = d.rows.TakeForm(r.Context(), kept.Session, who.Link(), g.host, who.Account(), sessionNow())
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	return g.redirect(w, g.Prefix+"/resume")
}

// resumeValue names a kept form in a page, for one session and no other.
func resumeValue(who session.Linked, kept store.ID) string {
	id := base64.RawURLEncoding.EncodeToString(kept[:])
	return id + "." + who.FormToken("resume "+id)
}

// resumes tells whether a request may stand for a kept form: it comes from the page that
// offers to send it.
func (g *Gate) resumes(r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get("Referer") == g.origin+g.Prefix+"/resume"
}

var errNoLongerKept = errors.New("a kept form was sent already, thrown away, or kept too long")

// resumed puts a kept form in the place of the one that stands for it. It returns what
// was kept, to be put back where nobody could take it.
func (g *Gate) resumed(r *http.Request, d *desk, who session.Linked) (*store.KeptForm, error) {
	if !g.ownForm(r) || r.ContentLength <= 0 || r.ContentLength > maxResume {
		return nil, errNoForm
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxResume))
	if err != nil {
		return nil, errForm
	}
	value, ok := strings.CutPrefix(string(text), resumeField+"=")
	id, token, _ := strings.Cut(value, ".")
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if !ok || err != nil || len(raw) != len(store.ID{}) || !who.CheckForm(token, "resume "+id) {
		return nil, errNoForm
	}
	kept, err := d.rows.TakeForm(r.Context(), store.ID(raw), who.Link(), g.host, who.Account(), sessionNow())
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoLongerKept
	}
	if err != nil {
		return nil, err
	}
	form, err := g.openForm(d, kept)
	if err == nil && form.Address != asSent(r) {
		err = errNoForm
	}
	if err != nil {
		g.putBack(r, d, kept)
		return nil, err
	}
	upstream.Replace(r, form.ContentType, form.Referer, form.Body)
	return &kept, nil
}

// notResumed tells that a kept form is not sent.
func (g *Gate) notResumed(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, errNoLongerKept) || errors.Is(err, errNoForm) || errors.Is(err, errForm) {
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: err})
	}
	return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
}

// putBack keeps on what nobody has taken.
func (g *Gate) putBack(r *http.Request, d *desk, kept store.KeptForm) {
	if err := d.rows.KeepForm(context.WithoutCancel(r.Context()), kept, maxKeptForms, maxKeptBytes); err != nil {
		g.logger.Error("keeping on a form that the application did not take", zap.Error(err))
	}
}
