package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
)

// jar is a browser's cookies, by name.
type jar map[string]string

// take does what an answer says.
func (j jar) take(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(j, c.Name)
		} else {
			j[c.Name] = c.Value
		}
	}
}

func (j jar) request() *http.Request {
	var pairs []string
	for name, value := range j {
		pairs = append(pairs, name, value)
	}
	return bearing(pairs...)
}

// starts is the button, pressed in a browser.
func (d *desk) starts(j jar, to session.Return) session.LoginFlow {
	d.t.Helper()
	w := httptest.NewRecorder()
	f, err := d.StartFlow(w, j.request(), to, false)
	if err != nil {
		d.t.Fatal(err)
	}
	j.take(w)
	return f
}

// comes is a callback that belongs to a login, or to nothing that is known.
func (d *desk) comes(r *http.Request, state string) (session.LoginFlow, error) {
	d.t.Helper()
	f, err := d.Flow(r, state)
	login, ok := f.(session.LoginFlow)
	if !ok {
		d.t.Fatalf("no login but %#v", f)
	}
	return login, err
}

// answers is a callback that belongs to a flow of this browser.
func (d *desk) answers(j jar, state string) {
	d.t.Helper()
	found, err := d.Flow(j.request(), state)
	if err != nil {
		d.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.AnswerFlow(w, found)
	j.take(w)
}

// start begins a flow in a new browser and returns its cookie.
func (d *desk) start(to session.Return) (session.LoginFlow, *http.Cookie) {
	d.t.Helper()
	j := make(jar)
	f := d.starts(j, to)
	for name, value := range j {
		return f, &http.Cookie{Name: name, Value: value}
	}
	d.t.Fatal("no flow cookie is set")
	return f, nil
}

func TestAFlowComesBackAsItWasStarted(t *testing.T) {
	d := open(t)
	for _, address := range []string{"/", "/ward-3/list.php?page=2", "/" + strings.Repeat("a", 511)} {
		j := make(jar)
		f := d.starts(j, session.Return{Address: address})
		if len(f.State) != 32 {
			t.Fatalf("the state has %d characters: %s", len(f.State), f.State)
		}
		d.pass(19 * time.Minute)
		got, err := d.comes(j.request(), f.State)
		if err != nil {
			t.Fatal(err)
		}
		if got.Return != address || got.State != f.State || got.Round != 0 || got.Used || !got.Started.Equal(f.Started) {
			t.Errorf("came back as %+v", got)
		}
		if got.Claim() != f.Claim() || !got.Ends().Equal(f.Started.Add(session.FlowLife)) {
			t.Error("its claim is another, or ends at another time")
		}
	}
	if _, err := d.StartFlow(httptest.NewRecorder(), bearing(), session.Return{Address: "/" + strings.Repeat("a", 600)}, false); err == nil {
		t.Error("a flow that no cookie can hold is begun")
	}
}

func TestFlowsDifferInStateAndClaim(t *testing.T) {
	d := open(t)
	seen := make(map[any]bool)
	for range 100 {
		f, _ := d.start(session.Return{Address: "/"})
		if seen[f.State] || seen[f.Claim()] {
			t.Fatal("two flows are alike")
		}
		seen[f.State], seen[f.Claim()] = true, true
	}
}

func TestT34OnlyTheBrowserThatStartedAFlowHasIt(t *testing.T) {
	d := open(t)
	f, cookie := d.start(session.Return{Address: "/secret"})
	other, foreign := d.start(session.Return{Address: "/other"})
	prefix := strings.TrimSuffix(cookie.Name, f.State[:8])
	turned := f.State[:8] + other.State[8:]
	altered := []byte(cookie.Value)
	altered[len(altered)/2] ^= 1

	for name, c := range map[string]struct {
		state string
		r     *http.Request
	}{
		"no cookie":                                          {f.State, bearing()},
		"another's cookie":                                   {f.State, bearing(foreign.Name, foreign.Value)},
		"another's value under my name":                      {f.State, bearing(cookie.Name, foreign.Value)},
		"my value under another's name":                      {other.State, bearing(foreign.Name, cookie.Value)},
		"first eight of the state right, the rest another's": {turned, bearing(cookie.Name, cookie.Value)},
		"last character of the state altered":                {f.State[:31] + string('A'+('B'-f.State[31])&1), bearing(cookie.Name, cookie.Value)},
		"state cut":                                          {f.State[:31], bearing(cookie.Name, cookie.Value)},
		"only the eight characters of the name":              {f.State[:8], bearing(cookie.Name, cookie.Value)},
		"state with more behind":                             {f.State + "A", bearing(cookie.Name, cookie.Value)},
		"no state":                                           {"", bearing(cookie.Name, cookie.Value)},
		"state of 32 other bytes":                            {strings.Repeat("\xff", 32), bearing(cookie.Name, cookie.Value)},
		"two cookies of the name":                            {f.State, bearing(cookie.Name, cookie.Value, cookie.Name, cookie.Value)},
		"altered":                                            {f.State, bearing(cookie.Name, string(altered))},
		"cut":                                                {f.State, bearing(cookie.Name, cookie.Value[:100])},
		"empty":                                              {f.State, bearing(cookie.Name, "")},
		"oversize":                                           {f.State, bearing(cookie.Name, strings.Repeat(cookie.Value, 9))},
		"a made-up state that names itself":                  {strings.Repeat("A", 32), bearing(prefix+"AAAAAAAA", "AAAA")},
	} {
		got, err := d.comes(c.r, c.state)
		if !errors.Is(err, session.ErrNoFlow) {
			t.Errorf("%s: %v, want ErrNoFlow", name, err)
		}
		if got.Return != "/" || got.Used || !got.Started.IsZero() {
			t.Errorf("%s: tells %+v", name, got)
		}
	}
	if _, err := d.Flow(bearing(cookie.Name, cookie.Value), f.State); err != nil {
		t.Errorf("my own: %v", err)
	}
}

func TestT35AFlowEndsWithItsTimeOrItsAnswer(t *testing.T) {
	t.Run("too old", func(t *testing.T) {
		d := open(t)
		j := make(jar)
		f := d.starts(j, session.Return{Address: "/there"})
		d.pass(session.FlowLife - time.Millisecond)
		if _, err := d.Flow(j.request(), f.State); err != nil {
			t.Fatalf("a moment before its end: %v", err)
		}
		d.pass(time.Millisecond)
		got, err := d.comes(j.request(), f.State)
		if !errors.Is(err, session.ErrFlowEnded) || got.Return != "/there" {
			t.Errorf("after twenty minutes: %+v, %v", got, err)
		}
	})
	t.Run("from the future", func(t *testing.T) {
		d := open(t)
		j := make(jar)
		f := d.starts(j, session.Return{Address: "/there"})
		d.pass(-time.Minute)
		if _, err := d.Flow(j.request(), f.State); err != nil {
			t.Fatalf("nodes differ by a minute: %v", err)
		}
		d.pass(-time.Minute)
		if _, err := d.Flow(j.request(), f.State); !errors.Is(err, session.ErrFlowEnded) {
			t.Errorf("issued two minutes from now: %v", err)
		}
	})
	t.Run("answered", func(t *testing.T) {
		d := open(t)
		j := make(jar)
		f := d.starts(j, session.Return{Address: "/there"})
		w := httptest.NewRecorder()
		d.AnswerFlow(w, f)
		if c := w.Result().Cookies()[0]; c.MaxAge != 120 {
			t.Errorf("an answered flow stays for %d s", c.MaxAge)
		}
		j.take(w)
		got, err := d.comes(j.request(), f.State)
		if !errors.Is(err, session.ErrFlowEnded) || !got.Used || got.Return != "/" {
			t.Errorf("answered: %+v, %v", got, err)
		}
	})
	t.Run("dropped", func(t *testing.T) {
		d := open(t)
		j := make(jar)
		f := d.starts(j, session.Return{Address: "/there"})
		w := httptest.NewRecorder()
		d.DropFlow(w, f)
		j.take(w)
		if _, err := d.Flow(j.request(), f.State); !errors.Is(err, session.ErrNoFlow) {
			t.Errorf("dropped: %v", err)
		}
	})
}

func TestT39ABrowserHasFiveFlowsAtMost(t *testing.T) {
	d := open(t)
	j := jar{"PHPSESSID": "0123"}
	var states []string
	for n := range 9 {
		states = append(states, d.starts(j, session.Return{Address: fmt.Sprint("/", n)}).State)
		d.pass(time.Second)
		for i, state := range states {
			_, err := d.Flow(j.request(), state)
			if open := i > n-5; (err == nil) != open {
				t.Errorf("after %d starts the one number %d: %v", n+1, i+1, err)
			}
		}
	}
	if len(j) != 6 || j["PHPSESSID"] == "" {
		t.Errorf("the browser holds %d cookies", len(j))
	}

	// One that is answered leaves room: it counts no more.
	d.answers(j, states[8])
	last := d.starts(j, session.Return{Address: "/last"})
	for _, state := range append(slices.Clone(states[4:8]), last.State) {
		if _, err := d.Flow(j.request(), state); err != nil {
			t.Errorf("five are open, one of them is gone: %v", err)
		}
	}

	w := httptest.NewRecorder()
	d.ForgetFlows(w, j.request())
	j.take(w)
	if len(j) != 1 || j["PHPSESSID"] == "" {
		t.Errorf("after logout the browser holds %d cookies", len(j))
	}
}

func TestT39HundredsOfFlowCookiesAreNotAllLookedAt(t *testing.T) {
	d := open(t)
	f, cookie := d.start(session.Return{Address: "/"})
	prefix := strings.TrimSuffix(cookie.Name, f.State[:8])
	var pairs []string
	for n := range 300 {
		pairs = append(pairs, fmt.Sprintf("%s%08d", prefix, n), "AAAA")
	}
	r := bearing(pairs...)
	w := httptest.NewRecorder()
	d.ForgetFlows(w, r)
	if n := len(w.Result().Cookies()); n == 0 || n > 10 {
		t.Errorf("one request has %d cookies taken away", n)
	}
	w = httptest.NewRecorder()
	if _, err := d.StartFlow(w, r, session.Return{Address: "/"}, false); err != nil || len(w.Result().Cookies()) != 1 {
		t.Errorf("a start among them: %v, %d cookies", err, len(w.Result().Cookies()))
	}
}

func TestLoginsThatDoNotHoldAreCounted(t *testing.T) {
	t.Run("by the answered flow", func(t *testing.T) {
		d := open(t)
		j := make(jar)
		for want := range session.MaxRounds + 2 {
			f := d.starts(j, session.Return{Address: "/"})
			if want = min(want, session.MaxRounds); f.Round != want {
				t.Fatalf("round %d, want %d", f.Round, want)
			}
			if got, err := d.comes(j.request(), f.State); err != nil || got.Round != want {
				t.Fatalf("comes back in round %d, want %d: %v", got.Round, want, err)
			}
			d.answers(j, f.State)
			if len(j) != 1 {
				t.Fatalf("%d flow cookies are left", len(j))
			}
		}
	})
	t.Run("an open flow of another tab is no round", func(t *testing.T) {
		d := open(t)
		j := make(jar)
		for range 4 {
			if f := d.starts(j, session.Return{Address: "/"}); f.Round != 0 {
				t.Fatalf("round %d", f.Round)
			}
		}
	})
	t.Run("by the state where cookies do not hold", func(t *testing.T) {
		d := open(t)
		for round := range session.MaxRounds + 1 {
			f, _ := d.start(session.Return{Address: "/", Round: round})
			got, err := d.comes(bearing(), f.State)
			if !errors.Is(err, session.ErrNoFlow) || got.Round != round {
				t.Errorf("round %d came back as %d: %v", round, got.Round, err)
			}
		}
	})
	t.Run("never over the most", func(t *testing.T) {
		d := open(t)
		if f, _ := d.start(session.Return{Address: "/", Round: 77}); f.Round != session.MaxRounds {
			t.Errorf("round %d", f.Round)
		}
	})
}

func TestAFlowThatIsNotKnownCanBeDropped(t *testing.T) {
	d := open(t)
	lost, err := d.comes(bearing(), "")
	if !errors.Is(err, session.ErrNoFlow) {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.DropFlow(w, lost)
	d.AnswerFlow(w, lost)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 {
			t.Errorf("sets %s", c.Raw)
		}
	}
}
