package caddyiamsmart

import (
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// Rule says what people must have who open certain pages. It beats `public` and `mode
// optional`: without a login nobody opens them.
type Rule struct {
	// The requests that the rule is for, by Caddy's matchers. They see the path in every
	// way in which a server may read it, and the rule is for a request if it is for one
	// of them. The path `/folder/*` stands for `/folder` too. Default: all requests.
	MatcherSetsRaw caddyhttp.RawMatcherSets `json:"match,omitempty" caddy:"namespace=http.matchers"`

	// What the account's record must say, all of it. Default: nothing.
	Attributes []RequiredAttribute `json:"attributes,omitempty"`

	// How the account must have been linked, one of these: `password`, `hkic`, `code`,
	// `register`, `request`, `import`. Default: any way.
	LinkMethod []string `json:"link_method,omitempty"`

	// Which iAM Smart the person must have: `sign` for iAM Smart+. Default: any.
	UserType string `json:"user_type,omitempty"`

	// How long ago the person may have logged in, a minute or more. Who did so before
	// sees the login page, and then the page that they asked for. Default: as long as
	// the session lasts.
	LoginAge caddy.Duration `json:"login_age,omitempty"`

	// How long ago the person may have shown themselves once more in iAM Smart, within
	// this login; a minute or more. Who did not is asked to, and then sees the page that
	// they asked for. It needs the scope `eidapi_fr` from iAM Smart. Default: never.
	StepUp caddy.Duration `json:"step_up,omitempty"`

	matchers caddyhttp.MatcherSets
}

// RequiredAttribute is one thing that an account's record must say.
type RequiredAttribute struct {
	// The attribute, as `accounts` names it. Required.
	Name string `json:"name,omitempty"`

	// Its values, letter by letter, of which the record must have one. Required: at
	// least one.
	Values []string `json:"values,omitempty"`
}

// lack is what a person has not got that a rule asks for. Of several the one counts
// that the person can do the least about.
type lack int

const (
	lackNothing   lack = iota
	lackStepUp         // a step-up that is recent enough
	lackLogin          // a login that is recent enough
	lackUserType       // iAM Smart+
	lackMethod         // a link that was made in another way
	lackAttribute      // something in the account's record
)

// appliesTo tells whether the rule is for a request as it stands. A matcher that fails
// does not lift it.
func (rule *Rule) appliesTo(r *http.Request) bool {
	yes, err := rule.matchers.AnyMatchWithError(r)
	return yes || err != nil
}

func (rule *Rule) lacks(s *stamp, who session.Linked, now time.Time) lack {
	for _, a := range rule.Attributes {
		if !slices.ContainsFunc(s.record.Attributes[a.Name], func(value string) bool { return slices.Contains(a.Values, value) }) {
			return lackAttribute
		}
	}
	switch {
	case len(rule.LinkMethod) > 0 && !slices.Contains(rule.LinkMethod, who.Way()):
		return lackMethod
	case rule.UserType != "" && who.UserType() != rule.UserType:
		return lackUserType
	case rule.LoginAge > 0 && now.Sub(who.LoginAt()) > time.Duration(rule.LoginAge):
		return lackLogin
	case rule.StepUp > 0 && now.Sub(who.SteppedUpAt()) > time.Duration(rule.StepUp):
		return lackStepUp
	}
	return lackNothing
}

// ruleSet holds a bit for each rule of a gate.
type ruleSet uint64

const maxRules = 64

// ruleNow is the clock of login_age and step_up. Only tests change it.
var ruleNow = time.Now

// rulesFor are the rules that a request comes under. The matchers are shown each form
// of its path in the place of the path.
func (g *Gate) rulesFor(r *http.Request, path upstream.Path) ruleSet {
	if len(g.Require) == 0 {
		return 0
	}
	var found ruleSet
	all := ruleSet(1)<<len(g.Require) - 1
	judge := func() bool {
		for i := range g.Require {
			if bit := ruleSet(1) << i; found&bit == 0 && g.Require[i].appliesTo(r) {
				found |= bit
			}
		}
		return found == all
	}
	if judge() {
		return found
	}
	asItCame := *r.URL
	defer func() { *r.URL = asItCame }()
	if path.AnyForm(func(form string) bool {
		r.URL.Path, r.URL.RawPath = form, ""
		return judge()
	}) {
		return all
	}
	return found
}

// lacking is what a person has not got of what rules ask for.
func (g *Gate) lacking(rules ruleSet, s *stamp, who session.Linked) (worst lack) {
	if rules == 0 {
		return lackNothing
	}
	now := ruleNow()
	for i := range g.Require {
		if rules&(1<<i) != 0 {
			worst = max(worst, g.Require[i].lacks(s, who, now))
		}
	}
	return worst
}

// still tells whether a person may go on with what the rules let begin. How long ago
// they logged in or stepped up counts at the beginning alone.
func (g *Gate) still(rules ruleSet, s *stamp, who session.Linked) bool {
	return g.lacking(rules, s, who) <= lackLogin
}
