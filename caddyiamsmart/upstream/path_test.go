package upstream_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// parse does what the server and the gate do with a request target.
func parse(target string) (upstream.Path, error) {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return upstream.Path{}, err // the server itself answers 400
	}
	upstream.Repair(u)
	return upstream.ParsePath(u, target)
}

func mustPublic(t testing.TB, patterns ...string) *upstream.Public {
	t.Helper()
	p, err := upstream.NewPublic(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestT23ToT27NothingPrivateOpensByItsSpelling(t *testing.T) {
	public := mustPublic(t, "/public/*", "/help.html")
	for _, target := range []string{
		// T23, T24: the query, the fragment, another form of the target
		"/private?x=/public/", "/private#/public/", "/private%23/public/", "/private%3F/public/", "/public/%3f/../../private",
		"http://other.example/private", "http://public/public/../private", "http://public",
		// T25: parameters
		"/public/..;/private", "/public;x=/../private", "/private;.css", "/private/x.js", "/public/..;a=b/private", "/public/..%3b/private",
		"/public/../private;/../public/x",
		// T26: dots, slashes, escapes
		"/public/%2e%2e/private", "/public/%252e%252e/private", "/public/%25252e%25252e/private", "/public/..%2fprivate", "/public%2f..%2fprivate",
		"/public/..%5cprivate", "/public\\..\\private", "/public/\\../private", "//private", "//public/private", "///private", "/./private",
		"/public/.%2e/private", "/public/%2E./private", "/public/x/../../private", "/public//../private", "/public//..//../private",
		"/public/x/..//../private", "/public/%2e%2e%2fprivate", "/public/a%2fb/%2e%2e/%2e%2e/private", "/public/%c0%ae%c0%ae/private",
		"/public/..%c0%afprivate", "/public/..%c1%1cprivate", "/public/..%c1%9cprivate", "/public/..%e0%80%afprivate", "/public/..%f0%80%80%afprivate",
		"/public/%25u002e%25u002e/private", "/public/%25uff0e%25uff0e/private", "/public/%ef%bc%8e%ef%bc%8e/private", "/public/..%e2%88%95private",
		"/public/..%C2%85/private", "/public/..%85/private", "/public/..%a0/private", "/public/.%C2%AD./private", "/public/.%E2%80%8B./private",
		"/public/%EF%BB%BF../private", "/public/%E3%80%82%E3%80%82/private", "/public/%ef%bd%a1./private", "/public/..%E2%80%A8/private", "/public/..%E2%80%83/private",
		"/public/.. /private", "/public/..%20/private", "/public/.../private", "/public/.%20./private", "/public/%20../x", "/public/%09../private",
		"/public/.%0a./private", "/public/..::$DATA/private", "/private::$DATA", "/.%2F..%2Fprivate", "/%70rivate", "/%50RIVATE", "/PRIVATE",
		// T27: neighbours, case
		"/publicother", "/public", "/public.", "/PUBLIC/x", "/p%75blic/x", "/help.html/", "/help.html/x", "/help.htm", "/help.html.bak", "/",
		"*", "/public%2fx", "/public%5cx",
	} {
		path, err := parse(target)
		if err == nil && public.Open(path) {
			t.Errorf("%q is open without a login", target)
		}
	}
}

func TestT26PathsThatNobodyCanMean(t *testing.T) {
	for _, target := range []string{
		"/public%00/../private", "/public/%2500", "/public/%252500", "/%c0%80", "/a/%25u0000", "/a%e0%80%80",
		"/%" + strings.Repeat("25", 200) + "41",
	} {
		if _, err := parse(target); !errors.Is(err, upstream.ErrPath) {
			t.Errorf("%q: error %v, want ErrPath", target, err)
		}
	}
	for _, raw := range []string{"/a%", "/a%4", "/a%zz", "/%u002e", "/a%%41", "a", "example.com:443", "mailto:x", "/a\x00b", "x?://y/private"} {
		if _, err := upstream.ParsePath(&url.URL{Path: "/a"}, raw); !errors.Is(err, upstream.ErrPath) {
			t.Errorf("raw %q: error %v, want ErrPath", raw, err)
		}
	}
	if _, err := upstream.ParsePath(&url.URL{Scheme: "x", Opaque: "y"}, ""); !errors.Is(err, upstream.ErrPath) {
		t.Errorf("an opaque URL: error %v, want ErrPath", err)
	}
}

func TestPublicPathsOpenAlsoWhenTheyLookOdd(t *testing.T) {
	public := mustPublic(t, "/public/*", "/help.html", "/公開/*", "/my files/*", "/it's~ok/*", "/.well-known/*", "/wiki/Help:Start")
	for _, target := range []string{
		"/public/", "/public/a.css", "/public/.htaccess", "/public/a/b/../c", "/public/a//b", "/public/a%20b.css?v=1", "/public/a;v=1", "/public/100%25.txt",
		"/public/a%2Fb", "/public/%E5%85%AC.png", "/public/a|b", "/public/%e4%bd", "/help.html", "/help.html?x=/private", "http://x/help.html",
		"/%E5%85%AC%E9%96%8B/x", "/%e5%85%ac%e9%96%8b/%41", "/my%20files/x%20y", "/it's~ok/x", "/it%27s~ok/x", "/.well-known/security.txt", "/wiki/Help:Start",
	} {
		path, err := parse(target)
		if err != nil || !public.Open(path) {
			t.Errorf("%q is closed (error %v)", target, err)
		}
	}
	if path, _ := parse("/help.html"); (*upstream.Public)(nil).Open(path) || mustPublic(t).Open(path) {
		t.Error("no rules open a path")
	}
	if mustPublic(t, "/*").Open(upstream.Path{}) {
		t.Error("no path is open")
	}
	if path, _ := parse("/anything/%2e%2e/x"); !mustPublic(t, "/*").Open(path) {
		t.Error("/* leaves something closed")
	}
}

func TestARuleAppliesToEveryReading(t *testing.T) {
	for _, target := range []string{
		"/admin", "/admin/", "/admin/x", "/ADMIN/x", "/%61dmin", "/%2561dmin/x", "/x/../admin", "/x/%2e%2e/admin", "//admin", "//host/admin", "/\\host\\admin",
		"/admin;jsessionid=1", "/x/..;/admin", "/admin%2Fx", "/admin%5Cx", "/admin.", "/admin%20", "/admin%20/x", "/admin%00", "/admin%3Fx", "/admin%23",
		"/admin::$DATA", "/admin:$i30:$INDEX_ALLOCATION/x", "/adm%09in", "/%EF%BC%A1dmin", "/x/.../admin", "/%c1%a1dmin", "/.;/admin", "/;/admin", "/./admin",
		"http://x/admin", "/adm\u0131n", "/adm%C4%B0n",
	} {
		path, err := parse(target)
		if err == nil && !path.Under("/admin") && !path.Under("/Admin/") {
			t.Errorf("%q escapes the rule for /admin", target)
		}
	}
	for _, target := range []string{"/administrator", "/x/admin", "/admi", "/", "/a?/admin", "*"} {
		if path, err := parse(target); err != nil || path.Under("/admin") {
			t.Errorf("%q falls under /admin (error %v)", target, err)
		}
	}
	for _, prefix := range []string{"", "/"} {
		if path, _ := parse("/x"); !path.Under(prefix) {
			t.Errorf("nothing is under %q", prefix)
		}
	}
}

func TestUnderFoldsTheCaseOfEveryScript(t *testing.T) {
	for _, c := range []struct{ prefix, target string }{{"/keep", "/%E2%84%AAeep/x"}, {"/straße", "/STRA%E1%BA%9EE"}, {"/公開", "/%E5%85%AC%E9%96%8B/a"}} {
		if path, err := parse(c.target); err != nil || !path.Under(c.prefix) {
			t.Errorf("%q is not under %q (error %v)", c.target, c.prefix, err)
		}
	}
	if path, _ := parse("/%ff"); path.Under("/\xfe") {
		t.Error("two broken bytes are one letter")
	}
}

func TestT29BothTheClientsPathAndTheAppsPathAreJudged(t *testing.T) {
	public := mustPublic(t, "/public/*")
	// Given a handler before the gate that makes another path of the client's.
	for _, c := range []struct{ came, sent string }{
		{"/public/x", "/private"}, {"/private", "/public/x"}, {"/public/x", "/public/../private"}, {"/public/%2e%2e/private", "/public/x"},
	} {
		path, err := upstream.ParsePath(&url.URL{Path: c.sent}, c.came)
		if err != nil || public.Open(path) || !path.Under("/private") || !path.Under("/public") {
			t.Errorf("%s sent as %s is judged by one of the two only (error %v)", c.came, c.sent, err)
		}
		if path.Exact() != c.came {
			t.Errorf("Exact() = %q, want %q", path.Exact(), c.came)
		}
	}
	if path, err := upstream.ParsePath(&url.URL{Path: "/public/x"}, ""); err != nil || !public.Open(path) || path.Exact() != "/public/x" {
		t.Errorf("without a raw target: %v", err)
	}
}

func TestExactIsThePathAsItCame(t *testing.T) {
	for target, want := range map[string]string{
		"/iamsmart/login?x=1": "/iamsmart/login", "/iamsmart/%6cogin": "/iamsmart/%6cogin", "/iamsmart/./login": "/iamsmart/./login",
		"https://x/iamsmart/login?y": "/iamsmart/login", "https://x?y=/z": "/", "https://x": "/", "*": "*",
	} {
		path, err := parse(target)
		if err != nil || path.Exact() != want {
			t.Errorf("%q: Exact() = %q, %v, want %q", target, path.Exact(), err, want)
		}
	}
}

func TestAPublicPatternThatCouldNotWorkIsExplained(t *testing.T) {
	for pattern, want := range map[string]string{
		"": "begin with a slash", "public": "begin with a slash", "*": "begin with a slash", "*.css": "begin with a slash", "/*.css": "a star stands at the end",
		"/public*": "a star stands at the end", "/a/*/b": "a star stands at the end", "/a%20b": "without escapes", "/a?b": "leave out the query",
		"/a#b": "leave out the query", "/a//b": "double slash", "/a/../b": `".."`, "/a/./b": `"."`, "/a/..": `".."`, "/a;b": "different ways",
		`/a\b`: "different ways", "/a./*": "different ways", "/a /*": "different ways", "/Ａ": "different ways", "/a\x00": "different ways", "/a\tb": "different ways",
	} {
		_, err := upstream.NewPublic([]string{"/ok", pattern})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", pattern, err, want)
		}
	}
}

func TestT26ALongPathCannotBuyMuchWork(t *testing.T) {
	long := "/" + strings.Repeat("a%2F..;%5C/", 20000)
	if _, err := parse(long); !errors.Is(err, upstream.ErrPath) {
		t.Errorf("error %v, want ErrPath", err)
	}
	if path, err := parse("/" + strings.Repeat("a/", 50000)); err != nil || !path.Under("/a") {
		t.Errorf("a long plain path: %v", err)
	}
}
