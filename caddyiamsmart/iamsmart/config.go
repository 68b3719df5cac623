package iamsmart

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const defaultTimeout = 10 * time.Second

// Config is what one Client needs to speak for one Client ID.
type Config struct {
	// APIBase is where our own calls go, WebBase where browsers go; both with the version path, as in
	// https://host.example/api/v1. Plain http only where the host is this machine (localhost, 127.0.0.0/8, ::1).
	APIBase, WebBase string
	// ClientID and ClientSecret are those of the portal. The secret's characters are the key; it is not decoded.
	ClientID, ClientSecret string
	// Keys are the encipherment certificates with their keys, newest first; more than one while certificates roll over.
	Keys []*Encipherment
	// RereadKeys gives the certificates as they are now. It is asked before a content key that none of those in force opens
	// is given up. It must return soon; nil, or a nil in it, means that there are no others. Nil: there never are.
	RereadKeys func() []*Encipherment
	// Protocol chooses between readings of what public sources leave open. Its zero value is the likeliest.
	Protocol Protocol
	// AppScheme is what links that open the iAM Smart app begin with. Empty means [AppScheme], that of the production app.
	AppScheme string
	// AppWords gives the word behind the scheme for single functions: those for which none is known, or that differ.
	AppWords map[Function]string
	// HTTPClient makes the calls. Nil means one of our own: TLS 1.2 or newer, bounded in time and header size. Redirects are
	// followed by neither: a signed call is for one address only.
	HTTPClient *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Timeout bounds a whole call, fetching a content key and repeating included. Zero means ten seconds.
	Timeout time.Duration
	// Report is told what goes wrong beside a call without making it fail, such as a KeyStore that is away. It must return
	// soon. Nil means nobody is told.
	Report func(error)
}

// Client speaks the protocol for one Client ID. Safe for use by many goroutines; make one and keep it, since it holds the
// content key. It prints itself as its client ID alone.
type Client struct {
	webBase   string
	clientID  string
	appScheme string
	appWords  map[Function]string
	timeout   time.Duration
	caller    *caller
	ceks      *cekCache
	own       unwrapper // for callbacks that bring their key
	keys      *enciphermentKeys
	report    func(error)
}

// Format keeps keys and secrets out of anything printed.
func (c Client) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "iAM Smart client %s", c.clientID)
}

// New checks a configuration and makes the client. It calls nobody. Its errors name the faulty field, never a secret.
func New(config Config) (*Client, error) {
	apiBase, err := checkBase(config.APIBase)
	if err != nil {
		return nil, fmt.Errorf("checking API base: %w", err)
	}
	webBase, err := checkBase(config.WebBase)
	if err != nil {
		return nil, fmt.Errorf("checking web base: %w", err)
	}
	if !wellFormed(config.ClientID, 128, isVisible) {
		return nil, errors.New("checking client ID: it is empty, too long, or holds blanks or characters outside ASCII")
	}
	if err := checkSecret(config.ClientSecret); err != nil {
		return nil, fmt.Errorf("checking client secret: %w", err)
	}
	keys := &enciphermentKeys{reread: config.RereadKeys}
	if err := keys.set(config.Keys); err != nil {
		return nil, err
	}
	if config.Timeout < 0 {
		return nil, errors.New("checking timeout: it is negative")
	}
	if config.Protocol, err = config.Protocol.completed(); err != nil {
		return nil, fmt.Errorf("checking protocol: %w", err)
	}
	if config.AppScheme == "" {
		config.AppScheme = AppScheme
	}
	if err := checkApp(config.AppScheme, config.AppWords); err != nil {
		return nil, fmt.Errorf("checking links to the app: %w", err)
	}
	return assemble(config, apiBase, webBase, keys), nil
}

// assemble fills in what the checked configuration leaves open and puts the parts together.
func assemble(config Config, apiBase, webBase string, keys *enciphermentKeys) *Client {
	now, timeout, report := config.Now, config.Timeout, config.Report
	if now == nil {
		now = time.Now
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	if report == nil {
		report = func(error) {}
	}
	call := &caller{
		base:     apiBase,
		protocol: config.Protocol,
		http:     httpClient(config.HTTPClient, timeout),
		signer: &signer{
			clientID: config.ClientID, secret: []byte(config.ClientSecret),
			raw: config.Protocol.SignatureEncoding == "raw", now: now,
		},
		breaker: &breaker{now: now, jitter: rand.Float64},
		jitter:  rand.Float64, pause: sleep,
		now: now,
	}
	fetch := &keyFetcher{call, unwrapper{keys, config.Protocol}, now}
	return &Client{
		webBase:   webBase,
		clientID:  config.ClientID,
		appScheme: config.AppScheme,
		appWords:  maps.Clone(config.AppWords),
		timeout:   timeout,
		caller:    call,
		ceks:      &cekCache{fetch: fetch.fetch, timeout: timeout, now: now},
		own:       fetch.unwrapper,
		keys:      keys,
		report:    report,
	}
}

// Available gives nil, or while iAM Smart is not asked because it gave no answer several times, the error that a call would
// give at once: of KindUnavailable, with RetryAt. It asks nobody.
func (c *Client) Available() error {
	c.caller.breaker.mu.Lock()
	defer c.caller.breaker.mu.Unlock()
	if open := c.caller.breaker.shut(); open != nil {
		return &Error{Kind: KindUnavailable, Op: "login", Err: open, RetryAt: open.until}
	}
	return nil
}

// CloseIdleConnections lets go of the connections that no call uses. The client can be used on.
func (c *Client) CloseIdleConnections() { c.caller.http.CloseIdleConnections() }

// checkBase wants a plain address and gives it without a slash at its end.
func checkBase(base string) (string, error) {
	address, err := url.Parse(base)
	if err != nil {
		return "", errors.New("it is not a URL")
	}
	switch {
	case address.Host == "" || address.Hostname() == "":
		return "", errors.New("it has no host; it looks like https://host/api/v1")
	case address.User != nil:
		return "", errors.New("it holds a user name")
	case strings.Trim(address.Path, "/") == "":
		return "", errors.New("it has no path; it looks like https://host/api/v1")
	case strings.ContainsAny(base, "?#"):
		return "", errors.New("it holds a query or a fragment")
	case address.Scheme == "http" && !loopback(address.Hostname()):
		return "", errors.New("http is for this machine only; use https")
	case address.Scheme != "https" && address.Scheme != "http":
		return "", errors.New("it begins neither with https:// nor with http://")
	}
	return strings.TrimRight(base, "/"), nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// checkSecret catches the line end that a secret read from a file often has: it would spoil every signature.
func checkSecret(secret string) error {
	switch {
	case secret == "":
		return errors.New("it is empty")
	case secret != strings.TrimSpace(secret):
		return errors.New("it begins or ends with a blank or a line end")
	}
	return nil
}

// httpClient gives the client that makes the calls. A signed POST never follows a redirect, whoever made the client.
func httpClient(given *http.Client, timeout time.Duration) *http.Client {
	client := &http.Client{Transport: newTransport(timeout)}
	if given != nil {
		copied := *given
		client = &copied
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

func newTransport(timeout time.Duration) *http.Transport {
	step := min(timeout, 5*time.Second)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: step, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    step,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: 64 << 10,
		// Short, so that a gateway in between has not given up a connection that a code is about to be spent over.
		IdleConnTimeout:     20 * time.Second,
		MaxIdleConnsPerHost: 8,
		DisableCompression:  true, // answers are small and mostly cipher text
		ForceAttemptHTTP2:   true,
	}
}
