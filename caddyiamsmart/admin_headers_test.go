package caddyiamsmart_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

const shownHeaders = `header_up X-Name {iamsmart.name.en|name.zh} percent
	header_up X-Big "許 {iamsmart.user_type}" big5
	header_up X-Login {iamsmart.login_time}
	path /reports/* {
		header_up X-Remote-User {iamsmart.person}
		header_up X-Latin {iamsmart.name.zh} latin1
	}
	path /en/* {
		header_up X-Zh {iamsmart.name.zh} required
	}
	`

// Given a gate, then an administrator sees what the application is told, as it is told,
// before and after people come.
func TestAnAdministratorSeesWhatGoesUpstream(t *testing.T) {
	o := newOffice(t, shownHeaders)
	ask := func(args ...string) did { return o.does(append([]string{"headers", first}, args...)...) }

	ask("--account=chan.sm").want(t, 0, "Nobody is linked to chan.sm", "X-Remote-User  chan.sm", "X-Name         CHAN%2C%20Tai%20Man",
		`\xb3\\ default`, "b3 5c 20 64", "example: only a login knows it", "X-Latin", "not sent", "Taken away", "SSL_CLIENT_S_DN", "X-IAmSmart-*")
	ask("--account=chan.sm", "--path=/reports/1").want(t, 3, "pseudonym-of-the-person-a", "X-Latin", "refused with 502: latin1 does not have every character", "Requests are refused with 502")
	if d := ask("--account=chan.sm", "--path=/Reports/1"); d.code != 3 || !strings.Contains(d.talk, "in different ways") || strings.Contains(d.out, "pseudonym") {
		t.Errorf("%d\n%s%s", d.code, d.out, d.talk)
	}
	ask("--account=chan.sm", "--lang=zh-HK").want(t, 0, "未與任何人連結", "示範", "不傳送")
	ask("--account=nobody").want(t, 0, "cannot be looked up") // the form may know that name
	ask("--account=closed.one").want(t, 1, "closed or locked")
	ask("--account=chan.sm", "--path=/iamsmart/login").want(t, 1, "the gate's own")
	ask("--account=chan.sm", "--path=/a%00").want(t, 1, "answered 400")
	ask("--account=chan.sm", "--path=a").want(t, 1, "no path")
	ask().want(t, 1, "--account <name>")
	ask("--account=chan.sm", "--echo").want(t, 1, "--account <name>")
	o.does("headers", "--realm=second", "--account=chan.sm").want(t, 0, "X-Remote-User  chan.sm")
	o.does("headers", "--account=chan.sm").want(t, 1, "several gates fit")

	b := o.firstTime("testa")
	b.password("maria", "tea-at-three").want(t, 200, "Open iAM Smart")
	o.answers("testa", "approve")
	b.yes(b.visit("/iamsmart/link/wait")).want(t, 200, "has been linked")
	for _, path := range []string{"/", "/reports/..;/x"} {
		b.visit(path)
		sent, _ := o.legacy.last()
		var answer struct {
			Certain bool
			People  []struct {
				Person, Standing string
				Headers          []struct {
					Name, Value, Hex string
					Example          bool
				}
				Absent []string
				Faults []any
			}
		}
		d := ask("--account=maria", "--json", "--path="+path)
		if err := json.Unmarshal([]byte(d.out), &answer); err != nil || len(answer.People) != 1 {
			t.Fatalf("%v\n%s%s", err, d.out, d.talk)
		}
		who := answer.People[0]
		for _, h := range who.Headers {
			got := sent.Header.Get(h.Name)
			if h.Hex != "" {
				h.Value, got = h.Hex, fmt.Sprintf("% x", got)
			}
			if h.Example != (h.Name == "X-Login") || got != h.Value && !h.Example {
				t.Errorf("%s: shown %+v, the application was sent %q", path, h, got)
			}
		}
		for _, name := range who.Absent {
			if got := sent.Header.Get(name); got != "" {
				t.Errorf("%s: shown as absent, but the application was sent %s: %q", path, name, got)
			}
		}
		if answer.Certain != (path == "/") || path == "/" && len(who.Headers) != 4 || who.Person == "" {
			t.Errorf("%s: %+v", path, answer)
		}
	}
	// Her name is known in English only, so nothing goes to pages that require the other.
	ask("--account=maria", "--path=/en/1").want(t, 3, "X-Zh", "required and has no value")
	if p := b.visit("/en/1"); p.StatusCode != http.StatusBadGateway {
		t.Errorf("the gate lets it through: %d", p.StatusCode)
	}
	if rows := o.trail("headers_read"); len(rows) != 3 || rows[0].Account != "maria" || rows[0].Actor != "admin:mary" || rows[0].Person == "" {
		t.Errorf("the trail has %+v", rows)
	}
	o.keepsQuiet("TESTA, Maria")
}

// Given the command in the place of the application, then what arrives is shown as it
// came, and nothing of it is markup.
func TestWhatArrivesIsShown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	talk, says := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- caddyiamsmart.RunCommand(ctx, strings.NewReader(""), io.Discard, says, "headers", "--echo", "--listen=127.0.0.1:0", "--lang=en")
		says.Close()
	}()
	line := make([]byte, 200)
	n, err := talk.Read(line)
	_, address, ok := strings.Cut(string(line[:n]), "http://")
	address, _, _ = strings.Cut(address, ";")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line[:n], err)
	}
	say := func(raw string) string {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.WriteString(conn, raw); err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	got := say("POST /a?<b> HTTP/1.1\r\nHost: x\r\nX-Big: \xb3\x5c<script>\r\nx_odd:  \tnaïve\r\n\r\nbody")
	for _, want := range []string{"HTTP/1.1 200 OK\r\n", "POST /a?&lt;b&gt; HTTP/1.1\n", `X-Big: \xb3\\&lt;script&gt;`, "20 b3 5c 3c", `x_odd:  \tnaïve`, "c3 af", "default-src 'none'"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not show %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "body</pre>") || strings.Contains(got, "<script") {
		t.Errorf("it shows\n%s", got)
	}
	if got := say("GET / HTTP/1.1\r\nHost"); got != "" {
		t.Errorf("half a request is answered %q", got)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("it ends with %d", code)
	}
	if got := runCommand(t, "headers", "--echo", "--listen=256.0.0.1:1", "--lang=en"); got.code != 1 || !strings.Contains(got.talk, "Cannot listen at 256.0.0.1:1") {
		t.Errorf("%+v", got)
	}
}

// Given an assertion, then an administrator sees what it claims, and never one that is
// signed.
func TestAnAdministratorSeesWhatAnAssertionClaims(t *testing.T) {
	o := newOffice(t, "assertion X-Care-Assertion {\n audience records\n claim ward {iamsmart.account.ward}\n claim login {iamsmart.login_time}\n}\n")
	ask := func(args ...string) did {
		return o.does(append([]string{"headers", first, "--account=chan.sm"}, args...)...)
	}
	d := ask().want(t, 0, "X-Care-Assertion", `"aud":"records"`, `"sub":"chan.sm"`, `"login":"2026-01-31T09:30:00Z"`, "sent signed")
	if strings.Contains(d.out, "eyJ") || strings.Count(d.out, "X-Care-Assertion") != 1 || !strings.Contains(d.out+d.talk, "Taken away from what clients send") {
		t.Errorf("%s%s", d.out, d.talk)
	}
	var answer struct {
		People []struct {
			Assertion struct {
				Header string
				Claims map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(ask("--json").want(t, 0).out), &answer); err != nil || len(answer.People) != 1 {
		t.Fatalf("%v, %v", err, answer)
	}
	if a := answer.People[0].Assertion; a.Header != "X-Care-Assertion" || a.Claims["sub"] != "chan.sm" || a.Claims["jti"] != nil {
		t.Errorf("in JSON it is %v", a)
	}
}
