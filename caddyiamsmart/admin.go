package caddyiamsmart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI is the part of Caddy's admin API by which an administrator works on
// links, requests, bans and the audit trail, and sees what applications are told. The
// commands `caddy iamsmart links`, `requests`, `bans`, `audit` and `headers` speak to it.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.iamsmart", New: func() caddy.Module { return adminAPI{} }}
}

// Routes returns the one route of all acts. What is asked is in the body, because
// Caddy logs addresses.
func (adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: adminPath, Handler: caddy.AdminHandlerFunc(serveAdmin)}}
}

const (
	adminPath    = "/iamsmart/"
	maxAdminBody = 16 << 20 // bytes; an import of some thousand lines comes in parts
	adminWithin  = time.Minute
)

// order is what an administrator sends.
type order struct {
	Realm string          `json:"realm,omitempty"` // may be left out where there is one gate
	App   string          `json:"app,omitempty"`
	Admin string          `json:"admin,omitempty"` // who it is, for the audit trail
	Ask   json.RawMessage `json:"ask,omitempty"`   // depends on the act
}

// adminAct does what an order asks, and returns what the answer's JSON is made of.
type adminAct func(ctx context.Context, o office, ask json.RawMessage) (any, error)

// adminActs are all of them, by the rest of their path.
var adminActs = together(linkActs, requestActs, importActs, banActs, auditActs, headerActs)

func together(parts ...map[string]adminAct) map[string]adminAct {
	all := make(map[string]adminAct)
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// serveAdmin has an act done that is asked for as it is meant.
func serveAdmin(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), adminWithin)
	defer cancel()
	act, err := actOf(r)
	var answer any
	if err == nil {
		answer, err = doAct(ctx, act, http.MaxBytesReader(w, r.Body, maxAdminBody))
	}
	if err != nil {
		return asAPIError(err)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("making the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(append(text, '\n'))
	return err
}

// actOf refuses what a web page could make a browser send, whatever the address at
// which Caddy listens: it takes JSON only, which a page of another origin may not
// send, and nothing from another origin. The path has to be an act's, letter by letter.
func actOf(r *http.Request) (adminAct, error) {
	act, ok := adminActs[strings.TrimPrefix(r.URL.EscapedPath(), adminPath)]
	switch {
	case !ok || r.URL.RawQuery != "":
		return nil, refusedAct(http.StatusNotFound, "there is no such act")
	case r.Method != http.MethodPost:
		return nil, refusedAct(http.StatusMethodNotAllowed, "acts are asked for by POST")
	case foreign(r):
		return nil, refusedAct(http.StatusForbidden, "a web page of another origin asks for it")
	case r.Header.Get("Content-Type") != "application/json":
		return nil, refusedAct(http.StatusUnsupportedMediaType, "the body must be JSON, and Content-Type application/json")
	}
	return act, nil
}

// foreign tells whether a browser says that a page of somebody else asks.
func foreign(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

func doAct(ctx context.Context, act adminAct, body io.Reader) (any, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, refusedAct(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body could not be read, or is larger than %d MiB", maxAdminBody>>20))
	}
	var given order
	if err := readAsk(text, &given); err != nil {
		return nil, err
	}
	o, err := openOffice(ctx, given)
	if err != nil {
		return nil, err
	}
	return act(ctx, o, given.Ask)
}

// readAsk reads exactly one value of JSON. What it does not know is an error, or a
// misspelt field would be a wish that nobody heard.
func readAsk(text json.RawMessage, into any) error {
	if len(bytes.TrimSpace(text)) == 0 {
		text = json.RawMessage("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if decoder.Decode(into) == nil {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) { // nothing after it
			return nil
		}
	}
	// without the error's text, which may repeat what was sent
	return refusedAct(http.StatusBadRequest, "the body is not the JSON that this act takes")
}

// refusal is a refusal of which the administrator is told the reason.
type refusal struct {
	status int
	reason string
}

func (r refusal) Error() string { return r.reason }

func refusedAct(status int, reason string) error { return refusal{status, reason} }

// asAPIError is how Caddy's admin API tells of an error. It logs it, too: a reason
// names no person and no number.
func asAPIError(err error) error {
	var told refusal
	switch {
	case errors.As(err, &told):
		return caddy.APIError{HTTPStatus: told.status, Err: told}
	case errors.Is(err, store.ErrNotFound):
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: err, Message: "there is no such entry; 'list' shows which there are"}
	case errors.Is(err, store.ErrDamaged): // its text says which row, and what to do
		return caddy.APIError{HTTPStatus: http.StatusInternalServerError, Err: err}
	}
	return caddy.APIError{HTTPStatus: http.StatusInternalServerError, Err: err,
		Message: "it failed, and nothing was changed; Caddy's log (logger admin.api) says why"}
}

// office is where an administrator works on the links of one (realm, app).
type office struct {
	gate  *Gate
	desk  *desk
	actor string // as the audit trail names who does it
}

// openOffice finds the gate that an order is for in the configuration that runs.
func openOffice(ctx context.Context, given order) (office, error) {
	actor, err := actorOf(given.Admin)
	if err != nil {
		return office{}, err
	}
	running, err := caddy.ActiveContext().AppIfConfigured("iamsmart")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return office{}, refusedAct(http.StatusNotFound, "the Caddy that runs has no iamsmart configured")
	}
	if err != nil {
		return office{}, err
	}
	gate, err := running.(*App).gateOf(given.Realm, given.App)
	if err != nil {
		return office{}, err
	}
	d, err := gate.ready(ctx)
	if err != nil {
		return office{}, err
	}
	return office{gate, d, actor}, nil
}

// maxAdmin is how many bytes the name of an administrator has at most.
const maxAdmin = 64

func actorOf(admin string) (string, error) {
	switch {
	case admin == "":
		return "admin", nil
	case len(admin) > maxAdmin || admin != printable(admin):
		return "", refusedAct(http.StatusBadRequest, fmt.Sprintf("the administrator's name may have at most %d bytes, all of them printable", maxAdmin))
	}
	return "admin:" + admin, nil
}

// gateOf finds a gate of that realm and app. Either may be left out where that
// leaves no doubt.
func (a *App) gateOf(realm, app string) (*Gate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var fit *Gate
	var all, names []string
	for key, gate := range a.gates {
		name := fmt.Sprintf("realm %s, app %s", key[0], key[1])
		all = append(all, name)
		if (realm == "" || realm == key[0]) && (app == "" || app == key[1]) {
			fit = gate
			names = append(names, name)
		}
	}
	slices.Sort(all)
	slices.Sort(names)
	switch len(names) {
	case 1:
		return fit, nil
	case 0:
		return nil, refusedAct(http.StatusNotFound, "no gate has that realm and app; there is: "+strings.Join(all, "; "))
	}
	return nil, refusedAct(http.StatusConflict, "several gates fit, so say which is meant (--realm, --app): "+strings.Join(names, "; "))
}

// warnOfOpenAdmin tells of an admin endpoint that every program of this machine can
// reach.
func (a *App) warnOfOpenAdmin() {
	if listen, ok := adminListen(a.ctx); ok && !strings.HasPrefix(listen, "unix") && !strings.HasPrefix(listen, "fd") {
		a.logger.Warn("Caddy's admin endpoint is on TCP: whoever can run a program on this machine can read and end links there; "+
			"write 'admin unix//run/caddy/admin.sock' or 'admin off' into the global options", zap.String("listen", listen))
	}
}
