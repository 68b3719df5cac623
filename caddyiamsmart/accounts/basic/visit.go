package basic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	maxBody   = 2 << 20   // bytes of the page, unpacked
	maxHeader = 256 << 10 // bytes of the answer's header

	dialTimeout   = 5 * time.Second
	headerTimeout = 15 * time.Second

	userAgent = "Mozilla/5.0 (compatible; caddyiamsmart account check)"
)

type credentials struct{ username, password string }

// answer is what the app said to one request.
type answer struct {
	sent       bool // the credentials may have reached the app
	status     int
	challenges []string // the lines of WWW-Authenticate
	page       string   // of status 200 only
}

// visit asks for the address once, on a connection of its own. With an error
// comes only whether anything was sent.
func visit(ctx context.Context, u *url.URL, with *credentials) (a answer, err error) {
	transport := &http.Transport{
		// No Proxy: a password goes to the app and to nobody between.
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true, // some servers tie a login to the connection
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { a.sent = true }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return a, accounts.ErrUnreadable
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Cache-Control", "no-cache") // what a cache keeps is nobody's yes
	if with != nil {
		req.SetBasicAuth(with.username, with.password) // the bytes as they are: UTF-8
	}
	resp, err := transport.RoundTrip(req) // which follows no redirect
	if err != nil {
		return a, accounts.PlainCause(err)
	}
	defer resp.Body.Close()
	a.status, a.challenges = resp.StatusCode, resp.Header.Values("WWW-Authenticate")
	if a.status != http.StatusOK {
		return a, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return answer{sent: true}, accounts.PlainCause(err)
	case len(body) > maxBody:
		return answer{sent: true}, errTooLong
	}
	a.page = pageText(body, resp.Header.Get("Content-Type"))
	return a, nil
}

// pageText reads a page in its charset, by the rules of browsers.
func pageText(body []byte, contentType string) string {
	encoding, _, _ := charset.DetermineEncoding(body, contentType)
	decoded, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(decoded), "\uFFFD")
}

var (
	quoted      = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	basicScheme = regexp.MustCompile(`(?i)(?:^|,)[ \t]*basic(?:[ \t]|,|$)`)
	anyScheme   = regexp.MustCompile(`^[ \t]*([A-Za-z][A-Za-z0-9-]{0,31})(?:[ \t]|,|$)`)
)

// asksBasic tells whether one of the challenges is for Basic.
func (a answer) asksBasic() bool {
	for _, line := range a.challenges {
		if basicScheme.MatchString(quoted.ReplaceAllString(line, `""`)) {
			return true
		}
	}
	return false
}

// doubt says why an answer is neither a yes nor a no.
func (a answer) doubt() error {
	switch {
	case a.status == http.StatusUnauthorized && len(a.challenges) > 0:
		scheme := "another scheme"
		if found := anyScheme.FindStringSubmatch(a.challenges[0]); found != nil {
			scheme = found[1]
		}
		return fmt.Errorf("it asks for a login by %s and not by Basic", scheme)
	case a.status == http.StatusUnauthorized:
		return errors.New("it answers 401 without asking for a login by Basic")
	case a.status >= 300 && a.status < 400:
		return fmt.Errorf("it redirects (status %d), which is not followed", a.status)
	}
	return fmt.Errorf("it answers with status %d, and only 200 is a yes and 401 a no", a.status)
}

// Causes that are told in our own words, since the app's words may repeat what
// was typed.
var (
	errTooLong = errors.New("an answer of more than 2 MiB")
)
