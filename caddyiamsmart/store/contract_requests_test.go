package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func requestOf(name string) store.Request {
	return store.Request{
		ID: id(name), ClientID: "client", App: "default", Kind: "profile", Owner: id("pending"), State: [32]byte(id("state of " + name)),
		CreatedAt: noon, ExpiresAt: noon.Add(18 * time.Minute), Seal: store.Seal{1, 2, 3},
	}
}

// Given a request to iAM Smart, when its answer comes, then it is kept once, for
// the right client, kind and state only, and until the request expires.
func testRequest(t *testing.T, db database) {
	s := db(t)()
	asked := requestOf("one")
	must(t, s.PutRequest(t.Context(), asked))
	if err := s.PutRequest(t.Context(), asked); err == nil {
		t.Error("an id was used twice")
	}
	got, err := s.Request(t.Context(), asked.ID, noon)
	must(t, err)
	wantEqual(t, got, asked)
	tells := func(client, kind string, at time.Time, wantAsked, wantWaiting bool) {
		t.Helper()
		if asked, waiting, err := s.Asked(t.Context(), client, kind, at); err != nil || asked != wantAsked || waiting != wantWaiting {
			t.Errorf("%s, %s: asked %t, waiting %t, %v", client, kind, asked, waiting, err)
		}
	}
	tells("client", "profile", noon, true, true)
	tells("client", "form", noon, false, false)
	tells("another", "profile", noon, false, false)

	answer := asked
	answer.AnsweredAt, answer.Answer = noon.Add(time.Minute), []byte("sealed answer")
	for name, foreign := range map[string]func(*store.Request){
		"another client": func(r *store.Request) { r.ClientID = "another" },
		"another kind":   func(r *store.Request) { r.Kind = "reauthentication" },
		"another state":  func(r *store.Request) { r.State[0]++ },
		"another id":     func(r *store.Request) { r.ID[0]++ },
	} {
		r := answer
		foreign(&r)
		if err := s.AnswerRequest(t.Context(), r, noon); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantError(t, s.AnswerRequest(t.Context(), answer, asked.ExpiresAt), store.ErrNotFound)

	must(t, s.AnswerRequest(t.Context(), answer, noon.Add(time.Minute)))
	again := answer
	again.Answer = []byte("another answer")
	wantError(t, s.AnswerRequest(t.Context(), again, noon.Add(2*time.Minute)), store.ErrClaimed)
	got, err = s.Request(t.Context(), asked.ID, noon)
	must(t, err)
	wantEqual(t, got, answer)
	tells("client", "profile", noon, true, false)
	must(t, s.PutRequest(t.Context(), requestOf("another one")))
	tells("client", "profile", noon, true, true)
	tells("client", "profile", asked.ExpiresAt, false, false)

	_, err = s.Request(t.Context(), asked.ID, asked.ExpiresAt)
	wantError(t, err, store.ErrNotFound)
	must(t, s.Sweep(t.Context(), asked.ExpiresAt))
	_, err = s.Request(t.Context(), asked.ID, noon)
	wantError(t, err, store.ErrNotFound)
}

func testRequestsEndWithTheirOwner(t *testing.T, db database) {
	s := db(t)()
	other := requestOf("two")
	other.Owner = id("another pending")
	must(t, s.PutRequest(t.Context(), requestOf("one")))
	must(t, s.PutRequest(t.Context(), other))
	must(t, s.EndRequests(t.Context(), id("pending")))
	must(t, s.EndRequests(t.Context(), id("pending")))
	_, err := s.Request(t.Context(), id("one"), noon)
	wantError(t, err, store.ErrNotFound)
	_, err = s.Request(t.Context(), other.ID, noon)
	must(t, err)
}

func testOneAnswerOfMany(t *testing.T, db database) {
	s := db(t)()
	must(t, s.PutRequest(t.Context(), requestOf("one")))
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		kept int
	)
	for n := range 20 {
		all.Go(func() {
			answer := requestOf("one")
			answer.AnsweredAt, answer.Answer = noon, []byte{byte(n)}
			err := s.AnswerRequest(t.Context(), answer, noon)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				kept++
			} else if !errors.Is(err, store.ErrClaimed) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept != 1 {
		t.Errorf("%d of 20 answers were kept", kept)
	}
}
