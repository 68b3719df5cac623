package caddyiamsmart

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// SeverStores closes every open store, so that whatever still asks one fails.
func SeverStores() error {
	var failed error
	n := 0
	engines.Range(func(_, v any) bool {
		n++
		failed = v.(*engine).rows.Close()
		return failed == nil
	})
	if n == 0 {
		return fmt.Errorf("no store is open")
	}
	return failed
}

// Check writes the report of a configuration in its JSON form, on a machine with
// these addresses, and returns the exit code. Its DNS knows app.internal, which
// is this machine, and two public names that share an address.
func Check(ctx context.Context, file string, text []byte, lang string, own []netip.Addr, out io.Writer) (int, error) {
	l, err := languageOf(lang)
	if err != nil {
		return exitNoLoad, err
	}
	c, err := provisionChecked(file, text)
	if err != nil {
		return exitNoLoad, err
	}
	m := machine{own: own, lookup: func(name string) []netip.Addr {
		switch name {
		case "app.internal":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		case "one.example.com", "two.example.com":
			return []netip.Addr{netip.MustParseAddr("203.0.113.9")}
		}
		return nil
	}}
	return c.report(ctx, newReport(l, out), m)
}

// ParseEnvfile reads the text of an environment file.
var ParseEnvfile = parseEnvfile

// SpeaksChinese tells in which language a report is when this one is asked for.
func SpeaksChinese(asked string) (bool, error) {
	l, err := languageOf(asked)
	return l == chinese, err
}

// Broken breaks a text into lines.
var Broken = broken

// Exit codes of the command.
const (
	ExitWarnings = exitWarnings
	ExitFaults   = exitFaults
)

// OwnerFindings and DiskFindings are what is told of a file and a disk.
func OwnerFindings(path string, self int) []string { return inEnglish(ownerFindings(path, self)) }

func DiskFindings(dir string, left uint64, network bool) []string {
	return inEnglish(diskFindings(dir, left, network))
}

func inEnglish(found []finding) (texts []string) {
	for _, f := range found {
		texts = append(texts, english.say(f.line, f.values))
	}
	return texts
}

// Trying is what a test wants of failed tries; zero fields leave the default.
type Trying struct {
	Pace   time.Duration // between the times at which they are answered
	Places int           // for those that wait
	Most   int           // the highest link_tries
}

// Set makes it so for gates that are provisioned later, until undo.
func (t Trying) Set() (undo func()) {
	pace, places, most := tryPace, maxPaced, maxLinkTries
	if t.Pace > 0 {
		tryPace = t.Pace
	}
	if t.Places > 0 {
		maxPaced = t.Places
	}
	if t.Most > 0 {
		maxLinkTries = t.Most
	}
	return func() { tryPace, maxPaced, maxLinkTries = pace, places, most }
}

// Asker puts requests to iAM Smart as a gate does, in the name of somebody whom
// a test has logged in.
type Asker struct {
	g *Gate
	d *desk
}

// AskerOf is the gate of a public address in the configuration that runs.
func AskerOf(origin string) (Asker, error) {
	app, err := caddy.ActiveContext().App("http")
	if err != nil {
		return Asker{}, err
	}
	for _, server := range app.(*caddyhttp.App).Servers {
		if g := gateIn(server.Routes, origin); g != nil {
			d, err := g.ready(context.Background())
			return Asker{g, d}, err
		}
	}
	return Asker{}, fmt.Errorf("no gate has the address %s", origin)
}

func gateIn(routes caddyhttp.RouteList, origin string) *Gate {
	for _, route := range routes {
		for _, handler := range route.Handlers {
			switch h := handler.(type) {
			case *Gate:
				if h.origin == origin {
					return h
				}
			case *caddyhttp.Subroute:
				if g := gateIn(h.Routes, origin); g != nil {
					return g
				}
			}
		}
	}
	return nil
}

// Client is the gate's own protocol client.
func (a Asker) Client() *iamsmart.Client { return a.g.realm.client }

// Ask begins a request for a profile.
func (a Asker) Ask(ctx context.Context, token iamsmart.Token, fields ...iamsmart.Field) (store.ID, error) {
	id, _, err := a.g.ask(ctx, a.d, requestProfile, store.Hash([]byte("somebody")), func(id iamsmart.RequestID, callback string) (iamsmart.Started, error) {
		return a.g.realm.client.RequestProfile(ctx, iamsmart.ProfileRequest{
			Request: iamsmart.Request{ID: id, AccessToken: token.AccessToken, OpenID: token.OpenID, RedirectURI: callback},
			Fields:  fields,
		})
	})
	return id, err
}

// Outcome is what came of a request, false while nothing has.
func (a Asker) Outcome(ctx context.Context, id store.ID) (iamsmart.Callback, bool, error) {
	return a.g.outcome(ctx, a.d, id, store.Hash([]byte("somebody")))
}

// LookAtCertificates reads the files of all realms again, as if it were now.
func (a *App) LookAtCertificates(now time.Time) { a.lookAtCertificates(now) }

// LookEvery has certificates of apps that start later read again so often, until
// undo.
func LookEvery(d time.Duration) (undo func()) {
	before := lookEvery
	lookEvery = d
	return func() { lookEvery = before }
}

// SpeakAt has realms that are provisioned later speak to iAM Smart by this clock,
// until undo.
func SpeakAt(now func() time.Time) (undo func()) {
	before := smartNow
	smartNow = now
	return func() { smartNow = before }
}

// WaitForAppLogout sets how long a logout waits for the application's own.
func WaitForAppLogout(d time.Duration) (undo func()) {
	before := appLogoutWithin
	appLogoutWithin = d
	return func() { appLogoutWithin = before }
}

// LiveAt has sessions that begin later, and kept forms, go by this clock.
func LiveAt(now func() time.Time) (undo func()) {
	before := sessionNow
	sessionNow = now
	return func() { sessionNow = before }
}

// SignAt has assertions and their keys go by this clock.
func SignAt(now func() time.Time) (undo func()) {
	before := signNow
	signNow = now
	return func() { signNow = before }
}

// JudgeAt has rules judge by this clock how long ago people have logged in.
func JudgeAt(now func() time.Time) (undo func()) {
	before := ruleNow
	ruleNow = now
	return func() { ruleNow = before }
}

// FillsIn tells whether a body is that of a form without a file.
var FillsIn = fillsIn
