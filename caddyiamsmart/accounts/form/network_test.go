package form_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts/form"
)

const loginForm = `<form method="post"><input name="user"><input name="pass" type="password"></form>`

type checker struct{ form *form.Form }

func (c checker) check(t *testing.T, user, password string) error {
	t.Helper()
	_, err := c.form.CheckPassword(t.Context(), user, password)
	mustNotTell(t, err, user, password)
	return err
}

// hostile serves the login form, and what it is given in place of the page or
// of the answer to the right password.
func hostile(t *testing.T, page, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost && r.PostFormValue("pass") == "secret" && answer != nil:
			answer(w, r)
		case r.URL.Path == "/loop" && answer != nil:
			answer(w, r)
		case r.Method == http.MethodGet && page != nil:
			page(w, r)
		default:
			fmt.Fprint(w, loginForm)
		}
	}))
	t.Cleanup(app.Close)
	return app
}

// Given an app that is broken or means harm, when a right password is checked,
// then the check ends in time and in bounds, and says that it cannot check.
func TestCheckOfHostileApps(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10000000000")
		for block := make([]byte, 1<<16); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		for block := make([]byte, 1<<16); ; {
			if _, err := packed.Write(block); err != nil {
				return
			}
		}
	}
	drip := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, loginForm)
		for {
			if _, err := fmt.Fprint(w, " "); err != nil || r.Context().Err() != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	}
	loop := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) }
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
	}
	garbage := func(w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprintf(c, "HTTP/1.1 2OO %s secret\r\n\r\n", r.PostFormValue("user"))
			c.Close()
		}
	}
	headers := func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 1<<20)) }
	action := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `<form method="post" action="%s"><input name="user"><input name="pass"></form>`, to)
		}
	}
	base := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<base href="http://evil.example/">`, strings.Replace(loginForm, "<form", `<form action="in"`, 1))
	}
	button := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(loginForm, "</form>", `<button formaction="http://evil.example/">`, 1))
	}
	buttonGET := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(loginForm, "</form>", `<button formmethod="get">`, 1))
	}
	trouble := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, loginForm)
	}
	for _, tt := range []struct {
		name         string
		page, answer http.HandlerFunc
	}{
		{"10 GB for a page", endless, nil},
		{"10 GB for an answer", nil, endless},
		{"gzip bomb for a page", bomb, nil},
		{"gzip bomb for an answer", nil, bomb},
		{"drop by drop for a page", drip, nil},
		{"drop by drop for an answer", nil, drip},
		{"redirect loop for a page", loop, nil},
		{"redirect loop for an answer", nil, loop},
		{"page at another host", away, nil},
		{"answer at another host", nil, away},
		{"no HTTP for a page", garbage, nil},
		{"no HTTP for an answer", nil, garbage},
		{"a header of 1 MiB", headers, nil},
		{"a page in trouble", trouble, nil},
		{"a form for another host", action("http://evil.example/"), nil},
		{"a form for another port", action("//127.0.0.1:1/"), nil},
		{"a form for script", action("javascript:alert(1)"), nil},
		{"a form for nowhere", action("http://%zz/"), nil},
		{"a base at another host", base, nil},
		{"a button for another host", button, nil},
		{"a button that sends by GET", buttonGET, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := hostile(t, tt.page, tt.answer)
			began := time.Now()
			err := checker{load(t, block(app.URL+"/login?key=hidden", "success status 200", "success not body user"))}.check(t, "alice", "secret")
			if outcome(err) != "cannot check" {
				t.Errorf("check came to %s, want cannot check (%v)", outcome(err), err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("check took %s", took)
			}
			mustNotTell(t, err, "hidden")
		})
	}
}

// Given an app that is switched off, when a password is checked, then it cannot
// be checked, and the error says why.
func TestCheckOfAnAppThatIsAway(t *testing.T) {
	app := httptest.NewServer(http.NotFoundHandler())
	url := app.URL
	app.Close()
	err := checker{load(t, block(url+"/login"))}.check(t, "alice", "secret")
	if outcome(err) != "cannot check" || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v, want cannot check with its cause", err)
	}
}

// Given a certificate that nobody vouches for, when a password is checked, then
// it does not leave the gate.
func TestCheckOverBadTLS(t *testing.T) {
	var posts atomic.Int32
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { posts.Add(1) }))
	app.Config.ErrorLog = quiet()
	app.StartTLS()
	defer app.Close()
	if err := (checker{load(t, block(app.URL))}).check(t, "alice", "secret"); outcome(err) != "cannot check" {
		t.Errorf("%v, want cannot check", err)
	}
	if posts.Load() != 0 {
		t.Error("the app was asked in spite of its certificate")
	}
}

// Given a proxy in the environment, when a password is checked, then it does
// not pass there. (A loopback address would never go through a proxy, so the
// app has a name that only a proxy could find.)
func TestCheckUsesNoProxy(t *testing.T) {
	if err := (checker{load(t, block("http://app.invalid/"))}).check(t, "alice", "secret"); outcome(err) != "cannot check" {
		t.Errorf("%v, want cannot check", err)
	}
	if proxied.Load() != 0 {
		t.Error("the proxy of the environment was asked")
	}
}

// proxied counts what reaches the proxy that the environment names.
var proxied atomic.Int32

// TestMain names the proxy before anything runs: net/http reads the environment
// once in a process.
func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		proxied.Add(1)
		fmt.Fprint(w, loginForm)
	}))
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		if err := os.Setenv(name, proxy.URL); err != nil {
			log.Fatal(err)
		}
	}
	status := m.Run()
	proxy.Close()
	os.Exit(status)
}

// Given an app that never answers, when the visitor leaves, then the check ends
// with them.
func TestCheckEndsWithItsVisitor(t *testing.T) {
	stop := make(chan struct{})
	app := hostile(t, nil, func(http.ResponseWriter, *http.Request) { <-stop })
	defer close(stop)
	f := load(t, block(app.URL))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := f.CheckPassword(ctx, "alice", "secret"); outcome(err) != "cannot check" {
		t.Errorf("%v, want cannot check", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("check went on for %s", took)
	}
}

// Given an app behind a TLS proxy that marks its cookies for the outer name,
// when the gate checks on the inner side, then the app's session works there.
func TestCheckWithCookiesForTheOuterName(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("SID")
		switch {
		case r.Method == http.MethodPost && r.PostFormValue("pass") == "secret":
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in", Domain: "records.example.com", Secure: true, Path: "/"})
			http.Redirect(w, r, "/home", http.StatusFound)
		case err == nil && c.Value == "in":
			fmt.Fprint(w, "Welcome")
		default:
			fmt.Fprint(w, loginForm)
		}
	}))
	defer app.Close()
	f := checker{load(t, block(app.URL))}
	if err := f.check(t, "alice", "secret"); err != nil {
		t.Errorf("right password: %v", err)
	}
	if err := f.check(t, "alice", "sesame"); outcome(err) != "wrong" {
		t.Errorf("wrong password: %v", err)
	}
}
