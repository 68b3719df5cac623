package iamsmart_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// cut ends the connection in the middle of an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "500")
	_, _ = io.WriteString(w, `{"code":"D00000"`)
	panic(http.ErrAbortHandler)
}

// hangUp ends the connection without a word.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// Given an iAM Smart that stumbles, a call that can be made twice is made again, twice at most; one that spends something is
// not.
func TestOnlyWhatIsSafeIsRepeated(t *testing.T) {
	const jsonType = "application/json"
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		tries  int // of getKey
	}{
		{"500", reply(500, "text/html", "<h1>oops</h1>"), 3},
		{"502 of a gateway", reply(502, "text/html", "<h1>Bad Gateway</h1>"), 3},
		{"503", reply(503, jsonType, `{"message":"later"}`), 3},
		{"504", reply(504, "", ""), 3},
		{"408", reply(408, "", ""), 3},
		{"a page with 200", reply(200, "text/html", "<h1>Maintenance</h1>"), 3},
		{"JSON as plain text", reply(200, "text/plain", `{"code":"D00000"}`), 3},
		{"JSON that is cut off", reply(200, jsonType, `{"code":"D000`), 3},
		{"an answer that is cut off", cut, 3},
		{"nothing", hangUp, 3},
		{"a redirect to a sorry page", reply(302, "text/html", ""), 3},
		{"403 of a gateway", reply(403, "text/html", "<h1>Forbidden</h1>"), 1},
		{"404", reply(404, "text/html", "<h1>Not Found</h1>"), 1},
		{"429", reply(429, "text/html", "<h1>slow down</h1>"), 1},
		{"its own error, in form", says("D20000", ""), 1},
		{"wrong signature", says("D20006", ""), 1},
		{"no certificate", says("D30001", ""), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSmart(t)
			server.getKey = c.answer
			client := server.client(t)
			client.Pace(0, func(time.Duration) {})
			_, err := client.GetToken(context.Background(), aCode)
			asError(t, err)
			want(t, "getKey calls", server.count("security/getKey"), c.tries)

			server = newSmart(t)
			server.getToken = c.answer
			client = server.client(t)
			client.Pace(0, func(time.Duration) {})
			_, err = client.GetToken(context.Background(), aCode)
			asError(t, err)
			if c.name != "no certificate" { // where the new key makes it another call
				want(t, "getToken calls", server.count("auth/getToken"), 1)
			}
		})
	}
}

// Given an iAM Smart that is there again at the second or third try of getKey, the login succeeds.
func TestAStumbleCostsNobodyALogin(t *testing.T) {
	for stumbles := 1; stumbles <= 2; stumbles++ {
		server := newSmart(t)
		left := stumbles
		server.getKey = func(w http.ResponseWriter, r *http.Request) {
			if left--; left >= 0 {
				reply(503, "text/html", "<h1>busy</h1>")(w, r)
				return
			}
			server.giveKey(w, wrapByHand(&server.wrapFor.private.PublicKey, server.cek), "")
		}
		var pauses []time.Duration
		client := server.client(t)
		client.Pace(0.5, func(d time.Duration) { pauses = append(pauses, d) })
		login(t, client)
		expected := []time.Duration{200 * time.Millisecond, 600 * time.Millisecond}[:stumbles]
		if !slices.Equal(pauses, expected) {
			t.Errorf("pauses are %v, want %v", pauses, expected)
		}
	}
}

// Pauses differ, so that those who failed together do not come back together.
func TestPausesAreJittered(t *testing.T) {
	for jitter, expected := range map[float64][]time.Duration{
		0: {100 * time.Millisecond, 300 * time.Millisecond},
		1: {300 * time.Millisecond, 900 * time.Millisecond},
	} {
		server := newSmart(t)
		server.getKey = reply(500, "", "")
		var pauses []time.Duration
		client := server.client(t)
		client.Pace(jitter, func(d time.Duration) { pauses = append(pauses, d) })
		_, err := client.GetToken(context.Background(), aCode)
		asError(t, err)
		if !slices.Equal(pauses, expected) {
			t.Errorf("with jitter %v pauses are %v, want %v", jitter, pauses, expected)
		}
	}
}

// wire is a way to a server that refuses or drops its first connections.
type wire struct {
	mu      sync.Mutex
	refuse  int
	dropped int
}

func (l *wire) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse > 0 {
		l.refuse--
		l.dropped++
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("connection refused")}
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// Given no connection, nothing was sent, and so every call may be made again: a code is not lost to a gateway that restarts.
func TestWithoutAConnectionEveryCallIsRepeated(t *testing.T) {
	for refused, success := range map[int]bool{1: true, 2: true, 3: false} {
		server, way := newSmart(t), new(wire)
		transport := &http.Transport{DialContext: way.DialContext, DisableKeepAlives: true}
		client := server.client(t, func(c *iamsmart.Config) { c.HTTPClient = &http.Client{Transport: transport} })
		client.Pace(0, func(time.Duration) {})
		login(t, client)
		way.refuse = refused
		_, err := client.GetToken(context.Background(), aCode)
		if success != (err == nil) {
			t.Errorf("%d refused: %v", refused, err)
		}
		want(t, "refused connections", way.dropped, refused)
		if !success {
			want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		}
	}
}

// The deadline of a call holds for all its tries and pauses.
func TestRepeatingEndsWithTheDeadline(t *testing.T) {
	server := newSmart(t)
	server.getKey = reply(503, "text/html", "")
	began := time.Now()
	_, err := server.client(t, func(c *iamsmart.Config) { c.Timeout = 50 * time.Millisecond }).GetToken(context.Background(), aCode)
	want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	want(t, "getKey calls", server.count("security/getKey"), 1)
}
