package iamsmart_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given a content key that iAM Smart has replaced, callbacks sealed with the old or the new one open, and nonsense causes one
// getKey in 30 seconds, and none while nothing is pending.
func TestCallbacksAcrossANewContentKey(t *testing.T) {
	server := newSmart(t)
	var mu sync.Mutex
	now := time.Now()
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	client := server.afterLogin(t, func(c *iamsmart.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	opens := func(key []byte, pending bool) bool {
		_, err := client.OpenCallback(context.Background(), iamsmart.Incoming{
			ContentType: jsonType, Body: callback(key, "", "D00000", aProfile()), Pending: pending,
		})
		return err == nil
	}
	getKeys := func() int { return server.count("security/getKey") }
	first := server.cek
	server.cek = randomBytes(32)
	want(t, "nothing pending: the new key opens", opens(server.cek, false), false)
	want(t, "getKey calls", getKeys(), 1)
	want(t, "pending: the new key opens", opens(server.cek, true), true)
	want(t, "getKey calls", getKeys(), 2)
	want(t, "the one before opens", opens(first, false), true)

	pass(time.Second)
	for range 20 {
		want(t, "nonsense opens", opens(randomBytes(32), true), false)
	}
	want(t, "getKey calls, 1 s later", getKeys(), 2)
	pass(30 * time.Second)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { opens(randomBytes(32), true) })
	}
	all.Wait()
	want(t, "getKey calls, 31 s later", getKeys(), 3)
	want(t, "both keys open still", opens(server.cek, false) && opens(first, false), true)

	pass(time.Hour)
	want(t, "the old key opens an hour later", opens(first, false), false)
	want(t, "the key in use opens", opens(server.cek, false), true)
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Error(err)
	}
	if err := client.RevokeKey(context.Background()); err == nil {
		t.Error("revokeKey is not served here")
	}
	want(t, "a revoked key opens", opens(server.cek, false), false)
}

// Given a key that is revoked right after it was replaced, neither it nor the one before opens anything.
func TestRevokedKeysOpenNothing(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	keys := [][]byte{server.cek, randomBytes(32)}
	server.cek = keys[1]
	opens := func(key []byte, pending bool) bool {
		_, err := client.OpenCallback(context.Background(), iamsmart.Incoming{
			ContentType: jsonType, Body: callback(key, "", "D00000", aProfile()), Pending: pending,
		})
		return err == nil
	}
	want(t, "the new key opens", opens(keys[1], true), true)
	want(t, "both open", opens(keys[0], false) && opens(keys[1], false), true)
	server.functions["/api/v1/security/revokeKey"] = says("D00000", "")
	if err := client.RevokeKey(context.Background()); err != nil {
		t.Fatal(err)
	}
	want(t, "the key before opens", opens(keys[0], false), false)
	want(t, "the revoked key opens", opens(keys[1], false), false)
}

// Given an iAM Smart that is away, a callback that does not open leaves the key in use as it is.
func TestCallbackWhileIAMSmartIsAway(t *testing.T) {
	server := newSmart(t)
	client := server.afterLogin(t)
	server.getKey = reply(http.StatusServiceUnavailable, "text/html", "geheim")
	in := incoming(callback(randomBytes(32), "", "D00000", aProfile()))
	in.Pending = true
	_, err := client.OpenCallback(context.Background(), in)
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Error(err)
	}
	if _, err := client.OpenCallback(context.Background(), incoming(callback(server.cek, "", "D00000", aProfile()))); err != nil {
		t.Error(err)
	}
}

// A key that a callback brought opens that callback and nothing else.
func TestOwnKeyIsNotKept(t *testing.T) {
	server := newSmart(t)
	own, match := server.client(t, ownKey), server.afterLogin(t)
	key := randomBytes(32)
	body := callback(key, wrapByHand(&ourPair().private.PublicKey, key), "D00000", aProfile())
	_, err := match.OpenCallback(context.Background(), incoming(body))
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	if _, err := own.OpenCallback(context.Background(), incoming(body)); err != nil {
		t.Fatal(err)
	}
	want(t, "getKey calls of both", server.count("security/getKey"), 1)
	var second map[string]any
	_ = json.Unmarshal(body, &second)
	delete(second, "secretKey")
	raw, _ := json.Marshal(second)
	_, err = own.OpenCallback(context.Background(), incoming(raw))
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
}
