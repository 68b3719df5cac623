package caddyiamsmart

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// A person who is logged in here and is sent to the application's own login page all
// the same has to log in twice: the application does not read the header. Nobody tells
// the administrator, so the gate counts it.

// doubleLogin watches for the application's own login pages.
type doubleLogin struct {
	paths []string
	seen  atomic.Int64
}

// newDoubleLogin takes the login pages that the sources know.
func newDoubleLogin(modules sources) *doubleLogin {
	l := new(doubleLogin)
	for _, s := range modules {
		if page, ok := s.checker.(accounts.LoginPage); ok {
			if path := page.LoginPath(); path != "" && path != "/" {
				l.paths = append(l.paths, path)
			}
		}
	}
	return l
}

// isLogin tells whether a path is that of a login page, in any way in which a server may
// read it.
func (l *doubleLogin) isLogin(path upstream.Path) bool { return slices.ContainsFunc(l.paths, path.Is) }

// shown tells whether an answer sends a linked person to the application's own login
// page. Who opens that page by hand is not sent there, and from a logout it is where
// one belongs.
func (l *doubleLogin) shown(r *http.Request, status int, h http.Header, origin string) bool {
	if len(l.paths) == 0 || status < 301 || status > 308 || r.Method != http.MethodGet || wants(r) == data {
		return false
	}
	to, err := url.Parse(h.Get("Location"))
	if err != nil || to.Host != "" && to.Scheme+"://"+to.Host != origin {
		return false
	}
	to = r.URL.ResolveReference(to)
	for _, path := range l.paths {
		if to.Path == path && r.URL.Path != path && !strings.Contains(strings.ToLower(r.URL.Path+"?"+r.URL.RawQuery), "logout") {
			return true
		}
	}
	return false
}

// sawDoubleLogin counts, and writes it down at the 1st, 10th, 100th … time.
func (g *Gate) sawDoubleLogin(ctx context.Context, d *desk) {
	n := g.doubleLogin.seen.Add(1)
	if text := strconv.FormatInt(n, 10); strings.Trim(text[1:], "0") != "" || text[0] != '1' {
		return
	}
	if n == 1 {
		g.logger.Warn("a person who is logged in here was sent to the application's own login page: it does not take the identity from the header. "+
			"See that the application reads one of 'header_up', by `caddy iamsmart headers --echo` in its place, and that it trusts it",
			zap.String("gate", g.title()), zap.Strings("login_page", g.doubleLogin.paths))
	}
	g.audit(ctx, d, store.Audit{Event: eventDoubleLogin, Actor: store.ActorGate, Detail: strconv.FormatInt(n, 10) + " since the start"})
}

// doubleLoginSince is how far back `check` looks.
const doubleLoginSince = 7 * 24 * time.Hour

// doubleLoginFindings tells of people who had to log in twice.
func (s *standing) doubleLoginFindings(sight *store.Sight) (found []finding) {
	if sight == nil {
		return nil
	}
	for _, a := range sight.Latest {
		if a.Event == eventDoubleLogin && a.ClientID == s.realm.clientID && a.App == s.App && time.Since(a.At) < doubleLoginSince {
			found = append(found, gateDouble.of(a.At.Format(time.DateTime)))
		}
	}
	return found
}
