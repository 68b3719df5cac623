package caddyiamsmart

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// headerActs show an administrator what the application is told.
var headerActs = map[string]adminAct{"headers": showHeaders}

// headersAsk asks what goes upstream for an account.
type headersAsk struct {
	Account string `json:"account"`        // its name
	Path    string `json:"path,omitempty"` // that is asked for; default: /
}

type headersAnswer struct {
	Account  string            `json:"account"`   // as the application spells it
	LookedUp bool              `json:"looked_up"` // whether the accounts know of it
	Path     string            `json:"path"`
	Certain  bool              `json:"certain"` // false where servers may read the path in ways that lead to different headers
	People   []headersOfPerson `json:"people"`  // one for each link; one who is made up where there is none
	Removed  []string          `json:"removed"` // from what clients send, in any spelling; a star stands for the rest of a name
}

type headersOfPerson struct {
	Person   string        `json:"person,omitempty"`   // the pseudonym that applications see; none where nobody is linked
	Standing string        `json:"standing,omitempty"` // what the link is worth now
	Headers  []headerShown `json:"headers"`
	Absent   []string      `json:"absent"` // mapped, but not sent here
	Faults   []headerFault `json:"faults"` // for each of them the request is refused with 502

	Assertion *assertionShown `json:"assertion,omitempty"`
}

// assertionShown is what an assertion says. The signed text itself is shown to nobody:
// whoever has it is that person for a minute.
type assertionShown struct {
	Header string         `json:"header"`
	Claims map[string]any `json:"claims"` // without those that are another each time
}

type headerShown struct {
	Name    string `json:"name"`
	Value   string `json:"value"`             // bytes that are no text are escaped
	Hex     string `json:"hex,omitempty"`     // of a value that is not all ASCII
	Example bool   `json:"example,omitempty"` // what only a login knows is made up
}

type headerFault struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// showHeaders has the gate work out what it would send. Whoever asks sees what
// iAM Smart said of the people, so it is written down that they did.
func showHeaders(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask headersAsk
	if err := readAsk(text, &ask); err != nil {
		return nil, err
	}
	path, err := o.pathOf(&ask)
	if err != nil {
		return nil, err
	}
	f, looked, err := o.account(ctx, ask.Account, true) // nothing is given to the name
	if err != nil {
		return nil, err
	}
	links, err := o.desk.links.OfAccount(ctx, f.Account)
	if err != nil {
		return nil, err
	}
	answer := headersAnswer{Account: f.Name, LookedUp: looked, Path: ask.Path, Removed: upstream.Removed(o.gate.headers.Names())}
	for _, link := range links {
		who := headersOfPerson{Person: o.gate.pseudonym(o.desk, link.Person), Standing: o.standingOf(ctx, link)}
		one := o.gate.identityOf(o.desk, link, f.Attributes)
		two := one
		one.LoginTime, two.LoginTime = exampleTimes[0], exampleTimes[1]
		one.OpenID, two.OpenID = exampleOpenIDs[0], exampleOpenIDs[1]
		answer.People = append(answer.People, o.gate.shown(who, one, two, path))
		err := o.desk.trail.Write(ctx, o.desk.rows, store.Audit{Event: eventHeadersRead, Person: who.Person, Account: f.Name, Source: f.source, Actor: o.actor})
		if err != nil {
			return nil, err
		}
	}
	if len(links) == 0 {
		one, two := o.gate.examples(f)
		answer.People = append(answer.People, o.gate.shown(headersOfPerson{}, one, two, path))
	}
	_, _, answer.Certain = o.gate.headers.Render(upstream.Identity{}).Preview(path)
	return answer, nil
}

// pathOf reads the path that is asked about as that of a request.
func (o office) pathOf(ask *headersAsk) (upstream.Path, error) {
	if ask.Path == "" {
		ask.Path = "/"
	}
	u, err := url.ParseRequestURI(ask.Path)
	if err != nil || u.Host != "" {
		return upstream.Path{}, refusedAct(http.StatusBadRequest, "that is no path; it is written as in an address, and begins with a slash")
	}
	upstream.Repair(u)
	path, err := upstream.ParsePath(u, ask.Path)
	if err != nil {
		return upstream.Path{}, refusedAct(http.StatusBadRequest, "requests for such a path are answered 400, so nothing goes to the application")
	}
	if path.Under(o.gate.Prefix) {
		return upstream.Path{}, refusedAct(http.StatusBadRequest, "what lies under "+o.gate.Prefix+" is the gate's own, so nothing goes to the application")
	}
	return path, nil
}

// exampleTimes stand for a login that nobody has made yet.
var exampleTimes = [2]time.Time{time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC), time.Date(2026, 1, 31, 9, 31, 0, 0, time.UTC)}

// exampleOpenIDs stand for what is kept in sessions alone, and shown to nobody.
var exampleOpenIDs = [2]string{"openID-of-the-person-a", "openID-of-the-person-b"}

// examples are two people who could be linked to an account, and differ in all that
// is not known of a person before.
func (g *Gate) examples(f found) (one, two upstream.Identity) {
	one = upstream.Identity{Account: f.Name, Realm: g.Realm, App: g.App, Attributes: f.Attributes}
	two = one
	one.Person, two.Person = "pseudonym-of-the-person-a", "pseudonym-of-the-person-b"
	one.UserType, two.UserType = "default", "sign"
	one.LinkMethod, two.LinkMethod = linkup.ByPassword, linkup.ByCode
	one.LoginTime, two.LoginTime = exampleTimes[0], exampleTimes[1]
	one.OpenID, two.OpenID = exampleOpenIDs[0], exampleOpenIDs[1]
	one.NameEN, two.NameEN = "CHAN, Tai Man", "LEE, Mei Ling"
	one.NameZH, two.NameZH = "陳大文", "李美玲"
	one.BirthDate, two.BirthDate = "1980-12-31", "1975-01-02"
	one.Gender, two.Gender = "M", "F"
	return one, two
}

// shown is what goes for a person: one with all that is known of them and examples
// for the rest, two with other examples.
func (g *Gate) shown(who headersOfPerson, one, two upstream.Identity, path upstream.Path) headersOfPerson {
	who.Headers, who.Absent, who.Faults = []headerShown{}, []string{}, []headerFault{}
	sent, faults, _ := g.headers.Render(one).Preview(path)
	other, _, _ := g.headers.Render(two).Preview(path)
	for _, fault := range faults {
		who.Faults = append(who.Faults, headerFault{fault.Header, fault.Reason})
	}
	if g.Assertion != nil {
		claims, err := g.claims(one, exampleTimes[0])
		if err != nil {
			who.Faults = append(who.Faults, headerFault{g.Assertion.HeaderName, err.Error()})
		} else {
			for _, name := range []string{"iat", "nbf", "exp", "jti"} {
				delete(claims, name)
			}
			who.Assertion = &assertionShown{g.Assertion.HeaderName, claims}
		}
	}
	for _, name := range g.headers.Names() {
		if g.Assertion != nil && name == g.Assertion.HeaderName {
			continue
		}
		for _, line := range sent[name] {
			value, hexadecimal := upstream.ShowBytes(line)
			who.Headers = append(who.Headers, headerShown{name, value, hexadecimal, !slices.Equal(sent[name], other[name])})
		}
		faulty := slices.ContainsFunc(faults, func(f *upstream.HeaderError) bool { return f.Header == name })
		if len(sent[name]) == 0 && !faulty {
			who.Absent = append(who.Absent, name)
		}
	}
	return who
}
