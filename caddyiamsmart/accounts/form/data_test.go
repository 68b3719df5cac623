package form_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is an app with the usual login page that gives an answer of a media
// type to alice with "secret", and another to everybody else.
func answering(t *testing.T, media, right, wrong string) string {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			fmt.Fprint(w, loginForm)
			return
		case r.PostFormValue("user") == "alice" && r.PostFormValue("pass") == "secret":
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in"})
			w.Header().Set("Content-Type", media)
			fmt.Fprint(w, right)
		default:
			w.Header().Set("Content-Type", media)
			fmt.Fprint(w, wrong)
		}
	}))
	t.Cleanup(app.Close)
	return app.URL
}

// Given an app whose login page is HTML and whose answer is data for a script,
// when a login is judged by values in it, then a yes takes the value that was
// named, in an answer that says it is JSON and can be read in one way only.
func TestRulesOnJSON(t *testing.T) {
	const no = `{"ok":false,"user":null}`
	rules := func(success ...string) []string {
		return append(success, "failure json ok=false")
	}
	for _, tt := range []struct {
		name, media string // default application/json
		right       string
		rules       []string
		want        string
	}{
		{"a truth", "", `{"ok":true}`, rules("success json ok=true"), "yes"},
		{"a number", "", `{"user":{"id":42}}`, rules("success json user.id=42"), "yes"},
		{"another number", "", `{"user":{"id":420}}`, rules("success json user.id=42"), "cannot check"},
		{"a number that is written in another way", "", `{"user":{"id":42.0}}`, rules("success json user.id=42"), "cannot check"},
		{"a long number, to its last digit", "", `{"id":12345678901234567891}`, rules("success json id=12345678901234567890"), "cannot check"},
		{"text", "", `{"user":{"name":"Alice = 陳"}}`, rules(`success json "user.name=Alice = 陳"`), "yes"},
		{"text by an escape", "", `{"name":"\u9673"}`, rules("success json name=陳"), "yes"},
		{"a text that says true", "", `{"ok":"true"}`, rules("success json ok=true"), "yes"},
		{"an empty text", "", `{"error":""}`, rules("success json error="), "yes"},
		{"nothing", "", `{"error":null}`, rules("success json error=null"), "yes"},
		{"a value that is missing", "", `{}`, rules("success json error="), "cannot check"},
		{"in a list", "", `{"roles":["guest",{"name":"staff"}]}`, rules("success json roles.1.name=staff"), "yes"},
		{"behind the list's end", "", `{"roles":["staff"]}`, rules("success json roles.1=staff"), "cannot check"},
		{"before the list's begin", "", `{"roles":["staff"]}`, rules("success json roles.-1=staff"), "cannot check"},
		{"an object is no value", "", `{"ok":{"a":1}}`, rules("success json ok=true"), "cannot check"},
		{"a path through a value", "", `{"ok":true}`, rules("success json ok.ok=true"), "cannot check"},
		{"case matters", "", `{"OK":true}`, rules("success json ok=true"), "cannot check"},
		{"another value that is absent", "", `{"ok":true,"locked":false}`, rules("success json ok=true", "success not json locked=true"), "yes"},
		{"another value that is present", "", `{"ok":true,"locked":true}`, rules("success json ok=true", "success not json locked=true"), "cannot check"},
		{"with a stated no", "", `{"ok":true,"user":{"ok":false}}`, []string{"success json ok=true", "failure json user.ok=false", "failure json ok=false"}, "cannot check"},

		{"a charset", "application/json; charset=Big5", `{"name":"陳"}`, rules("success json name=陳"), "yes"},
		{"a byte order mark", "", "\xef\xbb\xbf" + `{"ok":true}`, rules("success json ok=true"), "yes"},
		{"a kind of JSON", "application/problem+json", `{"ok":true}`, rules("success json ok=true"), "yes"},
		{"a page", "text/html", `{"ok":true}`, rules("success json ok=true"), "cannot check"},
		{"a media type that is none", ";", `{"ok":true}`, rules("success json ok=true"), "cannot check"},

		{"a name that comes twice", "", `{"ok":false,"ok":true}`, rules("success json ok=true"), "cannot check"},
		{"a name that comes twice, elsewhere", "", `{"ok":true,"a":{"b":1,"b":2}}`, rules("success json ok=true"), "cannot check"},
		{"an answer that is cut", "", `{"ok":true`, rules("success json ok=true"), "cannot check"},
		{"two answers", "", `{"ok":true}{"ok":true}`, rules("success json ok=true"), "cannot check"},
		{"not JSON, where only an absence looks at it", "", `<p>Welcome`, []string{"success body Welcome", "success not json ok=false", "failure json ok=false"}, "cannot check"},
		{"32 levels", "", `{"ok":true,"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + "}", rules("success json ok=true"), "yes"},
		{"33 levels", "", `{"ok":true,"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", rules("success json ok=true"), "cannot check"},
		{"100000 levels", "", strings.Repeat("[", 100_000), rules("success json ok=true"), "cannot check"},
		{"256 KiB", "", `{"ok":true}` + strings.Repeat(" ", 256<<10-11), rules("success json ok=true"), "yes"},
		{"a byte more", "", `{"ok":true}` + strings.Repeat(" ", 256<<10-10), rules("success json ok=true"), "cannot check"},

		{"no form is missed in data", "", `{"ok":true}`, []string{"failure json ok=false"}, "cannot check"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			media := tt.media
			if media == "" {
				media = "application/json"
			}
			wrong := no
			if !strings.Contains(media, "json") { // a stranger has to be refused all the same
				wrong, tt.rules = "Wrong password", append(tt.rules, `failure body "Wrong password"`)
			}
			f := checker{load(t, block(answering(t, media, tt.right, wrong), tt.rules...))}
			if err := f.check(t, "alice", "secret"); outcome(err) != tt.want {
				t.Errorf("the right password came to %s, want %s (%v)", outcome(err), tt.want, err)
			}
			if err := f.check(t, "alice", "sesame"); outcome(err) != "wrong" {
				t.Errorf("a wrong password came to %s (%v)", outcome(err), err)
			}
		})
	}
}
