package form_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Given names and passwords that no app must see, when they are typed, then
// they are told as wrong before the app is asked anything.
func TestRefusedBeforeTheAppIsAsked(t *testing.T) {
	var asked atomic.Int32
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer app.Close()
	plain := load(t, block(app.URL))
	named := load(t, block(app.URL, `account "(.*)"`))

	for i, tt := range []struct {
		typed          string
		user, password string
	}{
		{"no name", "", "secret"},
		{"blanks alone", " \u3000", "secret"},
		{"no password", "alice", ""},
		{"NUL in the name", "ali\x00ce", "secret"},
		{"line end in the name", "alice\r\n", "secret"},
		{"NUL in the password", "alice", "sec\x00ret"},
		{"control in the password", "alice", "sec\x1bret"},
		{"a name that is no UTF-8", "ali\xffce", "secret"},
		{"a password that is no UTF-8", "alice", "sec\xffret"},
		{"a name over its bound", strings.Repeat("a", 257), "secret"},
		{"a password over its bound", "alice", strings.Repeat("a", 1025)},
	} {
		t.Run(fmt.Sprint(i, " ", tt.typed), func(t *testing.T) {
			for _, f := range []interface {
				check(*testing.T, string, string) error
			}{checker{plain}, checker{named}} {
				if err := f.check(t, tt.user, tt.password); outcome(err) != "wrong" {
					t.Errorf("%v, want wrong", err)
				}
			}
		})
	}
	for _, user := range []string{"Chan Tai Man", " alice", "陳大文", "ａｌｉｃｅ", "DOM\\alice", "a%00", "alice\u200b", strings.Repeat("a", 65), "a'b", "<b>"} {
		if err := (checker{plain}).check(t, user, "secret"); outcome(err) != "wrong" {
			t.Errorf("the name %q without an account pattern: %v, want wrong", user, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the app was asked %d times", n)
	}
}
