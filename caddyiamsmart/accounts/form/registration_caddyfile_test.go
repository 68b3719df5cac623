package form_test

import (
	"strings"
	"testing"
)

// Given a block with a mistake, when it is loaded, then the error says what was
// found and what was expected.
func TestMistakesInARegistration(t *testing.T) {
	const user = "field user {iamsmart.username}"
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"no field", nil, []string{"register form: expected 'field <name> <template>'"}},
		{"no user name", []string{"field pass {iamsmart.password}"}, []string{"{iamsmart.username}"}},
		{"a field twice", []string{user, user}, []string{"found user twice"}},
		{"a field without text", []string{"field user"}, []string{"too little", "field <name> <template>", ":2"}},
		{"blanks without quotes", []string{"field user a b"}, []string{"quotes"}},
		{"an unknown option", []string{user, "feild a b"}, []string{"unknown option 'feild'", "did you mean 'field'?", ":3"}},
		{"an option of the login form", []string{user, "expired body x"}, []string{"unknown option 'expired'", "field, success, failure"}},
		{"an unknown placeholder", []string{"field user {iamsmart.usrname}"}, []string{"did you mean {iamsmart.username}?"}},
		{"a short placeholder", []string{"field user {name.en}"}, []string{"did you mean {iamsmart.name.en}?"}},
		{"a placeholder of a person", []string{"field user {person.username}"}, []string{"did you mean {iamsmart.username}?"}},
		{"a placeholder of something else", []string{"field user {http.request.host}"}, []string{"there are {iamsmart.username}, "}},
		{"an open brace", []string{`field user "{iamsmart.username"`}, []string{"no closing brace"}},
		{"a variable that is not set", []string{user, "field key {env.IAMSMART_NOT_SET}"}, []string{"{env.IAMSMART_NOT_SET} is empty"}},
		{"only an absence", []string{user, "success not body x"}, []string{"without 'not'"}},
		{"a failure by cookie", []string{user, "failure cookie x"}, []string{"failure: an unknown sign 'cookie'"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tryRegister(opening("http://a/", tt.lines...))
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not hold %q", err, want)
				}
			}
		})
	}
	for _, address := range []string{"", "ftp://a/", "http://me:hidden@a/", "http://a/#x"} {
		if _, err := tryRegister(opening(address, user)); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v", address, err)
		}
	}
	t.Setenv("IAMSMART_TEST_CODE", "{iamsmart.password}")
	app := newClinic(t)
	app.page = `<form method=post><input type=hidden name=csrf value=token-8Q><input name=user><input name=code></form>`
	if err := register(t, opening(app.URL+"/join", user, "field code x{env.IAMSMART_TEST_CODE}")).OpenAccount(t.Context(), carol()); err != nil {
		t.Fatal(err)
	}
	if got := app.posts(); len(got) != 1 || !strings.Contains(got[0], "code=x%7Biamsmart.password%7D") {
		t.Errorf("a variable is read as a template: %q", got)
	}
}
