package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/routes"
	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	idleLong = time.Hour
	maxLong  = 24 * time.Hour
)

// standing is a gate with all the places at which it stands.
type standing struct {
	*Gate
	places      []*routes.Gate
	accounts    []byte // as text, to compare
	accountsURL string // where they are asked over HTTP
}

// standings lists the gates with options, each once.
func (c *checked) standings() ([]*standing, error) {
	var list []*standing
	known := make(map[string]*standing)
	for _, place := range c.plan.Gates {
		if place.Bare || place.Error {
			continue
		}
		s, ok := known[string(place.Config)]
		if !ok {
			gate, err := c.loadGate(place.Config)
			if err != nil {
				return nil, err
			}
			s = &standing{Gate: gate}
			s.accounts, s.accountsURL = accountsOf(place.Config)
			known[string(place.Config)] = s
			list = append(list, s)
		}
		s.places = append(s.places, place)
	}
	return list, nil
}

// check looks at the options of a gate, and starts to try its form rules.
func (s *standing) check(ctx context.Context, sight *store.Sight) part {
	p := part{title: partGate.of(s.origin)}
	p.findings = append(p.findings, gateRegister.of(s.callbackURL(), s.realm.clientID))
	if s.realm.direct {
		p.findings = append(p.findings, gateRegisterDirect.of(s.origin+s.Prefix+"/direct", s.realm.clientID))
	}
	for _, kind := range s.profileKinds() {
		p.findings = append(p.findings, gateRegisterCallback.of(s.serverCallbackURL(kind), s.realm.clientID))
	}
	if s.stepsUp() {
		p.findings = append(p.findings, gateRegisterStepUp.of(s.serverCallbackURL(requestReauthentication), s.realm.clientID))
	}
	if s.Mode == modeOptional {
		p.findings = append(p.findings, gateOptional.of())
	}
	p.findings = append(p.findings, s.addressFindings()...)
	p.findings = append(p.findings, s.headerFindings()...)
	p.findings = append(p.findings, s.doubleLoginFindings(sight)...)
	for _, open := range s.Public {
		p.findings = append(p.findings, publicFindings(open)...)
	}
	if idle, max := time.Duration(s.Session.Idle), time.Duration(s.Session.Max); idle > idleLong || max > maxLong {
		p.findings = append(p.findings, sessionLong.of(idle.String(), max.String()))
	}
	for _, one := range s.sources {
		self, ok := one.checker.(accounts.SelfChecker)
		if !ok {
			p.findings = append(p.findings, formUntried.of(one.name))
			continue
		}
		p.later = append(p.later, soon(ctx, askingApp.of(), func(ctx context.Context) []finding {
			return []finding{formFinding(one.name, self.CheckSelf(ctx))}
		}))
	}
	return p
}

func formFinding(source string, err error) finding {
	switch {
	case err == nil:
		return formGood.of(source)
	case errors.Is(err, accounts.ErrUnusable) && source != "form":
		return sourceUnfit.of(source, err)
	case errors.Is(err, accounts.ErrUnusable):
		return formOpen.of(source)
	}
	if source != "form" {
		return sourceDoubt.of(source, strings.TrimPrefix(err.Error(), accounts.ErrCannotCheck.Error()+": "))
	}
	return formDoubt.of(source, strings.TrimPrefix(err.Error(), accounts.ErrCannotCheck.Error()+": "))
}

// addressFindings compares the public address with where Caddy serves the gate.
func (s *standing) addressFindings() (found []finding) {
	if strings.HasPrefix(s.origin, "http:") {
		found = append(found, gatePlain.of(s.origin))
	}
	public, err := url.Parse(s.origin)
	if err != nil {
		return found // it was an address when it was loaded
	}
	port := portOf(public)
	var named []*routes.Gate
	for _, place := range s.places {
		if place.Dead {
			continue
		}
		if len(place.Hosts) == 0 || slices.ContainsFunc(place.Hosts, s.isHost) {
			named = append(named, place)
		}
	}
	direct := slices.IndexFunc(named, func(place *routes.Gate) bool {
		return place.Server.TLS == (public.Scheme == "https") &&
			slices.ContainsFunc(place.Server.Listen, func(l string) bool { return strconv.Itoa(routes.PortOf(l)) == port })
	})
	switch {
	case direct >= 0:
		return append(found, gateServed.of(s.origin, whereIs(named[direct].Place)))
	case len(named) > 0:
		return append(found, gateBehind.of(s.origin, whereIs(named[0].Place)))
	case slices.ContainsFunc(s.places, func(place *routes.Gate) bool { return !place.Dead }):
		return append(found, gateElsewhere.of(s.origin, whereIs(s.places[0].Place)))
	}
	return found // nobody comes to it, which is said elsewhere
}

// isHost tells whether a host matcher takes the public host.
func (s *standing) isHost(pattern string) bool {
	pattern = strings.ToLower(settle(pattern))
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		_, parent, _ := strings.Cut(s.host, ".")
		return parent == rest
	}
	return pattern == s.host
}

// headerFindings says which header carries what. A fixed text may be a secret
// that the application knows the gate by.
func (s *standing) headerFindings() []finding {
	if len(s.allHeaders()) == 0 {
		return []finding{headerNone.of()}
	}
	found := headersSent(s.HeaderUp, "")
	for _, block := range s.PathHeaders {
		found = append(found, headersSent(block.HeaderUp, " ("+strings.Join(block.Paths, " ")+")")...)
	}
	return found
}

func headersSent(list []HeaderUp, where string) (found []finding) {
	for _, h := range list {
		name := http.CanonicalHeaderKey(h.Name) + where
		if placeholders := identityPlaceholder.FindAllString(h.Template, -1); len(placeholders) > 0 {
			found = append(found, headerSent.of(name, strings.Join(placeholders, " ")))
		} else {
			found = append(found, headerText.of(name))
		}
	}
	return found
}

// scripts are the endings of what may show any page of an application by the
// query behind it.
var scripts = []string{".php", ".asp", ".aspx", ".ashx", ".jsp", ".jsf", ".do", ".action", ".cgi", ".pl", ".py", ".cfm", ".dll"}

func publicFindings(open string) []finding {
	entrance := strings.TrimSuffix(open, "/*")
	switch {
	case open == "/*":
		return []finding{publicAll.of(open)}
	case open == "/" || slices.Contains(scripts, strings.ToLower(path.Ext(entrance))):
		return []finding{publicScript.of(open)}
	}
	return nil
}

// whereIs says where something stands, in the words of addresses and matchers,
// which are of no language.
func whereIs(place routes.Place) string {
	server := place.Server
	if len(server.Listen) == 0 {
		return server.Name
	}
	scheme := "http"
	if server.TLS {
		scheme = "https"
	}
	hosts := place.Hosts
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	details := []string{strings.Join(server.Listen, " ")}
	if place.Error {
		details = append(details, "handle_errors")
	}
	details = append(details, place.Match...)
	return fmt.Sprintf("%s://%s (%s: %s)", scheme, strings.Join(hosts, ","), server.Name, strings.Join(details, "; "))
}
