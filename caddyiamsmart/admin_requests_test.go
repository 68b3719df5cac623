package caddyiamsmart_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Given requests for accounts, when an administrator lists, reads and decides them,
// then each decision is told or its reason, what was filled in is gone with it, and the
// trail says who read and decided.
func TestAnAdministratorDecidesRequests(t *testing.T) {
	o := newOffice(t, staffGate)
	form := map[string]string{"name_en": "CHAN, Test Siu Ming", "name_zh": "陳小明", "mobile": "852 91230001\x1b[2J"}
	o.holds([]store.Link{link(9, "KWong", "key:18", "", "file", "password")},
		o.request(1, form), o.request(2, map[string]string{"name_en": "WONG, May Ling"}), o.request(3, form), o.request(9, form))
	var secrets []string
	for _, value := range form {
		secrets = append(secrets, strings.Split(value, "\x1b")[0])
	}

	for _, tt := range []struct {
		name, args string
		code       int
		golden     string
		says       []string
	}{
		{"those that wait", "list", 0, "requests_list.txt", nil},
		{"what was filled in", "show 1", 0, "requests_show.txt", nil},
		{"in Chinese", "show 2 --lang zh-HK", 0, "requests_show.zh.txt", nil},
		{"no such request", "show 77", 1, "", []string{"there is no such entry"}},
		{"another gate's", "show 1 --realm second", 1, "", []string{"there is no such entry"}},
		{"not a number", "show first", 1, "", []string{"'first' is no number"}},
		{"no such account", "approve 1 nobody --realm second", 1, "", []string{"request 1, account nobody: there is no such account"}},
		{"a closed account", "approve 1 closed.one", 1, "", []string{"does not let that account be used"}},
		{"a taken account", "approve 1 KWong", 1, "", []string{"linked to somebody already"}},
		{"an account that nobody can look up", "approve 1 chan.sn", 1, "", []string{"cannot be looked up", "'chan.sn'"}},
		{"a person who has another", "approve 4 chan.sm", 1, "", []string{"the person is linked to another account already"}},
		{"a note that is none", "approve 1 chan.sm --note a\x07b", 1, "", []string{"a note has at most"}},
		{"too long a note", "refuse 1 --note " + strings.Repeat("x", 2049), 1, "", []string{"a note has at most 2048 bytes"}},
		{"no account", "approve 1", 1, "", []string{"accepts 2 arg"}},
		{"none of it decided anything", "list", 0, "requests_list.txt", nil},
		{"approved", "approve 1 CHAN.SM --note Welcome", 0, "", []string{"Request 1 is approved: its person is linked to account 'chan.sm'"}},
		{"twice", "approve 1 chan.sm", 1, "", []string{"decided already"}},
		{"refused after that", "refuse 1", 1, "", []string{"decided already"}},
		{"refused", "refuse 2 --note Ask-the-ward", 0, "", []string{"Request 2 is refused."}},
		{"by a certain name", "approve 3 new.one --yes --json", 0, "", []string{`"account": "new.one"`, `"looked_up": false`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"requests"}, strings.Split(tt.args, " ")...)
			if !strings.Contains(tt.args, "--realm") {
				args = append(args, first)
			}
			got := o.in(t).does(args...).want(t, tt.code, tt.says...)
			if tt.golden != "" {
				got.golden(t, tt.golden)
			}
		})
	}
	for event, want := range map[string]int{"request_read": 2, linkup.EventRequestApproved: 2, linkup.EventRequestRefused: 1, linkup.EventLinked: 2} {
		rows := o.trail(event)
		if len(rows) != want {
			t.Errorf("%s: %d rows, want %d", event, len(rows), want)
		}
		for _, row := range rows {
			if row.Actor != "admin:mary" {
				t.Errorf("%s by %q", event, row.Actor)
			}
		}
	}
	got := o.does("requests", "list", "--all", "--json", first).want(t, 0, `"account": "chan.sm"`, `"note": "Ask-the-ward"`, `"decided_by": "admin:mary"`)
	shown := o.does("requests", "show", "1", first).want(t, 0, "approved", "Welcome", "admin:mary")
	for _, secret := range secrets {
		if strings.Contains(got.out+shown.out, secret) {
			t.Errorf("what was filled in is still there: %q", secret)
		}
	}
	o.keepsQuiet(secrets...)
}
