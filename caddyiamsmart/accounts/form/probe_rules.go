package form

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// trial is what rules are tried on: two right logins, two wrong ones, and what
// anybody sees without one.
type trial struct {
	set       settings // address and fields
	right     [2]*stay
	wrong     [2]outcome // the right name, and a random one
	strangers []*answer  // the login page, and the page after a login without one
	typed     []string   // never part of a rule
	confirmed bool       // by a page of its own
}

// rules returns the first rules, the default before others, that say yes to the
// right logins, no to the wrong ones, and yes to nothing else that was seen.
func (t *trial) rules() (success, failure []Rule, found bool) {
	failures := t.failures()
	for _, success := range t.successes() {
		for _, failure := range failures {
			if t.tells(success, failure) {
				return success, failure, true
			}
		}
	}
	return nil, nil, false
}

func (t *trial) tells(success, failure []Rule) bool {
	set := t.set
	set.success, set.failure = success, failure
	for _, s := range t.right {
		if v, _ := set.judge(s.outcome); v != yes {
			return false
		}
	}
	for _, o := range t.wrong {
		if v, _ := set.judge(o); v != no {
			return false
		}
	}
	for _, a := range t.strangers {
		if set.succeeded(outcome{login: a, final: a, form: a.page.holdsLogin(set.userField, set.passwordField)}) {
			return false
		}
	}
	return true
}

// successes are the rules to try for a yes. The default and the mark of a way
// out stand for themselves. Other signs might be there on a page that nobody has
// seen yet, such as that about a locked account: two of them have to agree,
// where there are two and no page to confirm by. Where a login leads is never
// enough alone.
func (t *trial) successes() [][]Rule {
	var sets [][]Rule
	if t.cookieCounts() {
		sets = append(sets, nil) // the default
	}
	for _, way := range t.right[0].pages[0].waysOut(t.set.url) {
		for _, mark := range t.onlyInside(way.marks) {
			sets = append(sets, []Rule{{Sign: "body", Value: mark}})
		}
	}
	signs := t.signs()
	if len(signs) > 1 && !t.confirmed {
		return append(sets, signs[:2])
	}
	for _, r := range signs {
		if r.Sign != "location" || t.confirmed {
			sets = append(sets, []Rule{r})
		}
	}
	return sets
}

// signs are what both right logins show and no wrong one, at most one of a kind,
// what lasts longest first.
func (t *trial) signs() []Rule {
	var signs []Rule
	if a, b := t.right[0].login.location, t.right[1].login.location; a != nil && b != nil {
		if start := t.start(a, b); start != "" && !strings.HasSuffix(start, "/") && !strings.HasPrefix(t.set.url.RequestURI(), start) {
			signs = append(signs, Rule{Sign: "location", Value: start})
		}
	}
	for _, texts := range [][]string{t.greetings(), t.addresses()} {
		if kept := t.onlyInside(texts); len(kept) > 0 {
			signs = append(signs, Rule{Sign: "body", Value: kept[0]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.right[0].changed)) {
		if t.right[1].changed[name] && !t.changedByWrong(name) && !tokenLike(name) && writable(name) {
			return append(signs, Rule{Sign: "cookie", Value: name})
		}
	}
	return signs
}

// cookieCounts tells whether the default sign of success means anything: where
// a wrong login changes the same cookies, all that is left of it is that the
// form is gone, as it is on the page that says an account is locked.
func (t *trial) cookieCounts() bool {
	return t.hasOwnCookie(t.right[0]) && t.hasOwnCookie(t.right[1])
}

func (t *trial) hasOwnCookie(s *stay) bool {
	for name := range s.changed {
		if !t.changedByWrong(name) {
			return true
		}
	}
	return false
}

func (t *trial) changedByWrong(name string) bool {
	return t.wrong[0].changed[name] || t.wrong[1].changed[name]
}

func (t *trial) greetings() []string {
	return greeting.FindAllString(t.right[0].pages[0].view.text(), -1)
}

// addresses are where the page after the login leads to, without their queries.
func (t *trial) addresses() []string {
	var found []string
	v := t.right[0].pages[0].view
	for _, href := range slices.Concat(v.leads, v.jumps) {
		found = append(found, strings.FieldsFunc(href, func(r rune) bool { return strings.ContainsRune("?#;&", r) })...)
	}
	for _, link := range v.links {
		path, _, _ := strings.Cut(link.href, "?")
		found = append(found, path)
	}
	return found
}

// onlyInside keeps the texts that both pages after a right login have and no
// other page, as far as a rule can hold them.
func (t *trial) onlyInside(texts []string) []string {
	var kept []string
	for _, text := range texts {
		if len(kept) == maxCandidates {
			break
		}
		if !slices.Contains(kept, text) && t.fits(text) && t.right[0].final.page.holds(text) && t.right[1].final.page.holds(text) && !t.heldOutside(text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// fits tells whether a rule can hold the text as it is.
func (t *trial) fits(text string) bool {
	return slices.Equal(phrases(text, t.typed...), []string{text})
}

// maxCandidates bounds the texts that are tried for one rule.
const maxCandidates = 20

func (t *trial) heldOutside(text string) bool {
	for _, o := range t.wrong {
		if o.final.page.holds(text) {
			return true
		}
	}
	return slices.ContainsFunc(t.strangers, func(a *answer) bool { return a.page.holds(text) })
}

// failures are the rules to try for a stated no. That the app answers with 200
// is none: so may any page.
func (t *trial) failures() [][]Rule {
	sets := [][]Rule{nil} // the default
	a, b := t.wrong[0].login, t.wrong[1].login
	if a.status == b.status && a.status >= http.StatusBadRequest {
		sets = append(sets, []Rule{{Sign: "status", Value: strconv.Itoa(a.status)}})
	}
	if a.location != nil && b.location != nil {
		if start := t.start(a.location, b.location); start != "" {
			sets = append(sets, []Rule{{Sign: "location", Value: start}})
		}
	}
	own, other := t.refusals(0), t.refusals(1)
	for _, text := range own {
		if t.wrong[1].final.page.holds(text) {
			sets = append(sets, []Rule{{Sign: "body", Value: text}})
		}
	}
	if len(own) > 0 && len(other) > 0 {
		sets = append(sets, []Rule{{Sign: "body", Value: own[0]}, {Sign: "body", Value: other[0]}})
	}
	return sets
}

// refusals are the texts of a wrong login's page that no other page has, those
// that sound like a no first.
func (t *trial) refusals(which int) []string {
	p := t.wrong[which].final.page
	var sounding, others []string
	v := p.view()
	texts := slices.Clone(v.alerts)
	for _, r := range v.runs {
		texts = append(texts, r.text)
	}
	for _, whole := range texts {
		for _, text := range phrases(whole, t.typed...) {
			switch {
			case len(sounding)+len(others) == maxCandidates, !p.holds(text), t.heldElsewhere(text):
			case refusal.MatchString(text):
				sounding = append(sounding, text)
			default:
				others = append(others, text)
			}
		}
	}
	return append(sounding, others...)
}

func (t *trial) heldElsewhere(text string) bool {
	return t.right[0].final.page.holds(text) || t.right[1].final.page.holds(text) ||
		slices.ContainsFunc(t.strangers, func(a *answer) bool { return a.page.holds(text) })
}

// start is how two addresses begin, if nothing typed is in it.
func (t *trial) start(a, b *url.URL) string {
	start := lastingStart(a, b)
	plain, err := url.PathUnescape(start)
	if err != nil || !writable(start) || !writable(plain) {
		return ""
	}
	for _, typed := range t.typed {
		if len(typed) >= 3 && indexFold(plain, typed) >= 0 {
			return ""
		}
	}
	return start
}
