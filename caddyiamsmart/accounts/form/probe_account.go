package form

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	nearName = 300 // bytes of source between what announces a name and the name
	sideName = 40  // bytes of source at a name's sides that may become part of a pattern
)

// occurrences are the places of a page's source where a name stands as visible
// text, by itself: "Alice" in "Alice Chan" is none.
func occurrences(p seenPage, name string) []int {
	var found []int
	for _, r := range p.view.runs {
		for from := 0; len(found) < maxPlaces; {
			i := indexFold(r.text[from:], name)
			if i < 0 {
				break
			}
			begin, end := from+i, from+i+len(name)
			if alone(r.text[:begin], r.text[end:]) {
				found = append(found, r.begin+begin)
			}
			from = end
		}
	}
	return found
}

const maxPlaces = 50

// alone tells whether a name stands by itself between what comes before and
// after it in one run of text.
func alone(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(before))
	first, _ := utf8.DecodeRuneInString(strings.TrimSpace(after))
	opens := strings.TrimSpace(before) == "" || strings.ContainsRune("([（【「:：,，|/", last) || named.MatchString(before)
	closes := strings.TrimSpace(after) == "" || strings.ContainsRune(")]）】」!！,，|/", first)
	return opens && closes
}

// indexFold is [strings.Index] whatever the case of ASCII letters.
func indexFold(s, name string) int {
	for i := 0; i+len(name) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(name)], name) {
			return i
		}
	}
	return -1
}

// accountPattern looks for a place that announces who is logged in, and returns
// the pattern that reads it and the name that is shown there. The pattern has to
// find the same in both pages, of two logins, and nothing in those that a
// stranger sees. It is "" where there is none.
//
// A name that merely stands somewhere will not do: the first of a list of users
// would be everybody's name.
func accountPattern(first, second seenPage, strangers []*page, username string) (pattern, shown string) {
	for _, at := range occurrences(first, username) {
		pattern := patternAt(first, at, len(username))
		if !writable(pattern) {
			continue
		}
		reads := settings{account: regexp.MustCompile(pattern)}
		name, err := reads.accountName("", first.page)
		again, errAgain := reads.accountName("", second.page)
		if err != nil || errAgain != nil || name != again || !strings.EqualFold(name, username) {
			continue
		}
		if !matchesAny(reads.account, strangers) {
			return pattern, name
		}
	}
	return "", ""
}

func matchesAny(pattern *regexp.Regexp, pages []*page) bool {
	for _, p := range pages {
		if p != nil && pattern.MatchString(p.text) {
			return true
		}
	}
	return false
}

// patternAt builds the pattern for one place: the words that announce the name,
// whatever comes between, and the source right before and after the name.
func patternAt(p seenPage, at, length int) string {
	words, end := announcement(p, at)
	if words == "" {
		return ""
	}
	after := closing(p.text[at+length:])
	if after == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(after)
	group := "([^" + regexp.QuoteMeta(string(first)) + "]+)" + regexp.QuoteMeta(after)
	between := p.text[end:at]
	if len(between) <= 3 && !strings.ContainsAny(between, "<>\r\n") {
		return regexp.QuoteMeta(words+between) + group
	}
	side := opening(between)
	if side == "" {
		return ""
	}
	return "(?s)" + regexp.QuoteMeta(words) + ".{0,300}?" + regexp.QuoteMeta(side) + group
}

// announcement returns the last visible words before a place that announce a
// name, such as "Logged in as:", and where they end.
func announcement(p seenPage, at int) (words string, end int) {
	for i := len(p.view.runs) - 1; i >= 0; i-- {
		r := p.view.runs[i]
		if r.begin > at {
			continue
		}
		if at-r.begin > nearName {
			break
		}
		text := r.text[:min(len(r.text), at-r.begin)]
		found := named.FindString(text)
		if all := announces.FindAllString(text, -1); found == "" && len(all) > 0 {
			found = all[len(all)-1]
		}
		if found != "" {
			words := strings.TrimRight(found, " \t\r\n(（[【")
			return words, r.begin + strings.LastIndex(text, found) + len(words)
		}
	}
	return "", 0
}

// opening is the end of what stands before a name: its tag, and a bracket before
// that. A bracket alone will not do: another name, which people may choose for
// themselves, can hold one too.
func opening(before string) string {
	i := strings.LastIndexByte(before, '<')
	if i < 0 {
		return ""
	}
	head := strings.TrimSpace(before[:i])
	if last, size := utf8.DecodeLastRuneInString(head); strings.ContainsRune("([（【「", last) {
		i = strings.LastIndex(before[:i], head) + len(head) - size
	}
	return lasting(strings.TrimSpace(before[i:]))
}

// closing is the begin of what stands after a name.
func closing(after string) string {
	if i := strings.IndexByte(after, '>'); i >= 0 && strings.HasPrefix(strings.TrimSpace(after), "<") {
		return lasting(strings.TrimSpace(after[:i+1]))
	}
	after = strings.TrimSpace(after)
	_, size := utf8.DecodeRuneInString(after)
	return lasting(after[:size])
}

// lasting refuses what is long, of one visit, or not to be written in a
// Caddyfile.
func lasting(source string) string {
	if len(source) > sideName || tokenLike(strings.Trim(source, "</>")) && strings.ContainsAny(source, "0123456789") ||
		strings.ContainsAny(source, "`{}\\") || strings.ContainsFunc(source, accounts.Unseen) {
		return ""
	}
	return source
}
