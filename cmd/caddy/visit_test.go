package main

import (
	"fmt"
	"net/http"
	"net/url"
)

// What people do in a browser, step by step. Each returns the answer to its last
// request, of whatever status; an error is an answer that never came, or one
// that does not let the person go on.

// home opens the application.
func (b *browser) home() (*page, error) { return b.ask("page", "/", nil) }

// approve presses the button of the login page that was shown first, approves
// as the person in iAM Smart, and returns the address that leads back.
func (b *browser) approve(person string) (callback string, err error) {
	if b.stale == nil {
		if _, err := b.home(); err != nil {
			return "", err
		}
	}
	if b.stale == nil {
		return "", fmt.Errorf("no login page: %s", b.page)
	}
	fields, _, _, err := b.stale.form("/iamsmart/login")
	if err != nil {
		return "", err
	}
	fields.Set("device", "this")
	p, err := b.ask("login", "/iamsmart/login", fields)
	if err != nil {
		return "", err
	}
	if p.status != http.StatusSeeOther {
		return "", fmt.Errorf("starting a login: %s", p)
	}
	return decide(p.location, person)
}

// decide approves in iAM Smart.
func decide(address, person string) (callback string, err error) {
	r, err := request(address, nil)
	if err != nil {
		return "", err
	}
	p, _, err := exchange(http.DefaultTransport, r)
	if err != nil {
		return "", err
	}
	fields, _, _, err := p.form("/simulator/decide")
	if err != nil {
		return "", err
	}
	fields.Set("person", person)
	fields.Set("decision", "approve")
	to, err := r.URL.Parse("/simulator/decide")
	if err != nil {
		return "", err
	}
	if r, err = request(to.String(), fields); err != nil {
		return "", err
	}
	if p, _, err = exchange(http.DefaultTransport, r); err != nil {
		return "", err
	}
	u, err := url.Parse(p.location)
	if err != nil || p.status != http.StatusFound {
		return "", fmt.Errorf("deciding: %s", p)
	}
	return u.RequestURI(), nil
}

// comeBack is the way back from iAM Smart. Where no answer comes the address is
// kept, to be asked for again.
func (b *browser) comeBack(callback string) (*page, error) {
	b.unanswered = callback
	p, err := b.ask("callback", callback, nil)
	if err == nil {
		b.unanswered = ""
	}
	return p, err
}

// arrive logs in as far as iAM Smart and the gate go without a link-up.
func (b *browser) arrive(person string) (*page, error) {
	callback, err := b.approve(person)
	if err != nil {
		return nil, err
	}
	return b.comeBack(callback)
}

// prove gives the account's password; the answer leads to the page that names
// the account, where it was right.
func (b *browser) prove(account string) (*page, error) {
	p, err := b.ask("page", "/iamsmart/link?way=password", nil)
	if err != nil {
		return nil, err
	}
	fields, user, password, err := p.form("/iamsmart/link")
	if err != nil || password == "" {
		return nil, fmt.Errorf("no form for a password: %s", p)
	}
	fields.Set(user, account)
	fields.Set(password, passwordOf(account))
	return b.ask("password", "/iamsmart/link", fields)
}

// confirmation is the form that says yes to the account that was proven.
func (b *browser) confirmation() (url.Values, error) {
	p, err := b.ask("page", "/iamsmart/link", nil)
	if err != nil {
		return nil, err
	}
	fields, _, _, err := p.form("/iamsmart/link")
	if err != nil {
		return nil, err
	}
	fields.Set("answer", "yes")
	return fields, nil
}

// logout leaves.
func (b *browser) logout() (*page, error) {
	p, err := b.ask("page", "/iamsmart/logout", nil)
	if err != nil {
		return nil, err
	}
	fields, _, _, err := p.form("/iamsmart/logout")
	if err != nil {
		return nil, err
	}
	return b.ask("logout", "/iamsmart/logout", fields)
}

// linkUp is all of a first login, for stories in which nothing is cut.
func (b *browser) linkUp(person, account string) (*page, error) {
	p, err := b.arrive(person)
	if err != nil {
		return p, err
	}
	if p, err = b.prove(account); err != nil || p.status != http.StatusSeeOther {
		return p, err
	}
	fields, err := b.confirmation()
	if err != nil {
		return nil, err
	}
	return b.ask("confirm", "/iamsmart/link", fields)
}
