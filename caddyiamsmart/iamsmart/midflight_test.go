package iamsmart_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// revoke ends the content key of this iAM Smart, as its restart or another process might. Calls under the old one are then
// refused, as the real one does.
func (s *smart) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cek = randomBytes(32)
	s.issueAt++
	if s.getToken == nil {
		s.getToken = s.onlyUnderItsKey
	}
}

func (s *smart) onlyUnderItsKey(w http.ResponseWriter, _ *http.Request) {
	_, body := s.last("auth/getToken")
	var sealed struct{ Content string }
	_ = json.Unmarshal(body, &sealed)
	if _, err := iamsmart.Open(s.cek, sealed.Content); err != nil {
		says("D30002", "CEK expired")(w, nil)
		return
	}
	s.giveToken(w)
}

// Given an answer that is sealed with another key than the question was, nobody sees an error page, for the code cannot be
// exchanged again: the keys at hand are tried, and then that of one getKey.
func TestAnAnswerUnderAnotherKeyIsOpened(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T, *smart, *iamsmart.Client)
		getKeys int
	}{
		{"a newer key that nobody here knows", func(_ *testing.T, s *smart, _ *iamsmart.Client) { s.cek = randomBytes(32) }, 2},
		{"the key before the one in use", func(t *testing.T, s *smart, client *iamsmart.Client) {
			old := s.cek
			s.revoke()
			login(t, client)
			s.getToken = nil
			s.cek = old
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSmart(t)
			client := server.client(t)
			login(t, client)
			c.prepare(t, server, client)
			before := server.count("auth/getToken")
			token, err := client.GetToken(context.Background(), aCode)
			if err != nil {
				t.Fatal(err)
			}
			want(t, "person", token.OpenID.Reveal(), server.token["openID"])
			want(t, "getToken calls", server.count("auth/getToken")-before, 1)
			want(t, "getKey calls in all", server.count("security/getKey"), c.getKeys)
		})
	}
}

// Given a key that is renewed while a call is on its way, and that call refused, the call goes on with the key that stands.
func TestAKeyRenewedWhileACallIsOnItsWay(t *testing.T) {
	server := newSmart(t)
	client := server.client(t)
	login(t, client)
	arrived, proceed := make(chan struct{}), make(chan struct{})
	server.getToken = func(w http.ResponseWriter, r *http.Request) {
		server.answers(server.onlyUnderItsKey)
		close(arrived)
		<-proceed
		says("D30002", "")(w, r)
	}
	late := make(chan error)
	go func() {
		_, err := client.GetToken(context.Background(), aCode)
		late <- err
	}()
	<-arrived
	server.revoke()
	login(t, client)
	close(proceed)
	if err := <-late; err != nil {
		t.Error(err)
	}
	want(t, "getKey calls", server.count("security/getKey"), 2)
}

// A content that no key opens, though each is tried, ends in one error and no storm.
func TestAnAnswerUnderNoKey(t *testing.T) {
	server, on := newSmart(t), new(shelf)
	client := server.process(t, on)
	login(t, client)
	on.kept(t, 1)
	server.getToken = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"code": "D00000", "content": sealByHand(randomBytes(32), []byte("{}"))})
	}
	_, err := client.GetToken(context.Background(), aCode)
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	if !strings.Contains(err.Error(), "does not open") {
		t.Errorf("error is %v", err)
	}
	want(t, "getKey calls", server.count("security/getKey"), 2)
	want(t, "getToken calls", server.count("auth/getToken"), 2)
}

// A certificate that is replaced is known before the key that is wrapped for it is given up, and the one that was replaced is
// not needed for the key that is held.
func TestCertificatesAreReplacedWhileCallsGoOn(t *testing.T) {
	server := newSmart(t)
	inFile := ourPair().load(t)
	reads := 0
	client := server.client(t, func(c *iamsmart.Config) {
		c.RereadKeys = func() []*iamsmart.Encipherment { reads++; return []*iamsmart.Encipherment{inFile} }
	})
	login(t, client)
	want(t, "reads", reads, 0)
	server.wrapFor = otherPair()
	server.revoke()

	_, err := client.GetToken(context.Background(), aCode) // the portal knows it, the file is the old one
	want(t, "kind", kindOf(t, err), iamsmart.KindKey)
	want(t, "reads", reads, 1)

	inFile = otherPair().load(t)
	login(t, client)
	want(t, "reads", reads, 2)

	for _, bad := range [][]*iamsmart.Encipherment{nil, {}, {nil}} {
		if client.SetKeys(bad) == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	server.revoke()
	login(t, client)
	want(t, "reads", reads, 2)
	if err := client.SetKeys([]*iamsmart.Encipherment{ourPair().load(t)}); err != nil {
		t.Error(err)
	}
	login(t, client)
	want(t, "reads", reads, 2)
}
