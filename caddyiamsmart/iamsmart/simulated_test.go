package iamsmart_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

const simulatedCallback = "https://records.example.com/iamsmart/callback"

// simulated is the strict simulator on a port, and what makes clients of it.
type simulated struct {
	*simulator.Simulator
	server *httptest.Server
}

// simulate starts one; the test fails at any breach of a rule.
func simulate(t *testing.T, options simulator.Options, between func(http.Handler) http.Handler) *simulated {
	t.Helper()
	options.Clients = []simulator.Client{{
		ID: clientID, Secret: clientSecret, Certificate: ourPair().certificate, RedirectURIs: []string{simulatedCallback},
	}}
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	sim.Watch(t)
	var handler http.Handler = sim
	if between != nil {
		handler = between(handler)
	}
	s := &simulated{sim, httptest.NewServer(handler)}
	t.Cleanup(s.server.Close)
	return s
}

func (s *simulated) client(t *testing.T, change ...func(*iamsmart.Config)) *iamsmart.Client {
	t.Helper()
	base := s.server.URL + "/api/v1"
	config := iamsmart.Config{
		APIBase: base, WebBase: base, ClientID: clientID, ClientSecret: clientSecret,
		Keys: []*iamsmart.Encipherment{ourPair().load(t)}, Timeout: time.Minute, // machines that run tests may be slow
	}
	for _, c := range change {
		c(&config)
	}
	client, err := iamsmart.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// codes are of people who have each approved a login.
func (s *simulated) codes(t *testing.T, client *iamsmart.Client, n int) []string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer browser.CloseIdleConnections()
	var codes []string
	for i := range n {
		page, err := browser.Get(client.LoginURL(iamsmart.LoginRequest{
			RedirectURI: simulatedCallback, State: fmt.Sprintf("state-%d", i), Scopes: []string{iamsmart.ScopeAuth},
		}))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(page.Body)
		page.Body.Close()
		found := requestField.FindSubmatch(text)
		if found == nil {
			t.Fatalf("the login page has no request: %s", text)
		}
		back, err := browser.PostForm(s.server.URL+"/simulator/decide",
			url.Values{"request": {string(found[1])}, "person": {"chan"}, "decision": {"approve"}})
		if err != nil {
			t.Fatal(err)
		}
		back.Body.Close()
		address, err := back.Location()
		if err != nil {
			t.Fatal(err)
		}
		redirect, err := iamsmart.ParseRedirect(address.Query())
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, redirect.Code)
	}
	return codes
}

// exchangeAll spends all codes at once and counts what failed.
func exchangeAll(t *testing.T, client *iamsmart.Client, codes []string, halfway func()) {
	t.Helper()
	var all sync.WaitGroup
	var done atomic.Int32
	start := make(chan struct{})
	for _, code := range codes {
		all.Go(func() {
			<-start
			if _, err := client.GetToken(context.Background(), code); err != nil {
				t.Error(err)
			}
			if int(done.Add(1)) == len(codes)/2 && halfway != nil {
				halfway()
			}
		})
	}
	close(start)
	all.Wait()
}

const crowd = 200

// Given two hundred people who come back from iAM Smart at the moment at which the content key ends, all of them get in, and
// iAM Smart is asked for one key.
func TestTwoHundredLoginsWhileTheKeyRollsOver(t *testing.T) {
	server := simulate(t, simulator.Options{CodeLife: 5 * time.Minute}, nil)
	client, on := server.client(t), new(shelf)
	if err := client.KeepKey(on, [][]byte{sealingKey}); err != nil {
		t.Fatal(err)
	}
	codes := server.codes(t, client, crowd+1)
	if _, err := client.GetToken(context.Background(), codes[crowd]); err != nil {
		t.Fatal(err)
	}
	server.DropKey(clientID)
	exchangeAll(t, client, codes[:crowd], nil)
	want(t, "getKey calls", server.Calls("security/getKey"), 2)
}

// The same with a key that ends in their midst, in two processes that share a store.
func TestTheKeyEndsInTheMidstOfACrowd(t *testing.T) {
	server := simulate(t, simulator.Options{CodeLife: 5 * time.Minute}, nil)
	on := new(shelf)
	var all sync.WaitGroup
	var end sync.Once // a key that ends twice within one call is given up, as it should be
	for range 2 {
		client := server.client(t)
		if err := client.KeepKey(on, [][]byte{sealingKey}); err != nil {
			t.Fatal(err)
		}
		codes := server.codes(t, client, crowd/2)
		all.Go(func() { exchangeAll(t, client, codes, func() { end.Do(func() { server.DropKey(clientID) }) }) })
	}
	all.Wait()
}

// Given keys that live for a moment only, people get in one after the other, and no rule is broken.
func TestKeysThatLiveForAMoment(t *testing.T) {
	at := newClock()
	server := simulate(t, simulator.Options{KeyLife: 10 * time.Second, Now: at.Now}, nil)
	client := server.client(t, func(c *iamsmart.Config) { c.Now = at.Now })
	codes := server.codes(t, client, 8)
	for _, code := range codes {
		if _, err := client.GetToken(context.Background(), code); err != nil {
			t.Error(err)
		}
		at.pass(3 * time.Second)
	}
}

// Given two hundred calls at once, an iAM Smart that wants time stamps in order of arrival takes them all, though none waits
// for another.
func TestTimestampsOfACrowdAreInOrder(t *testing.T) {
	var together, most atomic.Int32
	gather := make(chan struct{})
	server := simulate(t, simulator.Options{CodeLife: 5 * time.Minute, Variants: simulator.Variants{OrderedTimestamps: true}},
		func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/v1/auth/getToken" && together.Add(1) <= crowd/4 {
					// The first to arrive are held, so that all others overtake them.
					most.Add(1)
					if together.Load() == crowd/4 {
						time.AfterFunc(200*time.Millisecond, func() { close(gather) })
					}
					<-gather
				}
				next.ServeHTTP(w, r)
			})
		})
	at := newClock()
	client := server.client(t, func(c *iamsmart.Config) {
		c.Now = func() time.Time { at.pass(time.Millisecond); return at.Now() } // each sees a later moment
	})
	exchangeAll(t, client, server.codes(t, client, crowd), nil)
	want(t, "held", int(most.Load()), crowd/4)
}

// A clock that is set back does not show.
func TestAClockThatIsSetBackDoesNotShow(t *testing.T) {
	at := newClock()
	server := simulate(t, simulator.Options{Variants: simulator.Variants{OrderedTimestamps: true}}, nil)
	client := server.client(t, func(c *iamsmart.Config) { c.Now = at.Now })
	for _, code := range server.codes(t, client, 3) {
		if _, err := client.GetToken(context.Background(), code); err != nil {
			t.Error(err)
		}
		at.pass(-30 * time.Second)
	}
}
