package caddyiamsmart_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// secretFile is what the files hold that need a login.
const secretFile = "<p>what only residents' carers may read</p>"

// fileServers are servers of different minds over the same folder: each finds
// the file of a request path in its own way.
var fileServers = map[string]func(t *testing.T, root string) (host string){
	"Go": func(t *testing.T, root string) string {
		return hostOf(serve(t, http.FileServer(http.Dir(root))))
	},
	"PHP": func(t *testing.T, root string) string { return hostOf(servertest.PHP(t, root, "")) },
	"drops parameters": func(t *testing.T, root string) string {
		return hostOf(serve(t, filesBy(root, func(p string) string {
			segments := strings.Split(p, "/")
			for i := range segments {
				segments[i], _, _ = strings.Cut(segments[i], ";")
			}
			return unescaped(strings.Join(segments, "/"))
		})))
	},
	"folds case, as Windows does": func(t *testing.T, root string) string {
		return hostOf(serve(t, filesBy(root, func(p string) string {
			segments := strings.Split(strings.ReplaceAll(unescaped(p), `\`, "/"), "/")
			for i, segment := range segments {
				if segment != ".." {
					segments[i] = strings.TrimRight(segment, ". ")
				}
			}
			return strings.ToLower(strings.Join(segments, "/"))
		})))
	},
	"decodes twice": func(t *testing.T, root string) string {
		return hostOf(serve(t, filesBy(root, func(p string) string { return unescaped(unescaped(p)) })))
	},
}

func hostOf(address string) string { return strings.TrimPrefix(address, "http://") }

func unescaped(p string) string {
	if decoded, err := url.PathUnescape(p); err == nil {
		return decoded
	}
	return p
}

// filesBy serves the file that find makes of the path as it came.
func filesBy(root string, find func(string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came, _, _ := strings.Cut(r.RequestURI, "?")
		if r.RequestURI == "" || came[0] != '/' {
			http.Error(w, "no path", http.StatusBadRequest)
			return
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path.Clean("/"+find(came)))))
		if err != nil {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write(text)
	})
}

// folderOf makes a folder of files.
func folderOf(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for file, text := range files {
		full := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestT23ToT27NoServerShowsAPrivateFileToNobody sends thousands of odd targets
// to a site with a public and a private folder, before servers that read paths
// in different ways. Nobody's requests never end in a private file.
func TestT23ToT27NoServerShowsAPrivateFileToNobody(t *testing.T) {
	pieces := []string{
		"open", "open", "private", "private", "secret.html", "PRIVATE", "x", "/", "/", "/", "//", "..", "..", ".", "%2e", "%2E%2e", "%252e%252e", "%2f",
		"%2F", "%252f", `\`, "%5c", "%255C", ";", ";a=b", "%3b", "%20", "...", "%3f", "%23", "?", "#", "%70rivate", "/../private/secret.html",
		"/private/secret.html", "..;", "%c0%af",
	}
	for name, start := range fileServers {
		t.Run(name, func(t *testing.T) {
			root := folderOf(t, map[string]string{
				"open/page.html": "<p>for everybody</p>", "open/x/page.html": "<p>for everybody</p>",
				"private/secret.html": secretFile, "private/x/secret.html": secretFile, "secret.html": secretFile,
			})
			server := start(t, root)
			w := newWorld(t, site{
				Gate:   "public /open/*",
				Before: "reverse_proxy /* " + server,
				More:   "http://localhost:{{.Port2}} {\n reverse_proxy " + server + "\n}",
			})
			gate, bare := hostOf(w.Gate), hostOf(w.Gate2)
			if p := overH1(t, gate, rawRequest{method: "GET", target: "/open/page.html"}); !strings.Contains(p.body, "for everybody") {
				t.Fatalf("the public page: status %d", p.status)
			}
			random := rand.New(rand.NewPCG(20, 33))
			shown := 0
			for range 1200 {
				target := []string{"/", "/open/", "/open/", "/open/x/"}[random.IntN(4)]
				for range 1 + random.IntN(6) {
					target += pieces[random.IntN(len(pieces))]
				}
				q := rawRequest{method: "GET", target: target}
				if p := overH1(t, gate, q); strings.Contains(p.body, secretFile) {
					t.Errorf("%s: nobody reads a private file", target)
				}
				if shown < 30 && strings.Contains(overH1(t, bare, q).body, secretFile) {
					shown++
				}
			}
			if shown < 10 {
				t.Errorf("without a gate only %d of the targets lead to a private file, so this test shows little", shown)
			}
		})
	}
}

// TestT20T22ARequestCannotTalkItsWayIn: what a request says of itself opens
// nothing.
func TestT20T22ARequestCannotTalkItsWayIn(t *testing.T) {
	g := plainArena(t)
	lines := map[string][]string{"T22 no agent": nil}
	for _, name := range []string{
		"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Original-Path", "X-Request-URI", "X-Path-Info", "Destination",
	} {
		lines["T20 "+name] = []string{name + ": /open/page"}
	}
	for _, name := range []string{"X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"} {
		lines["T20 "+name] = []string{name + ": OPTIONS"}
	}
	for _, agent := range []string{
		"GoogleHC/1.0", "kube-probe/1.33", "ELB-HealthChecker/2.0", "Amazon-Route53-Health-Check-Service", "Prometheus/3.0", "curl/8", "Googlebot/2.1", "Mozilla/5.0 hk.gov.iamsmart",
	} {
		lines["T22 "+agent] = []string{"User-Agent: " + agent}
	}
	for name, said := range lines {
		t.Run(name, func(t *testing.T) {
			for _, over := range bothProtocols {
				g.expect(t, over.send, rawRequest{method: "GET", target: "/records", lines: said}, notAtAll)
				g.expect(t, over.send, rawRequest{method: "POST", target: "/records", lines: said, body: "a=b"}, notAtAll)
			}
		})
	}
	t.Run("T20 what moves a request does not arrive", func(t *testing.T) {
		before := g.e.count()
		overH1(t, g.host, rawRequest{method: "GET", target: "/open/page", lines: []string{
			"X-Original-URL: /records", "X_Rewrite_URL: /records", "X-HTTP-Method-Override: DELETE", "X-Method.Override: DELETE",
		}})
		for _, a := range g.e.since(before) {
			if a.holds("/records") || a.holds("DELETE") {
				t.Errorf("arrived:\n%s", a)
			}
		}
	})
}

// TestT21ForwardedHeadersChangeNoAddressOfOurs, whether the peer is trusted by
// Caddy or not.
func TestT21ForwardedHeadersChangeNoAddressOfOurs(t *testing.T) {
	for name, servers := range map[string]string{
		"untrusted peer": "",
		"trusted peer":   "servers {\n trusted_proxies static 127.0.0.0/8\n trusted_proxies_strict\n}",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Servers: servers, Gate: english})
			for _, said := range []map[string]string{
				{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "666", "X-Forwarded-Prefix": "/evil"},
				{"Forwarded": "host=evil.example;proto=https;for=10.6.6.6"},
				{"X-Host": "evil.example", "X-Original-Host": "evil.example", "X-Forwarded-Server": "evil.example", "X-Real-IP": "10.6.6.6"},
				{"X_Forwarded_Host": "evil.example", "x.forwarded.host": "evil.example"},
			} {
				b := w.browser()
				page := b.ask(http.MethodGet, w.Gate+"/records", nil, with(said)).want(t, 401)
				b.at = w.Gate + "/records"
				fields := url.Values{"return": {hidden(page, "return")}, "device": {"this"}}
				start := b.ask(http.MethodPost, w.Gate+"/iamsmart/login", fields, with(said)).want(t, 303)
				to, err := url.Parse(start.Header.Get("Location"))
				if err != nil || !strings.HasPrefix(to.String(), w.SimURL) || to.Query().Get("redirectURI") != w.Gate+"/iamsmart/callback" {
					t.Errorf("%v: the login starts at %s", said, to)
				}
				whole := page.body + start.body
				for _, p := range []*shown{page, start} {
					for _, values := range p.Header {
						whole += strings.Join(values, "\n")
					}
				}
				if strings.Contains(whole, "evil") || strings.Contains(whole, "666") {
					t.Errorf("%v: what was forwarded is repeated:\n%s", said, whole)
				}
			}
		})
	}
}

// TestT29ThePathIsJudgedBeforeAndAfterItIsRewritten: a path that another
// directive makes public is not, nor is one that it makes private.
func TestT29ThePathIsJudgedBeforeAndAfterItIsRewritten(t *testing.T) {
	for name, c := range map[string]struct{ rewrite, target string }{
		"a prefix that made it public is cut off": {"uri strip_prefix /open", "/open/records/private"},
		"a public path becomes a private one":     {"@open path /open/*\nrewrite @open /records/private", "/open/page"},
		"what is left after the cut is public":    {"uri strip_prefix /records", "/records/open/page"},
		"a private path becomes a public one":     {"@records path /records/*\nrewrite @records /open/page", "/records/x"},
	} {
		t.Run(name, func(t *testing.T) {
			g := arenaOn(t, "X-Remote-User", site{Before: c.rewrite})
			g.cookie = cookieLine(g.arrive("chan", arenaAccount, "night-shift-7"))
			for _, over := range bothProtocols {
				g.expect(t, over.send, rawRequest{method: "GET", target: c.target}, notAtAll)
				g.expect(t, over.send, rawRequest{method: "GET", target: c.target, lines: []string{g.cookie}}, withIdentity)
			}
		})
	}
	t.Run("handle_path behind the gate", func(t *testing.T) {
		g := arenaOn(t, "X-Remote-User", site{Gate: "public /files/*"})
		g.cookie = cookieLine(g.arrive("chan", arenaAccount, "night-shift-7"))
		g.expect(t, overH1, rawRequest{method: "GET", target: "/files/page"}, withoutIdentity)
		g.expect(t, overH1, rawRequest{method: "GET", target: "/files/..%2frecords"}, notAtAll)
	})
}

// TestT30OtherNamesOfTheHost: a session counts under the public host name alone,
// however that is written; the other names of a site lead there.
func TestT30OtherNamesOfTheHost(t *testing.T) {
	w := newWorld(t, site{Gate: english, More: `http://:{{.Port2}} {
	iamsmart {
		realm second
		public_url {{.Gate2}}
		accounts form {{.App2}}/login {
			fields user pass
		}
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	reverse_proxy {{.App2Host}}
}`})
	b := w.browser()
	b.follow(b.decide(b.visit(w.Gate2+"/"), "chan", "approve")).want(t, 200)
	b.password("wong.ml", "ward-two-4")
	b.submit(b.visit(w.Gate2+"/iamsmart/link"), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200)
	session := cookieLine(b)
	address := hostOf(w.Gate2)
	_, port, _ := strings.Cut(address, ":")

	_, before := w.legacy2.last()
	for _, host := range []string{
		"localhost:" + port, "LOCALHOST:" + port, "localhost.:" + port, "localhost", "localhost:1",
	} {
		text := "GET /records HTTP/1.1\r\nHost: " + host + "\r\n" + session + "\r\nConnection: close\r\n\r\n"
		if p := sendRaw(t, address, "GET", text); !strings.Contains(p.body, "wong.ml") {
			t.Errorf("Host %q, which is the public one: status %d", host, p.status)
		}
	}
	_, after := w.legacy2.last()
	if after != before+5 {
		t.Errorf("%d requests arrived, want 5", after-before)
	}
	for _, head := range []string{
		"GET /records HTTP/1.1\r\nHost: evil.example", "GET /records HTTP/1.1\r\nHost: localhost.evil.example", "GET /records HTTP/1.1\r\nHost: evil.example:" + port,
		"GET /records HTTP/1.1\r\nHost: 127.0.0.1:" + port, "GET /records HTTP/1.1\r\nHost: [::1]:" + port, "GET /records HTTP/1.1\r\nHost: xn--localhost-1.example",
		"GET http://evil.example/records HTTP/1.1\r\nHost: localhost:" + port, "GET /records HTTP/1.1\r\nHost: localhost@evil.example",
		"GET /records HTTP/1.1\r\nHost: ", "GET /records HTTP/1.0", "GET /records HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", "GET /records HTTP/1.1\r\nHost: localhost\t.example",
	} {
		for _, kind := range []string{"Accept: */*", strings.Join(navigationLines, "\r\n")} {
			p := sendRaw(t, address, "GET", head+"\r\n"+session+"\r\n"+kind+"\r\nConnection: close\r\n\r\n")
			if to := p.header.Get("Location"); to != "" && !strings.HasPrefix(to, w.Gate2+"/") {
				t.Errorf("%q leads to %q", head, to)
			}
			if p.status != 0 && p.status != 303 && p.status != 400 && p.status != 401 {
				t.Errorf("%q: status %d", head, p.status)
			}
		}
	}
	if r, n := w.legacy2.last(); n != after {
		t.Errorf("under another host name %s reached the application as %q", r.URL.Path, r.Header.Get("X-Remote-User"))
	}
}

// TestT32AClientAddressThatIsNone hinders nobody and opens nothing.
func TestT32AClientAddressThatIsNone(t *testing.T) {
	w := newWorld(t, site{Gate: english, Servers: "servers {\n trusted_proxies static 127.0.0.0/8\n client_ip_headers X-Forwarded-For X-Real-IP\n}"})
	for _, address := range []string{"", "unknown", "999.1.1.1", "10.0.0.1, _hidden", "::ffff:1.2.3.4%eth0", "[::1]:80", strings.Repeat("1", 300), "10.0.0.1\xff"} {
		said := with(map[string]string{"X-Forwarded-For": address, "X-Real-IP": address})
		w.browser().ask(http.MethodGet, w.Gate+"/records", nil, said).want(t, 401, "Login with iAM Smart")
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	said := with(map[string]string{"X-Forwarded-For": "not an address"})
	b.ask(http.MethodGet, w.Gate+"/records", nil, said).want(t, 200, "chan.sm")
}
