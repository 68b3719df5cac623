package pages_test

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"golang.org/x/net/html"
)

// Given any page, when a screen reader or a keyboard user meets it, then it has
// what they steer by.
func TestEveryPageIsAccessible(t *testing.T) {
	everyPage(t, func(t *testing.T, _ pages.Site, lang pages.Language, _ sample, answer *httptest.ResponseRecorder) {
		d := parse(t, answer.Body.String())
		if !strings.HasPrefix(answer.Body.String(), "<!DOCTYPE html>") {
			t.Error("no doctype: old browsers fall back to quirks")
		}
		for name, want := range map[string]int{"html": 1, "title": 1, "h1": 1, "main": 1, "header": 1, "nav": 1} {
			if got := len(d.all(name)); got != want {
				t.Errorf("%d of <%s>, want %d", got, name, want)
			}
		}
		if got := value(d.all("html")[0], "lang"); got != string(lang) {
			t.Errorf("lang=%q, want %q", got, lang)
		}
		for _, name := range []string{"title", "h1", "p", "li", "label", "button", "a", "summary"} {
			for _, n := range d.all(name) {
				if n.FirstChild == nil || strings.TrimSpace(textOf(n)) == "" {
					t.Errorf("<%s> is empty", name)
				}
			}
		}
		checkReferences(t, d)
	})
}

// textOf is text, also of the title, which text leaves out with the head.
func textOf(n *html.Node) string {
	if n.Data == "title" {
		return n.FirstChild.Data
	}
	return text(n)
}

// checkReferences makes sure that ids are single and that labels and descriptions meet theirs.
func checkReferences(t *testing.T, d document) {
	t.Helper()
	ids := map[string]int{}
	for _, n := range d.all("*") {
		if id, ok := attribute(n, "id"); ok {
			ids[id]++
		}
	}
	for id, count := range ids {
		if count != 1 {
			t.Errorf("id %q occurs %d times", id, count)
		}
	}
	for _, n := range d.all("*") {
		for _, id := range strings.Fields(value(n, "aria-describedby")) {
			if ids[id] == 0 {
				t.Errorf("aria-describedby names %q, which is not there", id)
			}
		}
	}
	for _, input := range d.all("input") {
		if value(input, "type") == "hidden" {
			continue
		}
		if labels := d.where("label", "for", value(input, "id")); len(labels) != 1 {
			t.Errorf("input %q has %d labels", value(input, "id"), len(labels))
		}
	}
}

// Given any page, when it is drawn, then nothing in it needs what its policy forbids,
// and every way out of it is one that we know.
func TestEveryPageKeepsToItsPolicy(t *testing.T) {
	everyPage(t, func(t *testing.T, site pages.Site, _ pages.Language, s sample, answer *httptest.ResponseRecorder) {
		prefix := site.Prefix
		if prefix == "" {
			prefix = "/iamsmart"
		}
		d := parse(t, answer.Body.String())
		for _, n := range d.all("*") {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("<%s> has an inline %s", n.Data, a.Key)
				}
			}
			if value(n, "target") == "_blank" && value(n, "rel") != "noopener" {
				t.Errorf("<%s> opens a tab that can reach back", n.Data)
			}
		}
		for _, name := range []string{"style", "iframe", "object", "base"} {
			if len(d.all(name)) > 0 {
				t.Errorf("has <%s>", name)
			}
		}
		for _, f := range d.all("form") {
			if value(f, "method") != "post" {
				t.Error("a form does not post")
			}
			rest, ok := strings.CutPrefix(value(f, "action"), prefix+"/")
			if resume, is := s.page.(pages.Resume); is && value(f, "action") == strings.NewReplacer("<", "%3c", ">", "%3e").Replace(resume.Address) {
				continue // what was typed goes to the app itself
			}
			if !ok || !slices.Contains([]string{"login", "direct", "link", "link/done", "stepup", "resume", "account", "logout", "language"}, rest) {
				t.Errorf("a form goes to %q", value(f, "action"))
			}
		}
		if starts := len(d.where("form", "class", "start")) > 0; starts != s.starts {
			t.Errorf("start form: %v, want %v", starts, s.starts)
		}
	})
}

var official = map[pages.Language]struct{ login, proceed, again, more, site string }{
	pages.English:            {"Login with iAM Smart", "Continue with iAM Smart", "Authentication with iAM Smart", "More info", "https://www.iamsmart.gov.hk/en/"},
	pages.TraditionalChinese: {"智方便登入", "以智方便繼續", "智方便認證", "了解更多", "https://www.iamsmart.gov.hk/tc/"},
	pages.SimplifiedChinese:  {"智方便登入", "以智方便继续", "智方便认证", "了解更多", "https://www.iamsmart.gov.hk/sc/"},
}

// Given a page that can start iAM Smart, when it is drawn, then it has the two
// things that iAM Smart asks for; and no other page bears the official button.
func TestOfficialButtonAndMoreInfo(t *testing.T) {
	everyPage(t, func(t *testing.T, site pages.Site, lang pages.Language, s sample, answer *httptest.ResponseRecorder) {
		d, want := parse(t, answer.Body.String()), official[lang]
		buttons := d.where("button", "class", "iamsmart")
		if !s.starts {
			if len(buttons) != 0 {
				t.Error("the official button is on a page that starts nothing")
			}
			return
		}
		words, count := want.login, 1
		switch page := s.page.(type) {
		case pages.HKICAsk, pages.RegisterAsk: // iAM Smart is asked for something, and nobody logs in
			words = want.proceed
		case pages.StepUp:
			words = want.again
		case pages.Account:
			if page.CanAdd {
				count = 2
			}
		}
		if len(buttons) != count {
			t.Fatalf("%d official buttons, want %d", len(buttons), count)
		}
		for _, button := range buttons {
			if text(button) != words {
				t.Errorf("the official button reads %q, want %q", text(button), words)
			}
			if value(button, "name") != "device" || value(button, "value") != "this" {
				t.Error("the official button does not send device=this")
			}
			if pictures := under(button, "img"); len(pictures) != min(len(site.Logo), 1) {
				t.Errorf("%d pictures on the button", len(pictures))
			}
		}
		found := false
		for _, a := range d.where("a", "href", want.site) {
			found = found || text(a) == want.more && value(a, "target") == "_blank"
		}
		if !found {
			t.Errorf("no link %q to %s in a new tab", want.more, want.site)
		}
	})
}

// Given any page, when it is read, then all its placeholders are filled and no
// part that was left out leaves its punctuation behind.
func TestNoLeftovers(t *testing.T) {
	leftover := regexp.MustCompile(`[{}]|%!|<nil>|，，|。。|：。|\(\)|（）|\w  \w| [.,;:]|0001`)
	everyPage(t, func(t *testing.T, _ pages.Site, _ pages.Language, _ sample, answer *httptest.ResponseRecorder) {
		d := parse(t, answer.Body.String())
		for _, n := range append(d.all("p"), append(d.all("li"), append(d.all("h1"), d.all("title")...)...)...) {
			if found := leftover.FindString(textOf(n)); found != "" {
				t.Errorf("%q is left in %q", found, textOf(n))
			}
		}
	})
}

// Given two pages about different things, when their tabs stand side by side,
// then their titles differ.
func TestTitlesDiffer(t *testing.T) {
	for name, site := range sites {
		for _, lang := range everyLanguage {
			owner := map[string]string{}
			for _, s := range samples() {
				title := textOf(parse(t, write(t, newPages(t, site), lang, s.page).Body.String()).all("title")[0])
				if other, taken := owner[title]; taken && other != s.kind {
					t.Errorf("%s, %s: %q and %q share the title %q", name, lang, other, s.kind, title)
				}
				owner[title] = s.kind
				if !strings.Contains(title, site.Service) {
					t.Errorf("title %q does not name the service", title)
				}
			}
		}
	}
}

// Given any page, when somebody reads another language, then two buttons switch
// to it and the third entry says what is shown now.
func TestLanguageSwitch(t *testing.T) {
	labels := map[string]string{"zh-HK": "繁體中文", "zh-CN": "简体中文", "en": "English"}
	everyPage(t, func(t *testing.T, _ pages.Site, lang pages.Language, s sample, answer *httptest.ResponseRecorder) {
		d := parse(t, answer.Body.String())
		form := d.formTo("/language")
		if len(form) != 1 {
			t.Fatalf("%d language forms", len(form))
		}
		buttons := under(form[0], "button")
		if len(buttons) != 2 {
			t.Fatalf("%d language buttons, want 2", len(buttons))
		}
		for _, b := range buttons {
			tag := value(b, "value")
			if tag == string(lang) || value(b, "name") != "lang" || value(b, "lang") != tag || text(b) != labels[tag] {
				t.Errorf("button %q reads %q in lang %q", tag, text(b), value(b, "lang"))
			}
		}
		current := d.where("span", "aria-current", "true")
		if len(current) != 1 || text(current[0]) != labels[string(lang)] {
			t.Error("the language of the page is not marked")
		}
		if _, top := attribute(form[0], "target"); top != (s.framed()) {
			t.Errorf("language form with target: %v", top)
		}
	})
}
