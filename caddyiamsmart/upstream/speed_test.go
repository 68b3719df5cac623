package upstream_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

const cookiePrefix = "__Host-Http-iamsmart-"

// ordinary is what a browser sends for a page of a legacy app: 15 headers, the
// app's cookie and ours.
func ordinary() *http.Request {
	return &http.Request{
		Method:     "GET",
		RequestURI: "/records/ward-3/list.php?page=2",
		URL:        &url.URL{Path: "/records/ward-3/list.php", RawQuery: "page=2"},
		Body:       http.NoBody,
		Header: http.Header{
			"Accept":                    {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"},
			"Accept-Encoding":           {"gzip, deflate, br"},
			"Accept-Language":           {"zh-HK,zh;q=0.9,en;q=0.8"},
			"Cache-Control":             {"max-age=0"},
			"Connection":                {"keep-alive"},
			"Cookie":                    {"PHPSESSID=0123456789abcdef; " + cookiePrefix + "1a2b-s=MTcw"},
			"Dnt":                       {"1"},
			"Referer":                   {"https://records.example.com/records/"},
			"Sec-Fetch-Dest":            {"document"},
			"Sec-Fetch-Mode":            {"navigate"},
			"Sec-Fetch-Site":            {"same-origin"},
			"Sec-Fetch-User":            {"?1"},
			"Upgrade-Insecure-Requests": {"1"},
			"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},
			"X-Requested-With":          {"XMLHttpRequest"},
		},
	}
}

type gate struct {
	scrubber *upstream.Scrubber
	public   *upstream.Public
	rendered upstream.Rendered
}

func newGate(tb testing.TB) gate {
	tb.Helper()
	headers, err := upstream.NewHeaders([]upstream.HeaderSpec{
		{Name: "X-Iam-User", Template: "{iamsmart.account}"},
		{Name: "X-Iam-Person", Template: "{iamsmart.person}"},
	}, upstream.PathSpec{
		Paths: []string{"/extra/*"}, Headers: []upstream.HeaderSpec{{Name: "X-Iam-Extra", Template: "{iamsmart.app}"}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	public, err := upstream.NewPublic(nil)
	if err != nil {
		tb.Fatal(err)
	}
	rendered := headers.Render(upstream.Identity{Account: "chan.tm", Person: "p-7f3a", LoginTime: time.Unix(1e9, 0)})
	return gate{upstream.NewScrubber(headers.Names()), public, rendered}
}

// pass does to a request what the gate does, session aside.
func (g gate) pass(r *http.Request) bool {
	g.scrubber.Scrub(r)
	upstream.Repair(r.URL)
	path, err := upstream.ParsePath(r.URL, r.RequestURI)
	if err != nil || path.Under("/iamsmart") || g.public.Open(path) {
		return false
	}
	if _, n := upstream.Cookies(r.Header, cookiePrefix+"1a2b-s"); n != 1 {
		return false
	}
	upstream.StripCookies(r.Header, cookiePrefix, nil)
	return g.rendered.Stamp(r.Header, path) == nil
}

func TestOrdinaryRequestAllocatesAtMostTwice(t *testing.T) {
	if raceEnabled {
		return // the race detector allocates for itself
	}
	g := newGate(t)
	for name, cookies := range map[string]string{
		"ours last":      "PHPSESSID=0123; " + cookiePrefix + "1a2b-s=MTcw",
		"ours in middle": "PHPSESSID=0123; " + cookiePrefix + "1a2b-s=MTcw; theme=dark",
	} {
		t.Run(name, func(t *testing.T) {
			r := ordinary()
			line := r.Header["Cookie"]
			allocs := testing.AllocsPerRun(200, func() {
				line[0] = cookies
				r.Header["Cookie"] = line
				if !g.pass(r) {
					t.Fatal("the request did not pass")
				}
			})
			t.Logf("%.1f allocations", allocs)
			if allocs > 2 {
				t.Errorf("allocations = %.1f, want at most 2", allocs)
			}
		})
	}
}

func BenchmarkOrdinaryRequest(b *testing.B) {
	g := newGate(b)
	r := ordinary()
	line := r.Header["Cookie"]
	cookies := line[0]
	b.ReportAllocs()
	for b.Loop() {
		line[0] = cookies
		r.Header["Cookie"] = line
		if !g.pass(r) {
			b.Fatal("the request did not pass")
		}
	}
}

func BenchmarkScrub(b *testing.B) {
	g := newGate(b)
	r := ordinary()
	b.ReportAllocs()
	for b.Loop() {
		g.scrubber.Scrub(r)
	}
}

func BenchmarkOddPath(b *testing.B) {
	for _, target := range []string{"/app/%E5%85%AC%E9%96%8B.pdf", "/app/list.do;jsessionid=1F2E", "/a/%252e%252e/..;/b%2fc%5c", "/~chan/a@b"} {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(target, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := upstream.ParsePath(u, target); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAdmitCookies(b *testing.B) {
	app := appSession(b, [][]byte{key(1)})
	own := brought(set(app, chanLogin, "PHPSESSID=0123456789abcdef"))
	for name, line := range map[string]string{
		"few":  own + "; other=1; " + cookiePrefix + "1a2b-s=MTcw",
		"many": "_ga=GA1.2.1234567890.1234567890; theme=dark; back=/list?page=2&sort=name; token=" + strings.Repeat("aB3/x+", 40) + "==; " + own + "; lang=zh-HK; x={\"a\":1}",
	} {
		b.Run(name, func(b *testing.B) {
			h, lines := http.Header{}, []string{""}
			b.ReportAllocs()
			for b.Loop() {
				lines[0] = line
				h["Cookie"] = lines
				upstream.AdmitCookies(h, cookiePrefix, app, chanLogin)
			}
		})
	}
}

// Caddy lets about a megabyte of headers in. Whoever fills it with what looks
// like names gets no more time than for other bytes.
func TestALongCookieLineCostsLittle(t *testing.T) {
	if raceEnabled {
		return // times are not the program's own there
	}
	app := appSession(t, [][]byte{key(1)})
	for _, text := range []string{`"`, "(", "=", "[", "%", "%u0070", "(p", "(PHPSESSI", "p=", "(p=", "$", ",", " ", "\xa0", "GMT", "__Host-", "(__Host-Http-iamsmart", strings.Repeat("(p", 380) + "=", "DW", "a;"} {
		h := http.Header{"Cookie": {"x=" + strings.Repeat(text, 1<<20/len(text)) + "=y"}}
		best := time.Hour
		for try := 0; try < 5 && best > 300*time.Millisecond; try++ { // other programs make it more
			began := time.Now()
			upstream.AdmitCookies(h.Clone(), cookiePrefix, app, chanLogin)
			best = min(best, time.Since(began))
		}
		if best > 300*time.Millisecond {
			t.Errorf("a megabyte of %.20q takes %v", text, best)
		}
	}
}
