package form

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// logOut uses the app's own way out: the first link or form of the pages that
// leads there, since it may carry a token, else the address itself.
func (s *settings) logOut(ctx context.Context, b *browser, pages []*page) error {
	r, err := s.wayOut(pages)
	if err != nil {
		return fmt.Errorf("preparing the logout: %w", err)
	}
	a, err := b.send(ctx, r)
	if err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	if r.method == http.MethodPost && keepsMethod(a.status) {
		return fmt.Errorf("logging out: %w (status %d)", errAgain, a.status)
	}
	if a, err = b.follow(ctx, a, r.referer); err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	if a.status >= http.StatusBadRequest {
		return fmt.Errorf("logging out: the app answered with status %d", a.status)
	}
	return nil
}

func (s *settings) wayOut(pages []*page) (request, error) {
	for _, p := range pages {
		for _, href := range p.links {
			if u := p.resolve(href); s.leadsOut(u) {
				return request{method: http.MethodGet, url: u, referer: p.url}, nil
			}
		}
		for _, f := range p.forms {
			if f.action != "" && s.leadsOut(p.resolve(f.action)) {
				return p.submission(f, nil)
			}
		}
	}
	u, err := s.url.Parse(s.logout)
	if err != nil {
		return request{}, errAddress
	}
	return request{method: http.MethodGet, url: u, referer: pages[0].url}, nil
}

func (s *settings) leadsOut(u *url.URL) bool {
	return u != nil && sameOrigin(s.url, u) && strings.HasPrefix(u.RequestURI(), s.logout)
}
