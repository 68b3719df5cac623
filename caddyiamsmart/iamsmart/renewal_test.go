package iamsmart_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given a key that iAM Smart no longer accepts, the client fetches one and repeats the call, once.
func TestRefusedKeyIsRenewedOnce(t *testing.T) {
	for _, code := range []string{"D30001", "D30002", "D30003", "D30004", "M30002"} {
		t.Run(code, func(t *testing.T) {
			server := newSmart(t)
			client := server.client(t)
			if _, err := client.GetToken(context.Background(), aCode); err != nil {
				t.Fatal(err)
			}
			var refusals atomic.Int32
			server.getToken = func(w http.ResponseWriter, r *http.Request) {
				if refusals.Add(1) == 1 {
					server.cek = randomBytes(32) // the old key is dead
					says(code, "CEK expired")(w, r)
					return
				}
				server.giveToken(w)
			}
			if _, err := client.GetToken(context.Background(), aCode); err != nil {
				t.Fatal(err)
			}
			want(t, "getKey calls", server.count("security/getKey"), 2)
			want(t, "getToken calls", server.count("auth/getToken"), 3)
			_, body := server.last("auth/getToken")
			if _, err := iamsmart.Open(server.cek, string(body[len(`{"content":"`):len(body)-len(`"}`)])); err != nil {
				t.Errorf("the repeated call is not sealed with the new key: %v", err)
			}
		})
	}
}

// Given an iAM Smart that refuses every key, the client gives up after the one repetition.
func TestGivesUpAfterOneRenewal(t *testing.T) {
	server := newSmart(t)
	server.getToken = says("D30002", "CEK expired")
	_, err := server.client(t).GetToken(context.Background(), aCode)
	failure := asError(t, err)
	want(t, "kind", failure.Kind, iamsmart.KindKey)
	want(t, "number", failure.Number, 30002)
	want(t, "getKey calls", server.count("security/getKey"), 2)
	want(t, "getToken calls", server.count("auth/getToken"), 2)
}

// A refused getKey is an error of getKey, and no reason to ask again.
func TestRefusedGetKey(t *testing.T) {
	server := newSmart(t)
	server.getKey = says("D30001", "KEK expired")
	_, err := server.client(t).GetToken(context.Background(), aCode)
	failure := asError(t, err)
	want(t, "kind", failure.Kind, iamsmart.KindKey)
	want(t, "operation", failure.Op, "getKey")
	want(t, "getKey calls", server.count("security/getKey"), 1)
	want(t, "getToken calls", server.count("auth/getToken"), 0)
}

// Twenty calls whose shared key is refused renew it together: a late refusal of the old key does not cost the new one.
func TestParallelRefusalsShareOneRenewal(t *testing.T) {
	server := newSmart(t)
	client := server.client(t)
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Fatal(err)
	}
	const calls = 20
	var arrived atomic.Int32
	together := make(chan struct{})
	server.getToken = func(w http.ResponseWriter, r *http.Request) {
		n := arrived.Add(1)
		if n == calls {
			close(together)
		}
		if n <= calls {
			<-together
			time.Sleep(time.Duration(n) * 5 * time.Millisecond) // the refusals come back one by one
			says("D30002", "")(w, r)
			return
		}
		server.giveToken(w)
	}
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			if _, err := client.GetToken(context.Background(), aCode); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	want(t, "getKey calls", server.count("security/getKey"), 2)
}

// A key is used until shortly before its end, whichever way the end is given, and a day at most.
func TestKeyIsRenewedBeforeItsEnd(t *testing.T) {
	minutes := func(n int) int64 { return (time.Duration(n) * time.Minute).Milliseconds() }
	for _, c := range []struct {
		name        string
		expires     func(issueAt int64) int64
		stillFresh  time.Duration
		toBeRenewed time.Duration
	}{
		{"lifetime of an hour", func(int64) int64 { return minutes(60) }, 54 * time.Minute, 56 * time.Minute},
		{"moment in an hour", func(at int64) int64 { return at + minutes(60) }, 54 * time.Minute, 56 * time.Minute},
		{"lifetime of a month", func(int64) int64 { return minutes(60 * 24 * 30) }, 23 * time.Hour, 24*time.Hour - 4*time.Minute},
		{"lifetime of four minutes", func(int64) int64 { return minutes(4) }, 1 * time.Minute, 3 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			now := start
			server := newSmart(t)
			server.issueAt = start.UnixMilli()
			server.expires = c.expires(server.issueAt)
			client := server.client(t, func(config *iamsmart.Config) { config.Now = func() time.Time { return now } })
			for _, step := range []struct {
				after time.Duration
				calls int
			}{{0, 1}, {c.stillFresh, 1}, {c.toBeRenewed, 2}} {
				now = start.Add(step.after)
				if _, err := client.GetToken(context.Background(), aCode); err != nil {
					t.Fatal(err)
				}
				want(t, "getKey calls after "+step.after.String(), server.count("security/getKey"), step.calls)
			}
		})
	}
}

// Given a key wrapped for a certificate that is not ours, the operator is told; nothing is sent.
func TestKeyWrappedForAnotherCertificate(t *testing.T) {
	server := newSmart(t)
	server.wrapFor = otherPair()
	_, err := server.client(t).GetToken(context.Background(), aCode)
	want(t, "kind", kindOf(t, err), iamsmart.KindKey)
	want(t, "getToken calls", server.count("auth/getToken"), 0)
}

// While certificates roll over, the older key still opens what was wrapped for it.
func TestRollover(t *testing.T) {
	server := newSmart(t)
	server.wrapFor = otherPair()
	client := server.client(t, func(c *iamsmart.Config) { c.Keys = append(c.Keys, otherPair().load(t)) })
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Fatal(err)
	}
}

// Given a getKey answer that is not what it should be, there is an error and no call.
func TestMalformedKeys(t *testing.T) {
	public := &ourPair().private.PublicKey
	for _, c := range []struct {
		name    string
		wrapped string
		kind    iamsmart.Kind
	}{
		{"none", "", iamsmart.KindProtocol},
		{"not Base64", "***", iamsmart.KindKey},
		{"not RSA", "AAAA", iamsmart.KindKey},
		{"31 bytes", wrapByHand(public, randomBytes(31)), iamsmart.KindKey},
		{"33 bytes", wrapByHand(public, randomBytes(33)), iamsmart.KindKey},
		{"44 characters that are not Base64", wrapByHand(public, make([]byte, 44)), iamsmart.KindKey},
		{"64 characters that are not hex", wrapByHand(public, make([]byte, 64)), iamsmart.KindKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSmart(t)
			server.getKey = func(w http.ResponseWriter, _ *http.Request) { server.giveKey(w, c.wrapped, "") }
			_, err := server.client(t).GetToken(context.Background(), aCode)
			want(t, "kind", kindOf(t, err), c.kind)
			want(t, "getToken calls", server.count("auth/getToken"), 0)
		})
	}
}

// An answer sealed with another key is an error; the code is not spent again, and the next login starts with a fresh key.
func TestT59AnswerThatDoesNotOpen(t *testing.T) {
	server := newSmart(t)
	server.getToken = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"code": "D00000", "content": sealByHand(randomBytes(32), []byte("{}"))})
	}
	client := server.client(t)
	_, err := client.GetToken(context.Background(), aCode)
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	want(t, "getToken calls", server.count("auth/getToken"), 1)
	server.getToken = nil
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Fatal(err)
	}
	want(t, "getKey calls", server.count("security/getKey"), 2)
}

// A content whose first four bytes name another length of the vector is refused, though the rest of it would open.
func TestContentOfAnotherForm(t *testing.T) {
	server := newSmart(t)
	raw, err := base64.StdEncoding.DecodeString(sealByHand(server.cek, []byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	raw[3] = 16
	server.getToken = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"code": "D00000", "content": base64.StdEncoding.EncodeToString(raw)})
	}
	_, err = server.client(t).GetToken(context.Background(), aCode)
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	if !strings.Contains(err.Error(), "12 bytes") {
		t.Errorf("error is %v", err)
	}
}

// A person who goes away while the key is fetched does not spoil the fetch for the others.
func TestOneWaiterLeaves(t *testing.T) {
	server := newSmart(t)
	asked, proceed := make(chan struct{}), make(chan struct{})
	server.getKey = func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-proceed
		server.giveKey(w, wrapByHand(&server.wrapFor.private.PublicKey, server.cek), "")
	}
	client := server.client(t)
	leaving, leave := context.WithCancel(context.Background())
	var left error
	var all sync.WaitGroup
	all.Go(func() { _, left = client.GetToken(leaving, aCode) })
	<-asked
	all.Go(func() {
		if _, err := client.GetToken(context.Background(), aCode); err != nil {
			t.Error(err)
		}
	})
	leave()
	time.Sleep(20 * time.Millisecond)
	close(proceed)
	all.Wait()
	want(t, "kind", kindOf(t, left), iamsmart.KindUnavailable)
	if !errors.Is(left, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled in it", left)
	}
	want(t, "getKey calls", server.count("security/getKey"), 1)
}
