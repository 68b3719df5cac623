package form

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// maxFurther bounds the pages that are read beside the one after a login.
const maxFurther = 4

// stay is one login with a right password: the answer, the pages seen before it
// was ended, and how it was ended.
type stay struct {
	outcome
	pages []seenPage // that after the login, then those that it shows or leads to
	out   *url.URL   // the way out, or nil
	outOn int        // the page that has it
	ended bool       // the way out was seen to end the session
	still bool       // the login page no longer asks this visitor
}

type seenPage struct {
	*page
	view *view
}

func (p *page) seen() seenPage { return seenPage{p, p.view()} }

// stay logs in, looks round, and logs out again.
func (p *Probe) stay(ctx context.Context, username, password string) (*stay, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime-logoutTime)
	defer cancel()
	b := newBrowser(p.set.url)
	defer b.close()
	o, err := p.set.attempt(ctx, b, username, password)
	if err != nil {
		return nil, err
	}
	s := &stay{outcome: o, pages: []seenPage{o.final.page.seen()}}
	s.readFurther(ctx, b)
	s.findOut(p.set.url)
	if s.out != nil {
		p.leave(ctx, b, s)
		return s, nil
	}
	again, err := b.get(ctx, p.set.url, nil)
	s.still = err == nil && again.status < http.StatusBadRequest && !again.page.holdsLogin(p.set.userField, p.set.passwordField)
	return s, nil
}

// readFurther reads what a browser would load by itself: frames, and where the
// page leads without a click. One that does not answer is left out.
func (s *stay) readFurther(ctx context.Context, b *browser) {
	for i := 0; i < len(s.pages) && len(s.pages) <= maxFurther; i++ {
		from := s.pages[i]
		for _, address := range from.view.next(from.page) {
			u := from.resolve(address)
			known := func(p seenPage) bool { return u != nil && p.page.url.String() == u.String() }
			if u == nil || slices.ContainsFunc(s.pages, known) || len(s.pages) > maxFurther {
				continue
			}
			if a, err := b.get(ctx, u, from.page.url); err == nil && a.status == http.StatusOK {
				s.pages = append(s.pages, a.page.seen())
			}
		}
	}
}

// findOut looks for the way out, page by page.
func (s *stay) findOut(origin *url.URL) {
	for i, p := range s.pages {
		if ways := p.waysOut(origin); len(ways) > 0 {
			s.out, s.outOn = ways[0].url, i
			return
		}
	}
}

// wayOut is a link or form that logs out, and what it looks like in the source.
type wayOut struct {
	url   *url.URL
	marks []string
}

// waysOut returns the ways out that a page has: links by their address, links by
// what they say, forms by their address.
func (p seenPage) waysOut(origin *url.URL) []wayOut {
	var byAddress, byText, forms []wayOut
	for _, link := range p.view.links {
		switch u := p.within(origin, link.href); {
		case u == nil:
		case logoutAddress.MatchString(u.RequestURI()), signOutAddress.MatchString(u.RequestURI()):
			byAddress = append(byAddress, newWayOut(u, link.href, link.text))
		case logoutText.MatchString(link.text):
			byText = append(byText, newWayOut(u, "", link.text))
		}
	}
	for _, f := range p.forms {
		if u := p.within(origin, f.action); u != nil && logoutAddress.MatchString(u.RequestURI()) {
			forms = append(forms, newWayOut(u, f.action, ""))
		}
	}
	return slices.Concat(byAddress, byText, forms)
}

// within resolves a reference that leads to another page of the same origin.
func (p seenPage) within(origin *url.URL, reference string) *url.URL {
	reference = strings.TrimSpace(reference)
	if reference == "" || reference[0] == '#' {
		return nil
	}
	if u := p.resolve(reference); u != nil && sameOrigin(origin, u) {
		return u
	}
	return nil
}

func newWayOut(u *url.URL, address, text string) wayOut {
	w := wayOut{url: u}
	for _, mark := range []string{logoutAddress.FindString(address), signOutAddress.FindString(address), logoutText.FindString(text)} {
		mark = mark[strings.LastIndexAny(mark, "0123456789")+1:] // no rule holds what may change
		w.marks = append(w.marks, strings.TrimRightFunc(mark, func(r rune) bool { return !unicode.IsLetter(r) }))
	}
	return w
}

// leave goes the way out, also when the operator has given up meanwhile, and
// looks whether it is gone.
func (p *Probe) leave(ctx context.Context, b *browser, s *stay) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	set := p.set
	set.logout = s.out.RequestURI()
	if err := set.logOut(ctx, b, s.plainPages()); err != nil {
		return
	}
	back := s.pages[s.outOn].page.url
	if s.outOn == 0 && s.login.location == nil {
		back = p.set.url // the page was the answer to the password itself
	}
	again, err := b.get(ctx, back, nil)
	s.ended = err == nil && len(again.page.seen().waysOut(p.set.url)) == 0
}

func (s *stay) plainPages() []*page {
	var pages []*page
	for _, p := range s.pages {
		pages = append(pages, p.page)
	}
	return pages
}

// inside tells whether anything shows that somebody is logged in. That the
// login form is gone proves nothing by itself.
func (s *stay) inside(p *Probe, username string) bool {
	if s.out != nil {
		return true
	}
	switch {
	case s.form:
		return false
	case s.still:
		return true
	case refusal.MatchString(s.pages[0].view.text()):
		return false
	}
	for _, page := range s.pages {
		if greeted(page.view, p.view) || len(occurrences(page, username)) > 0 {
			return true
		}
	}
	return false
}

// greeted tells whether a page greets somebody, which the login page does not.
func greeted(v, shown *view) bool {
	for _, found := range greeting.FindAllString(v.text(), -1) {
		if !strings.Contains(shown.text(), found) {
			return true
		}
	}
	return false
}

// barrier returns what stands between a right password and the app.
func (s *stay) barrier(p *Probe, username string) *Finding {
	final := s.pages[0]
	text := final.view.text() + final.view.inputs
	var fields, passwords int
	for _, f := range final.forms {
		for _, c := range f.controls {
			if c.tag == "input" && c.fillable() && !c.disabled {
				fields++
				if c.isPassword() {
					passwords++
				}
			}
		}
	}
	switch {
	case final.data != nil, strings.HasPrefix(strings.TrimSpace(final.text), "{"):
		return &Finding{Kind: JSONAnswer}
	case !s.form && (fields > 0 && secondFactor.MatchString(text) || final.asksCode()):
		return &Finding{Kind: SecondFactor}
	case !s.form && (passwords >= 2 && (s.out == nil || newPassword.MatchString(final.view.text())) || final.asksNewPassword()):
		return &Finding{Kind: NewPassword}
	case s.inside(p, username):
		return nil
	case s.form || refusal.MatchString(final.view.text()):
		return &Finding{Kind: Refused}
	case !s.form && fields > 0 && captchaWord.MatchString(text):
		return &Finding{Captcha, captchaWord.FindString(text)}
	}
	return &Finding{Kind: NoSign}
}
