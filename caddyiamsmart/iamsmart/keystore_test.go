package iamsmart_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// shelf is a KeyStore in memory. Tests look into it, and break it.
type shelf struct {
	mu     sync.Mutex
	sealed []byte
	saves  int
	away   error
	hangs  bool
}

func (s *shelf) Load(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return slices.Clone(s.sealed), s.away
}

func (s *shelf) Save(_ context.Context, sealed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away == nil {
		s.sealed = slices.Clone(sealed)
		s.saves++
	}
	return s.away
}

func (s *shelf) put(sealed []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = sealed
}

// kept waits until a key has been saved n times: nobody who logs in waits for that.
func (s *shelf) kept(t *testing.T, n int) []byte {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		saves, sealed := s.saves, slices.Clone(s.sealed)
		s.mu.Unlock()
		if saves >= n {
			return sealed
		}
	}
	t.Fatalf("no key was saved %d times", n)
	return nil
}

// reports collects what a client tells beside its answers.
type reports struct {
	mu   sync.Mutex
	told []string
}

func (r *reports) tell(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, err.Error())
}

func (r *reports) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

var sealingKey = []byte("a sealing key for tests: 32 byte")

// process is a client as a fresh process makes it, on a shelf that others share.
func (s *smart) process(t *testing.T, on *shelf, change ...func(*iamsmart.Config)) *iamsmart.Client {
	t.Helper()
	client := s.client(t, change...)
	if err := client.KeepKey(on, [][]byte{sealingKey}); err != nil {
		t.Fatal(err)
	}
	return client
}

func login(t *testing.T, client *iamsmart.Client) {
	t.Helper()
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Fatal(err)
	}
}

// Given a process that has fetched the key, another one and the next start use it, and iAM Smart is asked once.
func TestOneGetKeyForAllProcessesAndStarts(t *testing.T) {
	server, on := newSmart(t), new(shelf)
	login(t, server.process(t, on))
	on.kept(t, 1)
	for range 3 {
		login(t, server.process(t, on))
	}
	want(t, "getKey calls", server.count("security/getKey"), 1)
}

// Given a key that was revoked, then nobody begins with it out of the store.
func TestARevokedKeyIsNotKept(t *testing.T) {
	server, on, told := newSmart(t), new(shelf), new(reports)
	client := server.process(t, on)
	login(t, client)
	on.kept(t, 1)
	server.functions["/api/v1/security/revokeKey"] = says("D00000", "")
	if err := client.RevokeKey(context.Background()); err != nil {
		t.Fatal(err)
	}
	server.cek = randomBytes(32)
	login(t, server.process(t, on, func(c *iamsmart.Config) { c.Report = told.tell }))
	want(t, "getKey calls", server.count("security/getKey"), 2)
	want(t, "reports", len(told.all()), 0)
}

// What leaves the package is sealed: nothing of the key can be seen, and no bit of it changed.
func TestWhatIsKeptIsSealed(t *testing.T) {
	server, on, told := newSmart(t), new(shelf), new(reports)
	login(t, server.process(t, on))
	sealed := on.kept(t, 1)
	for _, part := range []string{string(server.cek[:8]), clientID, "key", "issued"} {
		if strings.Contains(string(sealed), part) {
			t.Errorf("%q can be read", part)
		}
	}
	if len(sealed) > 1024 {
		t.Errorf("it has %d bytes", len(sealed))
	}
	report := func(c *iamsmart.Config) { c.Report = told.tell }
	for i := range sealed {
		altered := slices.Clone(sealed)
		altered[i] ^= 1
		on.put(altered)
		login(t, server.process(t, on, report))
		on.kept(t, i+2)
	}
	want(t, "getKey calls", server.count("security/getKey"), 1+len(sealed))
	want(t, "reports", len(told.all()), len(sealed))
}

// Whatever lies in the store that is not this client's key costs one getKey and one line in the log, and nobody a login.
func TestAStoredKeyThatIsOfNoUse(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name  string
		put   func(*testing.T, *smart, *shelf) // what is found
		told  string
		spent int // further getKey calls
	}{
		{"nothing", func(_ *testing.T, _ *smart, on *shelf) { on.put(nil) }, "", 1},
		{"noise", func(_ *testing.T, _ *smart, on *shelf) { on.put(randomBytes(200)) }, "does not open", 1},
		{"a little noise", func(_ *testing.T, _ *smart, on *shelf) { on.put([]byte{1}) }, "does not open", 1},
		{"a lot of it", func(_ *testing.T, _ *smart, on *shelf) { on.put(make([]byte, 1<<20)) }, "does not open", 1},
		{"another client's", func(t *testing.T, s *smart, on *shelf) {
			login(t, s.process(t, on, func(c *iamsmart.Config) { c.ClientID = "other-client" }))
		}, "does not open", 1},
		{"another environment's", func(t *testing.T, s *smart, on *shelf) {
			login(t, s.process(t, on, func(c *iamsmart.Config) { c.APIBase = strings.Replace(c.APIBase, "127.0.0.1", "localhost", 1) }))
		}, "does not open", 1},
		{"sealed with another key", func(t *testing.T, s *smart, on *shelf) {
			client := s.client(t)
			if err := client.KeepKey(on, [][]byte{randomBytes(32)}); err != nil {
				t.Fatal(err)
			}
			login(t, client)
		}, "does not open", 1},
		{"sealed with an older key of the ring", func(t *testing.T, s *smart, on *shelf) {
			login(t, s.process(t, on))
		}, "", 0},
		{"one whose time is up", func(t *testing.T, s *smart, on *shelf) {
			login(t, s.process(t, on, func(c *iamsmart.Config) { c.Now = func() time.Time { return now.Add(-24 * time.Hour) } }))
		}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, on, told := newSmart(t), new(shelf), new(reports)
			saves := 0
			if c.put(t, server, on); server.count("security/getKey") > 0 {
				on.kept(t, 1)
				saves = 1
			}
			before := server.count("security/getKey")
			client := server.client(t, func(config *iamsmart.Config) { config.Report = told.tell })
			if err := client.KeepKey(on, [][]byte{randomBytes(32), sealingKey}); err != nil {
				t.Fatal(err)
			}
			login(t, client)
			want(t, "further getKey calls", server.count("security/getKey")-before, c.spent)
			if got := strings.Join(told.all(), "\n"); c.told == "" && got != "" || !strings.Contains(got, c.told) || len(told.all()) > 1 {
				t.Errorf("reported %q, want %q", got, c.told)
			}
			if c.spent > 0 {
				on.kept(t, saves+1) // replaced, so that it is told once
			}
		})
	}
}

// A store that is away, or hangs, costs nobody a login: the key lives in memory then.
func TestAStoreThatIsAway(t *testing.T) {
	for name, on := range map[string]*shelf{"away": {away: errors.New("disk on fire")}, "hanging": {hangs: true}} {
		t.Run(name, func(t *testing.T) {
			server, told := newSmart(t), new(reports)
			client := server.process(t, on, func(c *iamsmart.Config) { c.Report = told.tell })
			began := time.Now()
			for range 3 {
				login(t, client)
			}
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("three logins took %v", took)
			}
			want(t, "getKey calls", server.count("security/getKey"), 1)
			if got := told.all(); len(got) == 0 || !strings.Contains(got[0], "content key") {
				t.Errorf("reported %q", got)
			}
		})
	}
}

// Given a key that iAM Smart has ended, the one that another process has fetched meanwhile is used, without a getKey.
func TestARefusedKeyIsLookedForInTheStoreFirst(t *testing.T) {
	server, on := newSmart(t), new(shelf)
	here, there := server.process(t, on), server.process(t, on)
	login(t, here)
	on.kept(t, 1)
	login(t, there)
	server.revoke()
	login(t, there) // fetches
	on.kept(t, 2)
	want(t, "getKey calls", server.count("security/getKey"), 2)
	login(t, here) // reads
	want(t, "getKey calls", server.count("security/getKey"), 2)

	// And where the one in the store has ended too, there is one getKey and still no error.
	server.revoke()
	login(t, there)
	on.kept(t, 3)
	server.revoke()
	login(t, here)
	want(t, "getKey calls", server.count("security/getKey"), 4)
	want(t, "getToken calls", server.count("auth/getToken"), 2+2+2+2+3)
}

// An older key that turns up in the store again, from a backup, is not preferred to a newer one that is held.
func TestAnOlderStoredKeyIsPassedOver(t *testing.T) {
	server, on := newSmart(t), new(shelf)
	first := server.process(t, on)
	login(t, first)
	old := on.kept(t, 1)
	server.revoke()
	login(t, first)
	on.kept(t, 2)
	on.put(old)
	server.revoke()
	tokens := server.count("auth/getToken")
	login(t, first)
	want(t, "getKey calls", server.count("security/getKey"), 3)
	want(t, "getToken calls of the last login", server.count("auth/getToken")-tokens, 2)
}

// Near its end a key is asked after once, by one of the processes: iAM Smart gives the same one until it ends.
func TestTheSameKeyIsNotAskedForAgainAndAgain(t *testing.T) {
	server, on, clock := newSmart(t), new(shelf), newClock()
	server.issueAt = clock.Now().UnixMilli()
	at := func(c *iamsmart.Config) { c.Now = clock.Now }
	processes := []*iamsmart.Client{server.process(t, on, at), server.process(t, on, at)}
	clock.pass(23*time.Hour + 54*time.Minute)
	login(t, processes[0])
	saved := 1
	on.kept(t, saved)
	for range 50 {
		clock.pass(7 * time.Second)
		for _, process := range processes {
			login(t, process)
		}
		if server.count("security/getKey") == 2 && saved == 1 {
			saved = 2
			on.kept(t, saved)
		}
	}
	if n := server.count("security/getKey"); n > 3 {
		t.Errorf("getKey was called %d times within six minutes, want three at most: at first, before its end, at its end", n)
	}
}

// What cannot keep a key is refused at once.
func TestKeepKeyIsChecked(t *testing.T) {
	client := newSmart(t).client(t)
	for name, err := range map[string]error{
		"no store":    client.KeepKey(nil, [][]byte{sealingKey}),
		"no key":      client.KeepKey(new(shelf), nil),
		"a short key": client.KeepKey(new(shelf), [][]byte{sealingKey, sealingKey[:16]}),
	} {
		if err == nil || strings.Contains(err.Error(), string(sealingKey[:16])) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
