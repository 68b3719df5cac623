package upstream_test

import (
	"math/rand/v2"
	"net/url"
	"path"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// mappers say how servers of different kinds find the file of a request path.
// They share nothing with the package under test; "" means that the server
// answers 400.
var mappers = map[string]func(string) string{
	"go": func(p string) string { return clean(unescape(p)) },
	"php, decoding twice": func(p string) string {
		return clean(unescape(unescape(p)))
	},
	"php, cutting the query late": func(p string) string {
		before, _, _ := strings.Cut(unescape(p), "?")
		return clean(before)
	},
	"tomcat": func(p string) string {
		segments := strings.Split(p, "/")
		for i := range segments {
			segments[i], _, _ = strings.Cut(segments[i], ";")
		}
		return clean(unescape(strings.Join(segments, "/")))
	},
	"java filter": func(p string) string {
		before, _, _ := strings.Cut(unescape(p), ";")
		return clean(before)
	},
	"apache, encoded slashes kept": func(p string) string {
		kept := strings.NewReplacer("%2f", "%252f", "%2F", "%252F").Replace(p)
		return clean(unescape(clean(unescape(kept))))
	},
	"rfc 3986": func(p string) string { return clean(unescape(rfcResolve(p))) },
	"iis": func(p string) string {
		segments := strings.Split(strings.ReplaceAll(unescape(p), `\`, "/"), "/")
		for i, segment := range segments {
			if trimmed := strings.TrimRight(segment, " "); trimmed == ".." || trimmed == "." {
				segments[i] = trimmed
			} else {
				segments[i] = strings.TrimRight(segment, " .")
			}
		}
		return strings.ToLower(clean(strings.Join(segments, "/")))
	},
	"node": func(p string) string {
		p = strings.ReplaceAll(p, `\`, "/")
		if strings.HasPrefix(p, "//") {
			_, rest, _ := strings.Cut(strings.TrimLeft(p, "/"), "/")
			p = "/" + rest
		}
		dots := strings.NewReplacer("%2e", ".", "%2E", ".").Replace(p)
		return clean(unescape(rfcResolve(dots)))
	},
	"lenient utf-8": func(p string) string {
		return clean(strings.NewReplacer("\xc0\xae", ".", "\xc0\xaf", "/", "\xe0\x80\xae", ".", "\xe0\x80\xaf", "/").Replace(unescape(p)))
	},
	"case folding": func(p string) string { return strings.ToLower(clean(unescape(p))) },
}

func clean(p string) string {
	if p == "" {
		return ""
	}
	return path.Clean("/" + p)
}

// unescape decodes once and gives up on what it cannot decode.
func unescape(p string) string {
	decoded, err := url.PathUnescape(p)
	if err != nil {
		return ""
	}
	return decoded
}

// rfcResolve is the algorithm of RFC 3986, section 5.2.4, step by step.
func rfcResolve(in string) string {
	out := ""
	for in != "" {
		switch {
		case strings.HasPrefix(in, "/./"):
			in = in[2:]
		case in == "/.":
			in = "/"
		case strings.HasPrefix(in, "/../"), in == "/..":
			in = "/" + strings.TrimPrefix(in[3:], "/")
			out = out[:max(strings.LastIndexByte(out, '/'), 0)]
		default:
			next := strings.IndexByte(in[1:], '/') + 1
			if next == 0 {
				next = len(in)
			}
			out += in[:next]
			in = in[next:]
		}
	}
	return out
}

func isPrivate(file string) bool {
	return file == "/private" || strings.HasPrefix(file, "/private/")
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/public/a", "/private", "/PRIVATE/x", "/public/../private", "/public/%2e%2e/private", "/public/%252e%252e%252fprivate", "/public/..;/private",
		"/public;x=/../private", "/public/a%2fb/%2e%2e/%2e%2e/private", "/public//../private", "/public/..%5cprivate", "//public/private", "//x/private",
		"/public/%c0%ae%c0%ae/private", "/public/..%c0%afprivate", "/public/.. /private", "/private.", "/private%20/", "/public%00/../private", "/public?/../private",
		"/public/%3f/../../private", "/public/../private;/../public/x", "/public/%25u002e./private", "http://x/public/../private", "/\\x/private", "*", "/public/...//private",
		"/public/%ef%bc%8e./private", "/private::$DATA", "/public/%2F..%2f..//private", "/public/a;b=%2F..%2F..%2Fprivate", "/public/%5C%2e%2e%5cprivate",
	} {
		f.Add(seed)
	}
	public := mustPublic(f, "/public/*", "/help.html")
	f.Fuzz(func(t *testing.T, target string) { requireJudged(t, public, target) })
}

// requireJudged checks one target against every mapper: whoever finds a private
// file for it, the target is not open and the rule for /private applies.
func requireJudged(t *testing.T, public *upstream.Public, target string) {
	t.Helper()
	judged, err := parse(target)
	if err != nil {
		if public.Open(judged) || judged.Under("/private") {
			t.Errorf("%q failed and yet means something", target)
		}
		return
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	upstream.Repair(u)
	sent := u.EscapedPath()
	for name, find := range mappers {
		file := find(sent)
		if isPrivate(file) && public.Open(judged) {
			t.Errorf("%s finds %q for %q, which is open", name, file, target)
		}
		if isPrivate(file) && !judged.Under("/private") {
			t.Errorf("%s finds %q for %q, which is not under /private", name, file, target)
		}
		ruled := judged.AnyForm(func(form string) bool { return form == "/private" || strings.HasPrefix(form, "/private/") })
		if isPrivate(file) && !ruled {
			t.Errorf("%s finds %q for %q, to which a rule for /private is not shown", name, file, target)
		}
	}
}

// TestT25T26PathsPutTogetherFromTricks goes where a fuzzer rarely comes: to many
// tricks in one path.
func TestT25T26PathsPutTogetherFromTricks(t *testing.T) {
	pieces := []string{
		"public", "public", "private", "private", "PRIVATE", "x", "/", "/", "/", "//", "..", "..", ".", "%2e", "%2E%2e", "%252e", "%2f", "%2F", "%252f",
		`\`, "%5c", "%255C", ";", ";a=b", "%3b", "%20", " ", "...", "%3f", "%23", "#", "%c0%ae", "%c0%af", "%70", "%00", "?",
	}
	public := mustPublic(t, "/public/*", "/help.html")
	random := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		target := []string{"/", "/public/", "/public/", "http://x/"}[random.IntN(4)]
		for range 1 + random.IntN(9) {
			target += pieces[random.IntN(len(pieces))]
		}
		requireJudged(t, public, target)
	}
}

func FuzzPublicPattern(f *testing.F) {
	for _, seed := range []string{"/public/*", "/*", "/a.html", "/公開/*", "/a b/*", "/a;b", "/a%2fb", "*", "/../x", "/a'b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		public, err := upstream.NewPublic([]string{pattern})
		if err != nil {
			return
		}
		// What is accepted opens exactly what it says: the browser's form of it.
		file := strings.TrimSuffix(pattern, "*")
		path, err := upstream.ParsePath(&url.URL{Path: file}, "")
		if err != nil || !public.Open(path) {
			t.Errorf("pattern %q does not open %q (error %v)", pattern, file, err)
		}
	})
}
