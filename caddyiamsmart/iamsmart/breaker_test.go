package iamsmart_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// weather is an iAM Smart whose getToken a test can take away, and a client with a clock.
type weather struct {
	*smart
	t      *testing.T
	clock  *clock
	client *iamsmart.Client
}

func newWeather(t *testing.T) *weather {
	w := &weather{smart: newSmart(t), t: t, clock: newClock()}
	w.client = w.smart.client(t, func(c *iamsmart.Config) { c.Now = w.clock.Now })
	w.client.Pace(0, func(time.Duration) {})
	login(t, w.client)
	return w
}

// fail makes a login that is to fail, and gives the error and whether iAM Smart was asked.
func (w *weather) fail() (*iamsmart.Error, bool) {
	w.t.Helper()
	before := w.count("auth/getToken")
	_, err := w.client.GetToken(context.Background(), aCode)
	return asError(w.t, err), w.count("auth/getToken") > before
}

// down takes five logins to open the breaker.
func (w *weather) down() {
	w.t.Helper()
	w.answers(reply(503, "text/html", "<h1>Maintenance</h1>"))
	for i := range 5 {
		if _, asked := w.fail(); !asked {
			w.t.Fatalf("login %d is not tried", i+1)
		}
	}
}

// Given five logins without an answer, the next are refused at once, with the time of the next try; then one finds out, twice
// as long apart each time, until iAM Smart is back.
func TestAnIAmSmartThatIsAwayIsLeftInPeace(t *testing.T) {
	w := newWeather(t)
	if err := w.client.Available(); err != nil {
		t.Fatal(err)
	}
	w.down()
	for _, quiet := range []time.Duration{10, 20, 40, 80, 120, 120} {
		quiet *= time.Second
		opened := w.clock.Now()
		for _, after := range []time.Duration{0, quiet - time.Millisecond} {
			w.clock.pass(after)
			err, asked := w.fail()
			want(t, "asked", asked, false)
			want(t, "kind", err.Kind, iamsmart.KindUnavailable)
			if !err.RetryAt.Equal(opened.Add(quiet)) || !strings.Contains(err.Error(), opened.Add(quiet).UTC().Format(time.RFC3339)) {
				t.Errorf("after %v: retry at %v in %q, want %v", after, err.RetryAt, err, opened.Add(quiet))
			}
			if available := w.client.Available(); available == nil || !asError(t, available).RetryAt.Equal(err.RetryAt) {
				t.Errorf("available: %v", available)
			}
		}
		w.clock.pass(time.Millisecond)
		if err := w.client.Available(); err != nil {
			t.Errorf("nobody would find out: %v", err)
		}
		if _, asked := w.fail(); !asked {
			t.Error("nobody finds out")
		}
	}
	w.clock.pass(2 * time.Minute)
	w.answers(nil)
	login(t, w.client)
	// It begins again: four failures are none.
	w.answers(hangUp)
	for range 4 {
		w.fail()
	}
	w.answers(nil)
	login(t, w.client)
	w.down()
	err, _ := w.fail()
	if left := err.RetryAt.Sub(w.clock.Now()); left != 10*time.Second {
		t.Errorf("it is left in peace for %v", left)
	}
}

// Of a crowd that comes when the time is over, exactly one finds out; the others are answered at once and not held up by it.
func TestOneFindsOut(t *testing.T) {
	w := newWeather(t)
	w.down()
	w.clock.pass(10 * time.Second)
	arrived, proceed := make(chan struct{}), make(chan struct{})
	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-proceed
		w.giveToken(rw)
	})
	before := w.count("auth/getToken")
	found := make(chan error)
	go func() {
		_, err := w.client.GetToken(context.Background(), aCode)
		found <- err
	}()
	<-arrived
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := w.client.GetToken(context.Background(), aCode)
			want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		})
	}
	all.Wait()
	want(t, "getToken calls", w.count("auth/getToken")-before, 1)
	close(proceed)
	if err := <-found; err != nil {
		t.Error(err)
	}
	w.answers(nil)
	login(t, w.client)
}

// If the one who is to find out goes away, another one does.
func TestTheOneWhoFindsOutLeaves(t *testing.T) {
	w := newWeather(t)
	w.down()
	w.clock.pass(10 * time.Second)
	leaving, leave := context.WithCancel(context.Background())
	w.answers(func(_ http.ResponseWriter, r *http.Request) { leave(); <-r.Context().Done() })
	_, err := w.client.GetToken(leaving, aCode)
	want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
	w.answers(nil)
	login(t, w.client)
}

// Whoever says no is there. Refusals, and people who go away, never keep others out; nor does a single bad answer between.
func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"expired code":    says("D40004", ""),
		"denied":          says("D40001", ""),
		"wrong signature": says("D20006", ""),
		"its own error":   says("D20000", ""),
		"no such path":    reply(404, "text/html", "<h1>Not Found</h1>"),
		"forbidden":       reply(403, "text/html", ""),
		"bad request":     reply(400, "application/json", `{"code":"D20003"}`),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWeather(t)
			w.answers(answer)
			for range 12 {
				if _, asked := w.fail(); !asked {
					t.Fatal("it is not asked any more")
				}
			}
			if err := w.client.Available(); err != nil {
				t.Error(err)
			}
		})
	}
	w := newWeather(t)
	for range 12 {
		leaving, leave := context.WithCancel(context.Background())
		w.answers(func(_ http.ResponseWriter, r *http.Request) { leave(); <-r.Context().Done() })
		_, err := w.client.GetToken(leaving, aCode)
		asError(t, err)
	}
	w.answers(nil)
	login(t, w.client)
}

// Given an iAM Smart that asks us to wait, it is left in peace so long, within bounds, whichever way it says it.
func TestRetryAfterIsHeeded(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().UTC().Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name   string
		status int
		after  string
		served time.Duration // what its clock is ahead of ours
		wait   time.Duration // to the second; 0: it is asked again at once
	}{
		{"seconds", 429, "30", 0, 30 * time.Second},
		{"seconds in blanks", 429, " 7 ", 0, 7 * time.Second},
		{"a moment", 429, at(40 * time.Second), 0, 40 * time.Second},
		{"a moment by a clock that is off", 429, at(time.Hour + 40*time.Second), time.Hour, 40 * time.Second},
		{"a moment that is over", 429, at(-time.Hour), 0, time.Second},
		{"nothing", 429, "", 0, 10 * time.Second},
		{"nonsense", 429, "soon", 0, 10 * time.Second},
		{"less than nothing", 429, "-5", 0, 10 * time.Second},
		{"no time at all", 429, "0", 0, time.Second},
		{"an hour", 429, "3600", 0, 2 * time.Minute},
		{"for ever", 429, strings.Repeat("9", 400), 0, 2 * time.Minute},
		{"the year 9999", 429, "Fri, 31 Dec 9999 23:59:59 GMT", 0, 2 * time.Minute},
		{"503 with a wish", 503, "30", 0, 30 * time.Second},
		{"503 without", 503, "", 0, 0},
		{"500 has no wish", 500, "30", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWeather(t)
			w.answers(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Date", at(c.served))
				if c.after != "" {
					rw.Header().Set("Retry-After", c.after)
				}
				reply(c.status, "text/html", "<h1>slow down</h1>")(rw, r)
			})
			first, _ := w.fail()
			second, asked := w.fail()
			want(t, "asked again", asked, c.wait == 0)
			if c.wait == 0 {
				return
			}
			for _, err := range []*iamsmart.Error{first, second} {
				if off := err.RetryAt.Sub(w.clock.Now().Add(c.wait)).Abs(); off > 2*time.Second {
					t.Errorf("retry at %v, want %v", err.RetryAt, w.clock.Now().Add(c.wait))
				}
			}
			w.clock.pass(c.wait + 2*time.Second)
			if _, asked := w.fail(); !asked {
				t.Error("it is still not asked")
			}
		})
	}
}

// Several machines that were refused together do not come back all at once.
func TestTheQuietIsJittered(t *testing.T) {
	w := newWeather(t)
	w.client.Pace(1, func(time.Duration) {})
	w.down()
	err, _ := w.fail()
	want(t, "quiet", err.RetryAt.Sub(w.clock.Now()), 12*time.Second)
}
