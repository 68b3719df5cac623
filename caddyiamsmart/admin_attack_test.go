package caddyiamsmart_test

import (
	"fmt"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// jsonBody is the header of an act as it is meant.
const jsonBody = "Content-Type: application/json"

// T70: given whatever can be sent to the admin endpoint in the name of a web page, by
// another method or address, or as something that is no order, then nothing is done, the
// answer tells no account, and a right order is done all the same.
func TestT70AdminActsAreAskedForAsTheyAreMeant(t *testing.T) {
	o := newOffice(t, staffGate)
	o.holds([]store.Link{link(1, "chan.sm", "key:17", "陳小明", "file", "password")})
	const act, list = "/iamsmart/links/show", "/iamsmart/links/list" // which can be done again, if one of these should do it
	ask := func(fields string) string { return `{"realm":"default","admin":"mary","ask":{` + fields + `}}` }
	order := ask(`"number":1`)
	for _, tt := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
	}{
		// What a page in a browser can make it send.
		{"a page elsewhere", "POST", act, order, []string{jsonBody, "Sec-Fetch-Site: cross-site"}, 403},
		{"a page beside", "POST", act, order, []string{jsonBody, "Sec-Fetch-Site: same-site"}, 403},
		{"an origin", "POST", act, order, []string{jsonBody, "Origin: https://evil.example"}, 403},
		{"an origin with our name before it", "POST", act, order, []string{jsonBody, "Origin: http://127.0.0.1.evil.example"}, 403},
		{"an origin that is none", "POST", act, order, []string{jsonBody, "Origin: null"}, 400},
		{"another origin's port", "POST", act, order, []string{jsonBody, "Origin: http://127.0.0.1:8080"}, 403},
		{"no-cors", "POST", act, order, []string{"Content-Type: text/plain", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site"}, 400},
		{"a form", "POST", act, "realm=default", []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		{"a form of parts", "POST", act, order, []string{"Content-Type: multipart/form-data; boundary=x"}, 415},
		{"text", "POST", act, order, []string{"Content-Type: text/plain"}, 415},
		{"JSON and more", "POST", act, order, []string{"Content-Type: application/json, text/plain"}, 415},
		{"no type", "POST", act, order, nil, 415},
		{"a websocket", "POST", act, order, []string{jsonBody, "Upgrade: websocket"}, 400},

		{"GET", "GET", act, order, []string{jsonBody}, 405},
		{"HEAD", "HEAD", act, "", []string{jsonBody}, 405},
		{"PUT", "PUT", act, order, []string{jsonBody}, 405},
		{"DELETE", "DELETE", act, order, []string{jsonBody}, 405},
		{"OPTIONS", "OPTIONS", act, "", []string{jsonBody}, 405},
		{"small letters", "post", act, order, []string{jsonBody}, 405},

		// Other spellings of the path.
		{"up and out", "POST", "/iamsmart/../config/", order, []string{jsonBody}, 307},
		{"up and back", "POST", "/iamsmart/x/../links/show", order, []string{jsonBody}, 307},
		{"two slashes", "POST", "/iamsmart//links/show", order, []string{jsonBody}, 307},
		{"an escaped slash", "POST", "/iamsmart/links%2fshow", order, []string{jsonBody}, 404},
		{"an escaped letter", "POST", "/iamsmart/links/%73how", order, []string{jsonBody}, 404},
		{"escaped dots", "POST", "/iamsmart/%2e%2e/config/", order, []string{jsonBody}, 404},
		{"a slash at the end", "POST", act + "/", order, []string{jsonBody}, 404},
		{"a parameter", "POST", act + ";x=1", order, []string{jsonBody}, 404},
		{"a query", "POST", act + "?number=1", order, []string{jsonBody}, 404},
		{"a backslash", "POST", `/iamsmart/links\show`, order, []string{jsonBody}, 404},
		{"capitals", "POST", "/iamsmart/Links/show", order, []string{jsonBody}, 404},
		{"a whole address", "POST", "http://evil.example" + act + "/1", order, []string{jsonBody}, 404},
		{"no act", "POST", "/iamsmart/", order, []string{jsonBody}, 404},

		// Bodies that are no order.
		{"nothing", "POST", act, "", []string{jsonBody}, 409}, // which gate?
		{"no JSON", "POST", act, "number=1", []string{jsonBody}, 400},
		{"half of it", "POST", act, order[:len(order)-1], []string{jsonBody}, 400},
		{"two", "POST", act, order + order, []string{jsonBody}, 400},
		{"more after it", "POST", act, order + "]", []string{jsonBody}, 400},
		{"an array", "POST", act, "[" + order + "]", []string{jsonBody}, 400},
		{"an unknown field", "POST", act, `{"realm":"default","force":true,"ask":{"number":1}}`, []string{jsonBody}, 400},
		{"an unknown field of the act", "POST", act, ask(`"number":1,"force":true`), []string{jsonBody}, 400},
		{"a number that is text", "POST", act, ask(`"number":"1"`), []string{jsonBody}, 400},
		{"a number that is none", "POST", act, ask(`"number":1.5`), []string{jsonBody}, 400},
		{"a number too large", "POST", act, ask(`"number":99999999999999999999`), []string{jsonBody}, 400},
		{"a negative number", "POST", "/iamsmart/requests/show", ask(`"number":-9223372036854775808`), []string{jsonBody}, 404},
		{"a body without end", "POST", act, `{"realm":"default","admin":"` + strings.Repeat("x", 16<<20) + `"}`, []string{jsonBody}, 413},
		{"JSON without end", "POST", act, strings.Repeat("[", 1<<20), []string{jsonBody}, 400},

		// Whom it is not for.
		{"another realm", "POST", act, strings.Replace(order, "default", "second", 1), []string{jsonBody}, 404},
		{"no such realm", "POST", act, strings.Replace(order, "default", "third", 1), []string{jsonBody}, 404},
		{"an app of another realm", "POST", act, strings.Replace(order, `"realm"`, `"app":"wards","realm"`, 1), []string{jsonBody}, 404},
		{"a name for the trail with a line end", "POST", act, strings.Replace(order, "mary", `a\nb`, 1), []string{jsonBody}, 400},
		{"too long a name", "POST", act, strings.Replace(order, "mary", strings.Repeat("m", 65), 1), []string{jsonBody}, 400},

		// Caddy's own ways through its configuration do not lead to ours; how it says no is its own.
		{"the configuration's path", "POST", "/config/iamsmart/links/show", order, []string{jsonBody}, 0},
		{"an index", "GET", "/config/apps/iamsmart/links/0", "", nil, 0},
		{"all from an index on", "POST", "/config/apps/http/servers/srv0/routes/0/handle/0/links/...", order, []string{jsonBody}, 0},
		{"an id", "POST", "/id/iamsmart/links/show", order, []string{jsonBody}, 0},
		{"an id and up", "GET", "/id/../iamsmart/links/list", "", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := o.in(t).sends(tt.method, tt.target, tt.body, tt.headers...)
			if status != tt.status && (tt.status > 0 || status == 200) || strings.Contains(answer, "chan.sm") {
				t.Errorf("%s %s: %d, want %d: %s", tt.method, tt.target, status, tt.status, answer)
			}
		})
	}
	// Nothing of ours lies in the configuration that Caddy shows: not what the store
	// holds, and no secret that the configuration names a file for.
	_, shown := o.sends("GET", "/config/", "")
	for _, secret := range []string{"chan.sm", o.read("secret"), o.read("secret2"), strings.TrimSpace(o.read("iamsmart.key"))} {
		if strings.Contains(shown, secret) || !strings.Contains(shown, "client_secret") {
			t.Errorf("the configuration shows %q", secret)
		}
	}
	for _, header := range []string{"X-Ours: none", "Sec-Fetch-Site: none"} { // as commands send it, and a tool in a browser
		status, answer := o.sends("POST", list, ask(""), jsonBody, header)
		if status != 200 || !strings.Contains(answer, `"account":"chan.sm"`) || strings.Contains(answer, fmt.Sprintf("%x", persona(1))) {
			t.Errorf("a right order: %d %s", status, answer)
		}
	}
	if status, answer := o.sends("POST", "/iamsmart/links/unlink", order, jsonBody); status != 200 || len(o.trail(linkup.EventUnlinked)) != 1 {
		t.Errorf("a right order: %d %s", status, answer)
	}
	o.keepsQuiet()
}
