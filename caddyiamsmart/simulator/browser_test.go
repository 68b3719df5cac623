package simulator_test

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// TestABrowserComesBackFromEachButton presses the buttons in a real Chromium, since no other client applies the Content-Security-Policy
// to the redirect that follows the form. The service is another site than the simulator, as in reality.
func TestABrowserComesBackFromEachButton(t *testing.T) {
	ctx := browser(t)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><p id="back">you are back</p>`))
	}))
	defer service.Close()
	back := strings.Replace(service.URL, "127.0.0.1", "localhost", 1) + "/iamsmart/callback"
	s := start(t, func(o *simulator.Options) { o.Clients[0].RedirectURIs = []string{back} })
	s.sim.Watch(t)
	q := &query{s.query()}
	set("redirectURI", url.QueryEscape(back))(s, q)

	for _, c := range []struct{ button, person, more, want string }{
		{"approve", "osample", "", "code="},
		{"approve", "", "&brokerPage=true", "code="},
		{"reject", "", "", "error_code=D40001"},
		{"cancel", "wong", "", "error_code=D40000"},
		{"timeout", "", "", "error_code=D40003"},
	} {
		page := s.base + "/api/v1/auth/getQR?" + joined(q.pairs) + c.more
		if err := chromedp.Do(ctx, chromedp.Navigate(page), chromedp.WaitVisible(chromedp.CSS("#"+c.button))); err != nil {
			t.Fatalf("%s: opening the page: %v", c.button, err)
		}
		styled, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".banner")).fontWeight`))
		if err != nil {
			t.Fatalf("%s: looking at the page: %v", c.button, err)
		}
		if c.person != "" {
			if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#person-"+c.person))); err != nil {
				t.Fatalf("%s: choosing %s: %v", c.button, c.person, err)
			}
		}
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#"+c.button)), chromedp.WaitVisible(chromedp.CSS("#back"))); err != nil {
			t.Fatalf("%s: coming back: %v", c.button, err)
		}
		address, err := chromedp.Run(ctx, chromedp.Location())
		if err != nil {
			t.Fatalf("%s: reading the address: %v", c.button, err)
		}
		if !strings.HasPrefix(address, back+"?") || !strings.Contains(address, c.want) || !strings.HasSuffix(address, "state=abc_DEF-123") {
			t.Errorf("%s leads to %s", c.button, address)
		}
		if c.button == "approve" {
			who := cmp.Or(c.person, "chan") // who is chosen to begin with
			s.fetchKey()
			_, code, _ := strings.Cut(address, "code=")
			code, _, _ = strings.Cut(code, "&")
			if s.openContent(s.exchange(code))["openID"] != s.sim.OpenID("home-1", who) {
				t.Errorf("the code is not that of %s", who)
			}
		}
		if styled != "700" {
			t.Errorf("the style sheet is not applied: weight %s", styled)
		}
	}
}

// browser starts a headless Chromium that ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	switch {
	case program != "":
	case os.Getenv("IAMSMART_TEST_SERVERS") == "required":
		t.Fatal("Chromium is not installed, but IAMSMART_TEST_SERVERS=required")
	default:
		t.Skip("Chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()),
		chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancelAllocator)
	ctx, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	return ctx
}
