package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"caddyiamsmart.example/caddyiamsmart/session"
)

// browser keeps cookies and sends what a browser sends where it matters here.
type browser struct {
	gate    *gate
	traffic *traffic
	cookies map[string]string
	page    *page // that it shows
	// stale is the login page that it showed before anybody had logged in: in a
	// tab of its own it can be sent at any time.
	stale *page
	// unanswered is an address of the callback that was asked for in vain.
	unanswered string
}

func newBrowser(g *gate, t *traffic) *browser {
	return &browser{gate: g, traffic: t, cookies: make(map[string]string)}
}

// page is an answer.
type page struct {
	status   int
	location string
	doc      *html.Node
	body     string
	session  string // the session cookie that came with it
}

// cut is a request that got no answer.
type cut struct {
	what string
	err  error
}

func (c *cut) Error() string { return fmt.Sprintf("%s: no answer: %v", c.what, c.err) }

// sent is a request that has gone out whole and has no answer yet.
type sent struct {
	what string
	cut  bool // it never got one
}

// traffic knows what is in flight.
type traffic struct {
	mu      sync.Mutex
	waiting map[*sent]bool
	sent    chan string // what has just gone out, for whoever listens
}

func newTraffic() *traffic {
	return &traffic{waiting: make(map[*sent]bool), sent: make(chan string)}
}

func (t *traffic) out(s *sent) {
	t.mu.Lock()
	t.waiting[s] = true
	t.mu.Unlock()
	select {
	case t.sent <- s.what:
	default:
	}
}

func (t *traffic) back(s *sent, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.cut = err != nil
	delete(t.waiting, s)
}

func (t *traffic) inFlight() (all []*sent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for s := range t.waiting {
		all = append(all, s)
	}
	return all
}

// ask sends a request to the gate and keeps its cookies. The word what names it
// in errors and in the count of what was in flight.
func (b *browser) ask(what, address string, form url.Values) (*page, error) {
	r, err := request(b.gate.URL()+address, form)
	if err != nil {
		return nil, err
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	s := &sent{what: what}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				b.traffic.out(s)
			}
		},
	}))
	p, cookies, err := exchange(network, r)
	b.traffic.back(s, err)
	if err != nil {
		return nil, &cut{what, err}
	}
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
		if isSession(c.Name) {
			p.session = c.Value
		}
	}
	b.page = p
	if p.status == http.StatusUnauthorized && b.stale == nil {
		b.stale = p
	}
	return p, nil
}

func request(address string, form url.Values) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if form != nil && err == nil {
		r, err = http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	}
	if err != nil {
		return nil, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36")
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	r.Header.Set("Sec-Fetch-User", "?1")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r, nil
}

func exchange(transport http.RoundTripper, r *http.Request) (*page, []*http.Cookie, error) {
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil {
		return nil, nil, err
	}
	doc, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		return nil, nil, err
	}
	return &page{status: answer.StatusCode, location: answer.Header.Get("Location"), doc: doc, body: string(text)}, answer.Cookies(), nil
}

// isSession tells the session's cookie from those of flows, whose names may end
// in anything.
func isSession(cookie string) bool {
	const tag = 8 // characters between prefix and kind
	rest, ours := strings.CutPrefix(cookie, session.CookiePrefix)
	return ours && len(rest) > tag && rest[tag:] == "-s"
}

// session is the name and the value of the cookie of who is logged in here.
func (b *browser) session() (name, value string) {
	for name, value := range b.cookies {
		if isSession(name) {
			return name, value
		}
	}
	return "", ""
}

// user is who the application greets, or "".
func (p *page) user() string {
	for n := range p.doc.Descendants() {
		if n.Data == "p" && attr(n, "id") == "user" && n.FirstChild != nil {
			return n.FirstChild.Data
		}
	}
	return ""
}

// form returns what a form sends as it stands, and the names of its text and
// its password field.
func (p *page) form(action string) (hidden url.Values, text, password string, err error) {
	for form := range p.doc.Descendants() {
		if form.Data != "form" || !strings.HasSuffix(attr(form, "action"), action) {
			continue
		}
		hidden = url.Values{}
		for in := range form.Descendants() {
			switch {
			case in.Data != "input":
			case attr(in, "type") == "hidden":
				hidden.Set(attr(in, "name"), attr(in, "value"))
			case attr(in, "type") == "password":
				password = attr(in, "name")
			case attr(in, "type") == "text":
				text = attr(in, "name")
			}
		}
		return hidden, text, password, nil
	}
	return nil, "", "", fmt.Errorf("no form to %s on the page: %s", action, p)
}

// String is what a test says of a page.
func (p *page) String() string {
	var words []string
	for n := range p.doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" && n.Parent.Data != "title" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return fmt.Sprintf("%d %s %.600s", p.status, p.location, strings.Join(words, " "))
}

// linked tells whether a yes was answered with a link and its session.
func (p *page) linked() bool {
	return p.status == http.StatusSeeOther && p.session != "" && strings.HasSuffix(p.location, "/iamsmart/link/done")
}

// says tells whether a word stands on the page.
func (p *page) says(word string) bool { return strings.Contains(p.body, word) }

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
