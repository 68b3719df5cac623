package caddyiamsmart_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/html"
)

// browser behaves as one does where it matters here: it keeps cookies by host,
// sends the Sec-Fetch headers, and follows redirects from site to site.
type browser struct {
	t       testing.TB
	w       *world
	cookies map[string]map[string]string // host → name → value
	agent   string
	from    string // address that a proxy in front tells Caddy; none if empty
	client  *http.Client
	at      string // address of the page that is shown
}

func (w *world) browser() *browser {
	return &browser{
		t: w.t, w: w, cookies: make(map[string]map[string]string),
		agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
}

// shown is a page as the browser shows it, after all redirects.
type shown struct {
	*http.Response
	body string
	doc  *html.Node
}

// ask is one request as a browser makes it; mend changes it before it goes.
func (b *browser) ask(method, address string, form url.Values, mend func(*http.Request)) *shown {
	b.t.Helper()
	p, err := b.try(method, address, form, mend)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// try is ask for other goroutines than the test's own.
func (b *browser) try(method, address string, form url.Values, mend func(*http.Request)) (*shown, error) {
	r, err := http.NewRequest(method, address, bodyOf(form))
	if err != nil {
		return nil, err
	}
	if form != nil {
		r.ContentLength = int64(len(form.Encode()))
	}
	r.Header.Set("User-Agent", b.agent)
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	r.Header.Set("Sec-Fetch-User", "?1")
	r.Header.Set("Sec-Fetch-Site", b.site(address))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.from != "" {
		r.Header.Set("X-Forwarded-For", b.from)
	}
	for name, value := range b.cookies[r.URL.Hostname()] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if mend != nil {
		mend(r)
	}
	answer, err := b.client.Do(r)
	for n := 0; n < 5 && closedUnread(err); n++ {
		// The connection was closed before the request was read (at a reload
		// Caddy drops those that wait at its old socket): browsers ask again.
		r.Body = bodyOf(form)
		answer, err = b.client.Do(r)
	}
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b.keep(r.URL.Hostname(), answer.Cookies())
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil {
		return nil, err
	}
	doc, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	return &shown{Response: answer, body: string(text), doc: doc}, nil
}

func closedUnread(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) ||
		err != nil && strings.Contains(err.Error(), "server closed idle connection")
}

func bodyOf(form url.Values) io.ReadCloser {
	if form == nil {
		return http.NoBody
	}
	return io.NopCloser(strings.NewReader(form.Encode()))
}

func (b *browser) site(address string) string {
	if b.at == "" {
		return "none"
	}
	from, _ := url.Parse(b.at)
	to, err := url.Parse(address)
	if err == nil && from.Scheme == to.Scheme && from.Host == to.Host {
		return "same-origin"
	}
	return "cross-site"
}

func (b *browser) keep(host string, cookies []*http.Cookie) {
	if b.cookies[host] == nil {
		b.cookies[host] = make(map[string]string)
	}
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(b.cookies[host], c.Name)
		} else {
			b.cookies[host][c.Name] = c.Value
		}
	}
}

// visit goes to an address and follows what it leads to.
func (b *browser) visit(address string) *shown {
	b.t.Helper()
	return b.follow(b.ask(http.MethodGet, b.resolve(address), nil, nil))
}

func (b *browser) resolve(address string) string {
	base := b.at
	if base == "" {
		base = b.w.Gate + "/"
	}
	from, err := url.Parse(base)
	if err != nil {
		b.t.Fatal(err)
	}
	to, err := from.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	return to.String()
}

func (b *browser) follow(p *shown) *shown {
	b.t.Helper()
	for range 10 {
		b.at = p.Request.URL.String()
		if p.StatusCode < 300 || p.StatusCode > 399 {
			return p
		}
		p = b.ask(http.MethodGet, b.resolve(p.Header.Get("Location")), nil, nil)
	}
	b.t.Fatal("more than ten redirects")
	return nil
}

// submit sends the form of a page that goes to action, with some fields filled
// in and, of buttons, only the one that is named among them.
func (b *browser) submit(p *shown, action string, fill url.Values) *shown {
	b.t.Helper()
	return b.follow(b.press(p, action, fill))
}

// press is submit without following where it leads.
func (b *browser) press(p *shown, action string, fill url.Values) *shown {
	b.t.Helper()
	for _, form := range find(p.doc, "form") {
		if !strings.HasSuffix(attr(form, "action"), action) || !hasFields(form, fill) {
			continue
		}
		fields := url.Values{}
		for _, in := range find(form, "input") {
			if attr(in, "type") == "hidden" {
				fields.Set(attr(in, "name"), attr(in, "value"))
			}
		}
		for name, values := range fill {
			fields[name] = values
		}
		return b.ask(http.MethodPost, b.resolve(attr(form, "action")), fields, nil)
	}
	b.t.Fatalf("no form to %s with %v on the page:\n%d %s", action, fill, p.StatusCode, p.body)
	return nil
}

// hasFields tells whether a form has each field or button that is to be filled
// or pressed; a fixed value must fit.
func hasFields(form *html.Node, fill url.Values) bool {
	for name := range fill {
		found := false
		for _, tag := range []string{"input", "button"} {
			for _, n := range find(form, tag) {
				fixed := attr(n, "type") == "hidden" || attr(n, "type") == "radio" || tag == "button"
				if attr(n, "name") == name && (!fixed || attr(n, "value") == fill.Get(name)) {
					found = true
				}
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// login goes from wherever the login page shows to iAM Smart, decides there as a
// test person, and comes back.
func (b *browser) login(person, decision string) *shown {
	b.t.Helper()
	return b.follow(b.decide(b.visit("/"), person, decision))
}

// decide presses the button of a login page and decides at iAM Smart. The
// answer is the redirect back, not followed.
func (b *browser) decide(p *shown, person, decision string) *shown {
	b.t.Helper()
	qr := b.submit(p, "/iamsmart/login", url.Values{"device": {"this"}})
	return b.press(qr, "/simulator/decide", url.Values{"person": {person}, "decision": {decision}})
}

// linkUp links the person who has just logged in for the first time.
func (b *browser) linkUp(user, password string) *shown {
	b.t.Helper()
	confirm := b.password(user, password)
	return b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}})
}

func (b *browser) password(user, password string) *shown {
	b.t.Helper()
	form := b.visit("/iamsmart/link?way=password")
	return b.submit(form, "/iamsmart/link", form.typed(user, password))
}

// typed is what a person types into the link form: its fields are found by what
// they are, since their names tell nothing.
func (p *shown) typed(user, password string) url.Values {
	fields := url.Values{}
	for _, in := range find(p.doc, "input") {
		switch attr(in, "type") {
		case "text":
			fields.Set(attr(in, "name"), user)
		case "password":
			fields.Set(attr(in, "name"), password)
		}
	}
	return fields
}

// arrive logs a person in and links them: a browser of somebody who works.
func (w *world) arrive(person, user, password string) *browser {
	w.t.Helper()
	b := w.browser()
	b.login(person, "approve")
	if p := b.linkUp(user, password); p.StatusCode != http.StatusOK {
		w.t.Fatalf("linking %s: %d\n%s", user, p.StatusCode, p.body)
	}
	return b
}

// user is who the application greets.
func (p *shown) user() string { return p.text("user") }

func (p *shown) text(id string) string {
	for _, n := range find(p.doc, "p") {
		if attr(n, "id") == id {
			return strings.TrimSpace(content(n))
		}
	}
	return ""
}

func (p *shown) want(t testing.TB, status int, words ...string) *shown {
	t.Helper()
	if p.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d\n%s", p.Request.Method, p.Request.URL.Path, p.StatusCode, status, p.body)
	}
	text := strings.Join(strings.Fields(content(p.doc)), " ")
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s %s: the page does not say %q:\n%s", p.Request.Method, p.Request.URL.Path, word, text)
		}
	}
	return p
}

func find(n *html.Node, tag string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == tag {
			found = append(found, d)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "style" && d.Parent.Data != "script" {
			fmt.Fprint(&b, d.Data, " ")
		}
	}
	return b.String()
}

// oneLogin is a whole login in a new browser, for other goroutines than the
// test's own; it fails unless the application greets the account.
func (w *world) oneLogin(person, account string) error {
	p, err := w.browser().tryLogin(person)
	if err != nil {
		return err
	}
	if p.user() != account {
		return fmt.Errorf("login of %s: %d, greeted as %q\n%s", person, p.StatusCode, p.user(), p.body)
	}
	return nil
}

// tryLogin is login with approval for other goroutines than the test's own.
func (b *browser) tryLogin(person string) (*shown, error) {
	p, err := b.onward(http.MethodGet, b.w.Gate+"/", nil)
	if err == nil {
		p, err = b.onward(http.MethodPost, b.w.Gate+"/iamsmart/login", url.Values{"return": {hidden(p, "return")}, "device": {"this"}})
	}
	if err == nil {
		p, err = b.onward(http.MethodPost, b.w.SimURL+"/simulator/decide", url.Values{
			"request": {hidden(p, "request")}, "person": {person}, "decision": {"approve"},
		})
	}
	return p, err
}

// onward is try that follows where the answer leads.
func (b *browser) onward(method, address string, form url.Values) (*shown, error) {
	p, err := b.try(method, address, form, nil)
	for range 5 {
		if err != nil {
			return nil, err
		}
		b.at = p.Request.URL.String()
		if p.StatusCode < 300 || p.StatusCode > 399 {
			return p, nil
		}
		p, err = b.try(http.MethodGet, b.resolve(p.Header.Get("Location")), nil, nil)
	}
	return nil, fmt.Errorf("%s %s: more than five redirects", method, address)
}

// hidden is the value of a hidden field of a page.
func hidden(p *shown, name string) string {
	for _, in := range find(p.doc, "input") {
		if attr(in, "name") == name {
			return attr(in, "value")
		}
	}
	return ""
}
