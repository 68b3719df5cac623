package iamsmart_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Endless headers end too.
func TestEndlessHeaders(t *testing.T) {
	address := rawServer(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(conn, "X-Filler-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	})
	err := tokenFrom(t, address)
	want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
}

// Bytes that are not HTTP do not reach the error's text.
func TestAnswerThatIsNotHTTP(t *testing.T) {
	for _, bytes := range []string{"ChanTaiMan\r\n\r\n", "HTTP/1.1 A123456(7)\r\n\r\n", "HTTP/1.1 200 OK\r\nChan Tai Man\r\n\r\n"} {
		address := rawServer(t, func(conn net.Conn) { _, _ = io.WriteString(conn, bytes) })
		err := tokenFrom(t, address)
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		if strings.Contains(err.Error(), "Chan") || strings.Contains(err.Error(), "A123") {
			t.Errorf("the answer is in %q", err)
		}
	}
}

// A connection cut in the middle of an answer is as good as none.
func TestCutAnswer(t *testing.T) {
	address := rawServer(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"code\":\"D00000\"")
	})
	err := tokenFrom(t, address)
	want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error is %v", err)
	}
}

// An iAM Smart that keeps silent, or drips, is left at the deadline.
func TestSlowAnswers(t *testing.T) {
	drip := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, change := range map[string]func(*smart){
		"silent getKey":   func(s *smart) { s.getKey = silent },
		"silent getToken": func(s *smart) { s.getToken = silent },
		"dripping getKey": func(s *smart) { s.getKey = drip },
		"dripping token":  func(s *smart) { s.getToken = drip },
	} {
		t.Run(name, func(t *testing.T) {
			server := newSmart(t)
			change(server)
			client := server.client(t, func(c *iamsmart.Config) { c.Timeout = 300 * time.Millisecond })
			start := time.Now()
			_, err := client.GetToken(context.Background(), aCode)
			want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// A signed call goes to one address only, also with a client that would follow.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, given := range []*http.Client{nil, {}} {
		server := newSmart(t)
		server.getKey = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}
		_, err := server.client(t, func(c *iamsmart.Config) { c.HTTPClient = given }).GetToken(context.Background(), aCode)
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
	}
	want(t, "calls elsewhere", elsewhere.Load(), int32(0))
}

// A server whose certificate does not hold is refused, in words that help.
func TestServerCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	trusting := func(change func(*tls.Config)) *http.Client {
		transport := server.Client().Transport.(*http.Transport).Clone()
		change(transport.TLSClientConfig)
		return &http.Client{Transport: transport}
	}
	for words, given := range map[string]*http.Client{
		"does not trust":    nil,
		"another host name": trusting(func(c *tls.Config) { c.ServerName = "other.test" }),
		"has expired":       trusting(func(c *tls.Config) { c.Time = func() time.Time { return time.Unix(1<<40, 0) } }),
		"not JSON (HTTP st": trusting(func(*tls.Config) {}),
	} {
		client := newSmart(t).client(t, func(c *iamsmart.Config) { c.APIBase, c.HTTPClient = server.URL+"/api/v1", given })
		_, err := client.GetToken(context.Background(), aCode)
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		if !strings.Contains(err.Error(), words) {
			t.Errorf("error is %v, want %s", err, words)
		}
	}
}

// Plain HTTP where TLS is due, and nobody at all, are told apart from an iAM Smart that is down.
func TestWrongAddress(t *testing.T) {
	plain := strings.Replace(newSmart(t).URL, "http://", "https://", 1)
	for base, words := range map[string]string{plain: "HTTP response to HTTPS client", "http://127.0.0.1:1": "connection refused"} {
		client := newSmart(t).client(t, func(c *iamsmart.Config) { c.APIBase = base + "/api/v1" })
		_, err := client.GetToken(context.Background(), aCode)
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		if !strings.Contains(err.Error(), words) {
			t.Errorf("error is %v, want %s", err, words)
		}
	}
}

// rawServer reads a request's head and leaves the answer to the test, byte for byte.
func rawServer(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					answer(conn)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// tokenFrom asks an address for a token and gives the error.
func tokenFrom(t *testing.T, address string) error {
	t.Helper()
	client := newSmart(t).client(t, func(c *iamsmart.Config) { c.APIBase = "http://" + address + "/api/v1" })
	_, err := client.GetToken(context.Background(), aCode)
	return err
}
