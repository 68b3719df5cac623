package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// member is one of a crowd, with an account that nobody else may ever be.
type member struct {
	person, account, password string
}

func staff(n int) (members []member, people []simulator.Person) {
	for i := range n {
		m := member{fmt.Sprintf("p%03d", i), fmt.Sprintf("user-%03d", i), fmt.Sprintf("word-of-%03d", i)}
		members = append(members, m)
		people = append(people, simulator.Person{Name: m.person, EnglishName: fmt.Sprintf("SAMPLE, Number %d", i)})
	}
	return members, people
}

// shows fails unless the application was told the member's own account, and
// nobody else's stands on the page.
func (m member) shows(p *shown, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", m.account, err)
	}
	if p.user() != m.account {
		return fmt.Errorf("%s: status %d, the application greets %q\n%s", m.account, p.StatusCode, p.user(), p.body)
	}
	return nil
}

// linkUp is a person's first day: login, password, confirmation.
func (m member) linkUp(b *browser) error {
	link := b.w.Gate + "/iamsmart/link"
	p, err := b.tryLogin(m.person)
	if err == nil {
		p, err = b.onward(http.MethodGet, link+"?way=password", nil)
	}
	if err == nil {
		p, err = b.onward(http.MethodPost, link, p.filled(m.account, m.password))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", m.account, err)
	}
	if text := content(p.doc); !strings.Contains(text, m.account) || strings.Count(text, "user-") != 1 {
		return fmt.Errorf("%s: the confirm page (%d) shows\n%s", m.account, p.StatusCode, text)
	}
	p, err = b.onward(http.MethodPost, link, url.Values{"token": {hidden(p, "token")}, "step": {"confirm"}, "answer": {"yes"}})
	if err != nil {
		return fmt.Errorf("%s: %w", m.account, err)
	}
	if text := content(p.doc); !strings.Contains(text, m.account) || strings.Count(text, "user-") != 1 || len(b.named("-s")) != 1 {
		return fmt.Errorf("%s: the linked page (%d) shows\n%s", m.account, p.StatusCode, text)
	}
	return nil
}

// A hundred people at once, each linking an account, coming back in a second
// browser, working in both, and leaving one: nobody is ever shown as another.
func TestT65AHundredPeopleAtOnceNeverSwap(t *testing.T) {
	members, people := staff(100)
	w := newWorld(t, site{Gate: english, Servers: "servers {\n trusted_proxies static 127.0.0.0/8\n}", Simulator: simulator.Options{Persons: people}})
	for _, m := range members {
		w.legacy.accounts[m.account] = m.password
	}
	// All are under way at once, but a slow machine is not asked more than it can
	// answer in time.
	transport := &http.Transport{MaxConnsPerHost: 12, MaxIdleConnsPerHost: 12}
	defer transport.CloseIdleConnections()
	day := func(i int, m member) error {
		one, two := w.browser(), w.browser()
		one.client.Transport, two.client.Transport = transport, transport
		one.from, two.from = fmt.Sprintf("192.0.2.%d", i), fmt.Sprintf("198.51.100.%d", i)
		if err := m.linkUp(one); err != nil {
			return err
		}
		if err := m.shows(two.tryLogin(m.person)); err != nil {
			return err
		}
		for n := range 2 {
			for _, b := range []*browser{one, two} {
				if err := m.shows(b.onward(http.MethodGet, fmt.Sprintf("%s/residents/%d", w.Gate, n), nil)); err != nil {
					return err
				}
			}
		}
		p, err := one.onward(http.MethodGet, w.Gate+"/iamsmart/logout", nil)
		if err == nil && !strings.Contains(content(p.doc), m.account) {
			err = fmt.Errorf("the logout page shows another account\n%s", content(p.doc))
		}
		if err == nil {
			_, err = one.onward(http.MethodPost, w.Gate+"/iamsmart/logout", url.Values{"token": {hidden(p, "token")}})
		}
		if err == nil {
			p, err = one.onward(http.MethodGet, w.Gate+"/", nil)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.account, err)
		}
		if p.StatusCode != http.StatusUnauthorized {
			return fmt.Errorf("%s: status %d after the logout", m.account, p.StatusCode)
		}
		return m.shows(two.onward(http.MethodGet, w.Gate+"/", nil))
	}
	var wg sync.WaitGroup
	gun := make(chan struct{})
	for i, m := range members {
		wg.Go(func() {
			<-gun
			if err := day(i, m); err != nil {
				t.Error(err)
			}
		})
	}
	close(gun)
	wg.Wait()
	if n := w.rows("links"); n != len(members) {
		t.Errorf("%d links were made, want %d", n, len(members))
	}
}
