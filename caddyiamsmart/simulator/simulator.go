package simulator

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// Simulator is the handler; New makes it. Its methods may be called from any goroutine.
type Simulator struct {
	options   Options
	clients   map[string]*client
	journal   *journal
	calls     map[string]func(*request) (any, error)
	callbacks *callbacks
	signer    func() (*signer, error) // made when first needed

	mu      sync.Mutex // guards what follows, and the mutable part of each client
	persons []Person
	pending *bounded[*pendingLogin]
	codes   *bounded[*grant]
	tokens  *bounded[*accessToken]
	waiting *bounded[*waiting]
	tickets *bounded[*ticket]
}

// client is a registration with what the simulator remembers of it.
type client struct {
	Client

	nonces        *bounded[nonce]
	lastTimestamp int64
	key           *contentKey // the current CEK, nil before the first getKey
	previous      *contentKey // the one before, to tell an old key from a wrong one
	businesses    *bounded[*business]
	allowance     allowance
}

const (
	maxNonces  = 20_000 // per client
	maxPending = 10_000
	maxCodes   = 10_000
	maxTokens  = 10_000
	maxTickets = 10_000
)

// New checks the options and returns the simulator. Errors name the option, client or person that is wrong.
func New(options Options) (*Simulator, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("setting up the simulator: %w", err)
	}
	persons, err := enrol(options.Persons)
	if err != nil {
		return nil, fmt.Errorf("setting up the simulator: %w", err)
	}
	clients, err := register(options.Clients)
	if err != nil {
		return nil, fmt.Errorf("setting up the simulator: %w", err)
	}
	s := &Simulator{
		options:   options,
		persons:   persons,
		clients:   clients,
		journal:   newJournal(options.Now, options.Log),
		callbacks: newCallbacks(),
		signer:    sync.OnceValues(func() (*signer, error) { return newSigner(options.Now()) }),
		pending:   newBounded[*pendingLogin](maxPending),
		codes:     newBounded[*grant](maxCodes),
		tokens:    newBounded[*accessToken](maxTokens),
		waiting:   newBounded[*waiting](maxWaiting),
		tickets:   newBounded[*ticket](maxTickets),
	}
	s.calls = s.handlers()
	return s, nil
}

func register(list []Client) (map[string]*client, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("option Clients: none in the list")
	}
	clients := map[string]*client{}
	for i, c := range list {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("client %d (%q): %w", i+1, c.ID, err)
		}
		if clients[c.ID] != nil {
			return nil, fmt.Errorf("client %d: the ID %q is there twice", i+1, c.ID)
		}
		if c.Scopes == nil {
			c.Scopes = []string{"eidapi_auth"}
		}
		c.RedirectURIs, c.CallbackURIs, c.Scopes = slices.Clone(c.RedirectURIs), slices.Clone(c.CallbackURIs), slices.Clone(c.Scopes)
		clients[c.ID] = &client{Client: c, nonces: newBounded[nonce](maxNonces), businesses: newBounded[*business](maxBusinesses)}
	}
	return clients, nil
}

// ServeHTTP serves the API and the pages. Paths are compared as they came, without cleaning.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if !s.addressed(r.Host) {
		s.refuseHost(w, r)
		return
	}
	s.expire()
	if call, found := s.findCall(r.URL.EscapedPath()); call == callQR && found {
		s.serveQR(w, r)
		return
	} else if found {
		s.serveCall(w, r, call, s.calls[call])
		return
	}
	switch r.URL.EscapedPath() {
	case "/simulator/decide":
		s.serveDecision(w, r)
	case "/simulator/direct":
		s.serveDirect(w, r)
	case "/simulator/phone":
		s.servePhone(w, r)
	case "/simulator/phone/decide":
		s.servePhoneDecision(w, r)
	case "/simulator/app":
		s.serveApp(w, r)
	case "/simulator/log":
		s.serveLog(w, r)
	case "/simulator/style.css":
		s.serveStyle(w, r)
	case "/":
		s.serveIndex(w, r)
	default:
		if strings.HasPrefix(r.URL.EscapedPath(), controlPrefix) {
			s.serveControl(w, r)
			return
		}
		s.refuseUnknownPath(w, r)
	}
}

// protect sets the headers that every answer bears. There is no form-action on purpose: Chromium applies it to the redirect that
// follows a form as well, and the decision's redirect leads to the client.
func protect(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// addressed reports whether host, a Host header, is a loopback name or address or one that the options allow.
func (s *Simulator) addressed(host string) bool {
	name := host
	if split, _, err := net.SplitHostPort(host); err == nil {
		name = split
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if address, err := netip.ParseAddr(name); err == nil && address.Unmap().IsLoopback() {
		return true
	}
	return slices.ContainsFunc(s.options.Hosts, func(allowed string) bool {
		return strings.EqualFold(strings.Trim(allowed, "[]"), name)
	})
}

func (s *Simulator) refuseHost(w http.ResponseWriter, r *http.Request) {
	s.noteAndRefuse(w, r, ruleHost.broken("the Host %q is not allowed", clip(r.Host)))
}

func (s *Simulator) refuseUnknownPath(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		http.NotFound(w, r) // a browser asking for its icon breaks no rule
		return
	}
	s.noteAndRefuse(w, r, rulePath.broken("there is no %q", clip(r.URL.EscapedPath())))
}

// noteAndRefuse is for requests that reach no call: plain text and a status.
func (s *Simulator) noteAndRefuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := asRefusal(err)
	s.journal.violation(clip(r.URL.Path), refused)
	status, _ := httpStatus(refused.code)
	http.Error(w, refused.detail+". "+refused.rule.remedy, status)
}
