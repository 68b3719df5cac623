package form

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	maxBody      = 2 << 20   // bytes of one page, unpacked
	maxHeader    = 256 << 10 // bytes of one answer's header
	maxRedirects = 3

	dialTimeout   = 5 * time.Second
	headerTimeout = 15 * time.Second

	userAgent = "Mozilla/5.0 (compatible; caddyiamsmart account check)"
	accept    = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
)

// browser is one visitor of the app with cookies and connections of its own.
// It knows one origin and asks no other.
type browser struct {
	origin    *url.URL
	jar       *jar
	transport *http.Transport
	client    *http.Client
	posted    bool // something that was typed may have reached the app
}

func newBrowser(origin *url.URL) *browser {
	b := &browser{
		origin: origin,
		jar:    newJar(),
		transport: &http.Transport{
			// No Proxy: a password goes to the app and to nobody between.
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			MaxResponseHeaderBytes: maxHeader,
		},
	}
	b.client = &http.Client{
		Transport: b.transport,
		Jar:       b.jar,
		// Redirects are followed by follow, which knows where they may lead.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b
}

// close ends the visit. Connections are not shared between visitors: some
// servers tie a login to the connection.
func (b *browser) close() { b.transport.CloseIdleConnections() }

// answer is what the app said to one request.
type answer struct {
	url      *url.URL
	status   int
	location *url.URL // where a redirect leads, else nil
	page     *page    // nil for a redirect
	asksFor  string   // WWW-Authenticate: how HTTP itself asks for a login
}

// get reads an address of the app and follows its redirects.
func (b *browser) get(ctx context.Context, u, referer *url.URL) (*answer, error) {
	a, err := b.send(ctx, request{method: http.MethodGet, url: u, referer: referer})
	if err != nil {
		return nil, err
	}
	return b.follow(ctx, a, referer)
}

// follow goes where the app redirects to, by GET, a few times, at this origin.
// With an error comes the last answer there was.
func (b *browser) follow(ctx context.Context, a *answer, referer *url.URL) (*answer, error) {
	for range maxRedirects {
		if a.location == nil {
			return a, nil
		}
		next, err := b.send(ctx, request{method: http.MethodGet, url: a.location, referer: referer})
		if err != nil {
			return a, err
		}
		a = next
	}
	if a.location != nil {
		return a, errRedirects
	}
	return a, nil
}

// request is what a browser needs to know to send one.
type request struct {
	method      string
	url         *url.URL
	referer     *url.URL // nil where the visitor typed the address
	contentType string
	body        []byte
}

func (b *browser) send(ctx context.Context, r request) (*answer, error) {
	if !sameOrigin(b.origin, r.url) {
		return nil, errElsewhere
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, errAddress
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", accept)
	if r.referer != nil {
		req.Header.Set("Referer", refererOf(r.referer))
	}
	if r.method == http.MethodPost {
		req.Header.Set("Content-Type", r.contentType)
		req.Header.Set("Origin", b.origin.Scheme+"://"+b.origin.Host)
		b.posted = true
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, accounts.PlainCause(err)
	}
	defer resp.Body.Close()
	return read(resp, r.url)
}

func read(resp *http.Response, u *url.URL) (*answer, error) {
	a := &answer{url: u, status: resp.StatusCode, asksFor: resp.Header.Get("WWW-Authenticate")}
	if location := resp.Header.Get("Location"); location != "" && isRedirect(a.status) {
		to, err := u.Parse(location)
		if err != nil {
			return nil, errAddress // the cause would repeat it
		}
		to.User, to.Fragment, to.RawFragment = nil, "", ""
		a.location = to
		return a, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, accounts.PlainCause(err)
	}
	if len(body) > maxBody {
		return nil, errTooLong
	}
	a.page = readPage(u, body, resp.Header.Get("Content-Type"))
	return a, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// keepsMethod tells the redirects that would send the password once more.
func keepsMethod(status int) bool {
	return status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// inTrouble tells the answers of an app that is in no state to judge anybody.
func inTrouble(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// refererOf is the address of the page that a request comes from, as browsers
// tell it at the same origin.
func refererOf(u *url.URL) string {
	from := *u
	from.User, from.Fragment, from.RawFragment = nil, "", ""
	return from.String()
}

// jar keeps the cookies of one visit and knows which the app set last.
//
// It drops Domain and Secure: the gate may reach the app by an inner name and
// without TLS, where a browser in front would see the outer ones. Nothing is
// lost by it, because a browser here asks a single origin.
type jar struct {
	*cookiejar.Jar
	values map[string]string // by name; "" once deleted
}

func newJar() *jar {
	inner, _ := cookiejar.New(nil) // fails for no options at all
	return &jar{Jar: inner, values: make(map[string]string)}
}

// SetCookies implements [http.CookieJar].
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	now := time.Now()
	for _, c := range cookies {
		c.Domain, c.Secure = "", false
		if c.MaxAge < 0 || c.MaxAge == 0 && !c.Expires.IsZero() && c.Expires.Before(now) {
			j.values[c.Name] = ""
		} else {
			j.values[c.Name] = c.Value
		}
	}
	j.Jar.SetCookies(u, cookies)
}

// snapshot returns the values as they are, by name.
func (j *jar) snapshot() map[string]string { return maps.Clone(j.values) }

// changedSince returns the names of the cookies that have a value now, and
// another one than in the snapshot.
func (j *jar) changedSince(before map[string]string) map[string]bool {
	changed := make(map[string]bool)
	for name, value := range j.values {
		if value != "" && value != before[name] {
			changed[name] = true
		}
	}
	return changed
}

// Causes that are told in our own words, since the app's words may repeat what
// was typed.
var (
	errRedirects = errors.New("more than three redirects")
	errAgain     = errors.New("an answer that asks to send the form once more, elsewhere")
	errElsewhere = errors.New("a redirect, form or link leads to another scheme, host or port than the configured one")
	errAddress   = errors.New("an address that is none")
	errTooLong   = errors.New("an answer of more than 2 MiB")
)
