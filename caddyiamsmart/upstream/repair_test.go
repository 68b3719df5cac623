package upstream_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestEscapesReachTheAppAsTheyCame(t *testing.T) {
	for came, want := range map[string]string{
		"/a%2fb|c":             "/a%2fb%7Cc",
		"/a%2Fb^c;x=%2f":       "/a%2Fb%5Ec;x=%2f",
		"/%E5%85%AC%2f\"x":     "/%E5%85%AC%2f%22x",
		"/\xe5\x85\xac/a%2Fb":  "/%E5%85%AC/a%2Fb",
		"/a%2fb\\..\\c":        "/a%2fb%5C..%5Cc",
		"/a%2fb#c":             "/a%2fb%23c",
		"/a%2e%2e/b{c}%c0%ae":  "/a%2e%2e/b%7Bc%7D%c0%ae",
		"/plain/a%20b;j=1[2]":  "/plain/a%20b;j=1[2]",
		"/a%2fb":               "/a%2fb",
		"//a%2fb|":             "//a%2fb%7C",
		"/a%7cb|?q=%2f|":       "/a%7cb%7C?q=%2f|",
		"/it's(ok)!*%27%28%2a": "/it's(ok)!*%27%28%2a",
	} {
		a := newApp(t)
		server := gated(t, a, false)
		server.Start()
		t.Cleanup(server.Close)
		if status := say(t, server, "GET "+came+" HTTP/1.1\r\nHost: x\r\n\r\n"); status != http.StatusOK {
			t.Errorf("%q was answered %d", came, status)
			continue
		}
		if target, _, _ := a.seen(); target != want {
			t.Errorf("%q reached the app as %q, want %q", came, target, want)
		}
	}
}

func TestEachByteKeepsTheEscapeBesideIt(t *testing.T) {
	for c := 0x21; c < 0x100; c++ {
		if c == '?' || c == '%' || c == 0x7f {
			continue
		}
		u, err := url.ParseRequestURI("/a%2fb" + string([]byte{byte(c)}) + "%2F")
		if err != nil {
			t.Fatal(err)
		}
		decoded := u.Path
		upstream.Repair(u)
		if sent := u.EscapedPath(); !strings.HasPrefix(sent, "/a%2fb") || !strings.HasSuffix(sent, "%2F") || u.Path != decoded {
			t.Errorf("byte %#x: sent as %q", c, sent)
		}
	}
}

func TestRepairLeavesARewrittenURLAlone(t *testing.T) {
	for _, u := range []url.URL{
		{Path: "/new", RawPath: "/old%2f|"}, {Path: "/a|b"}, {Path: "/x", RawPath: "/%zz|"}, {Path: "*"}, {Path: "/a/b", RawPath: "/a%2fb"},
	} {
		repaired := u
		if upstream.Repair(&repaired); repaired != u {
			t.Errorf("%+v became %+v", u, repaired)
		}
	}
}

func FuzzRepair(f *testing.F) {
	for _, seed := range []string{"/a%2fb|c", "/%2F\"%5c", "//x|%2f", "/\xff%00", "*", "/a b%2f", "http://x/a%2f|"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Opaque != "" {
			return
		}
		came := u.RawPath
		if came == "" {
			came = u.EscapedPath()
		}
		before := *u
		upstream.Repair(u)
		sent := u.EscapedPath()
		decoded, err := url.PathUnescape(sent)
		if err != nil || decoded != before.Path || u.Path != before.Path || u.RawQuery != before.RawQuery {
			t.Fatalf("%q is sent as %q", target, sent)
		}
		for _, kept := range []string{"/", "%2f", "%2F", "%5c", "%2e", "%2E", ";", "%3b", "%25"} {
			if strings.Count(sent, kept) != strings.Count(came, kept) {
				t.Errorf("%q is sent as %q, with another number of %q", target, sent, kept)
			}
		}
	})
}
