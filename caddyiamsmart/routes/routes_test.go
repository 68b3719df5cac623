package routes_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/routes"
)

// The handlers of the stories. A gate has a name, so that it can be told apart.
const (
	bare    = `{"handler":"iamsmart"}`
	answer  = `{"handler":"static_response"}`
	rewrite = `{"handler":"rewrite","uri":"/x"}`
)

func gate(name string) string { return `{"handler":"iamsmart","app":"` + name + `"}` }

func proxy(address string) string {
	return `{"handler":"reverse_proxy","upstreams":[{"dial":"` + address + `"}]}`
}

func handle(handlers ...string) string { return `{"handle":[` + strings.Join(handlers, ",") + `]}` }

// when is a route with matchers.
func when(match string, handlers ...string) string {
	return `{"match":[` + match + `],"handle":[` + strings.Join(handlers, ",") + `]}`
}

func grouped(group, route string) string { return `{"group":"` + group + `",` + route[1:] }

func terminal(route string) string { return `{"terminal":true,` + route[1:] }

func subroute(list ...string) string {
	return `{"handler":"subroute","routes":[` + strings.Join(list, ",") + `]}`
}

func path(p string) string { return `{"path":["` + p + `"]}` }

func server(list ...string) string {
	return `{"apps":{"http":{"servers":{"srv0":{"listen":[":443"],"routes":[` + strings.Join(list, ",") + `]}}}}}`
}

func read(t *testing.T, config string) *routes.Plan {
	t.Helper()
	if !json.Valid([]byte(config)) {
		t.Fatalf("the test's own JSON is broken:\n%s", config)
	}
	plan, err := routes.Read([]byte(config), func(s string) string {
		return strings.ReplaceAll(s, "{env.APP}", "app:80")
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// told is a way in a few words: "app:80 < gate", or "app:80 < nobody".
func told(w *routes.Way) string {
	by := "nobody"
	if w.Gate != nil {
		var options struct{ App string }
		_ = json.Unmarshal(w.Gate.Config, &options)
		if by = options.App; w.Gate.Bare {
			by = "bare"
		}
	}
	to := w.To.Address
	if w.To.Kind != routes.Proxy {
		to = string(w.To.Kind) + ":" + w.To.Root
	}
	return to + " < " + by
}

func ways(plan *routes.Plan) (list []string) {
	for _, w := range plan.Ways {
		list = append(list, told(w))
	}
	return list
}

// Given routes, when they are followed, then each way to an application is told
// with the gate that every request on it has passed.
func TestRoutesAreFollowedAsCaddyRunsThem(t *testing.T) {
	for _, c := range []struct {
		name   string
		config string
		want   []string
	}{
		{"one after the other", server(handle(gate("a"), proxy("app:80"))), []string{"app:80 < a"}},
		{"in routes of their own", server(handle(gate("a")), handle(proxy("app:80"))), []string{"app:80 < a"}},
		{"the proxy first", server(handle(proxy("app:80")), handle(gate("a"))), []string{"app:80 < nobody"}},
		{"some paths first", server(when(path("/api/*"), proxy("app:80")), handle(gate("a")), handle(proxy("app:80"))),
			[]string{"app:80 < nobody", "app:80 < a"}},
		{"the gate for some paths", server(when(path("/a/*"), gate("a")), handle(proxy("app:80"))), []string{"app:80 < nobody"}},
		{"something else for the same paths", server(when(path("/a/*"), gate("a")), when(path("/a/*"), `{"handler":"encode"}`), handle(proxy("app:80"))), []string{"app:80 < nobody"}},
		{"gate and proxy for the same paths", server(when(path("/a/*"), gate("a")), when(path("/a/*"), proxy("app:80"))), []string{"app:80 < a"}},
		{"gate and proxy for the same paths, rewritten between", server(when(path("/a/*"), gate("a")), when(path("/b"), rewrite), when(path("/a/*"), proxy("app:80"))),
			[]string{"app:80 < nobody"}},
		{"a proxy for fewer requests than the gate", server(when(path("/a/*"), gate("a")), when(`{"method":["GET"],"path":["/a/*"]}`, proxy("app:80"))), []string{"app:80 < a"}},
		{"a proxy for one of two cases", server(when(path("/a")+","+path("/b"), gate("a")), when(path("/a"), proxy("app:80"))), []string{"app:80 < nobody"}},
		{"a proxy for the same two cases", server(when(path("/a")+","+path("/b"), gate("a")), when(path("/a")+","+path("/b"), proxy("app:80"))), []string{"app:80 < a"}},
		{"an empty matcher set matches all", server(when(`{}`, gate("a")), handle(proxy("app:80"))), []string{"app:80 < a"}},
		{"a star matches all", server(when(path("*"), gate("a")), handle(proxy("app:80"))), []string{"app:80 < a"}},
		{"the rest of a group", server(grouped("g", when(path("/a/*"), gate("a"), proxy("app:80"))), grouped("g", handle(proxy("app:80")))),
			[]string{"app:80 < a", "app:80 < nobody"}},
		{"a gate in each of a group", server(grouped("g", when(path("/a/*"), gate("a"))), grouped("g", handle(gate("b"))), handle(proxy("app:80"))),
			[]string{"app:80 < a"}},
		{"a gate in all but one of a group", server(grouped("g", when(path("/a/*"), gate("a"))), grouped("g", when(path("/b"), rewrite)), grouped("g", handle(gate("b"))), handle(proxy("app:80"))),
			[]string{"app:80 < nobody"}},
		{"the second of a group for the same paths", server(grouped("g", when(path("/a/*"), rewrite)), grouped("g", when(path("/a/b"), gate("a"))), when(path("/a/b"), proxy("app:80"))),
			[]string{"app:80 < nobody"}},
		{"a group that was satisfied before, for the same paths", server(grouped("g", when(path("/a/*"), `{"handler":"encode"}`)), handle(`{"handler":"encode"}`), grouped("g", when(path("/a/b"), gate("a"))), when(path("/a/b"), proxy("app:80"))),
			[]string{"app:80 < nobody"}},
		{"a group that was satisfied before", server(grouped("g", when(path("/a"), rewrite)), handle(rewrite), grouped("g", handle(gate("a"))), handle(proxy("app:80"))),
			[]string{"app:80 < nobody"}},
		{"nothing behind an answer", server(handle(answer), handle(proxy("app:80"))), nil},
		{"an answer for some paths", server(when(path("/a"), answer), handle(proxy("app:80"))), []string{"app:80 < nobody"}},
		{"nothing behind a proxy", server(handle(proxy("app:80"), proxy("app:81"))), []string{"app:80 < nobody"}},
		{"nothing behind a terminal route", server(terminal(when(path("/a"), gate("a"), rewrite)), terminal(handle(rewrite)), handle(proxy("app:80"))), nil},
		{"two sites", server(
			terminal(when(`{"host":["a.example.com"]}`, subroute(handle(gate("a")), handle(proxy("app:80"))))),
			terminal(when(`{"host":["b.example.com"]}`, subroute(handle(proxy("app:80")))))), []string{"app:80 < a", "app:80 < nobody"}},
		{"a gate inside a subroute stays passed", server(handle(subroute(handle(gate("a")))), handle(proxy("app:80"))), []string{"app:80 < a"}},
		{"a gate inside a subroute for some", server(handle(subroute(when(path("/a"), gate("a")))), handle(proxy("app:80"))), []string{"app:80 < nobody"}},
		{"the bare gate lets nobody through", server(handle(bare), handle(proxy("app:80"))), nil},
		{"the last gate counts", server(handle(gate("a"), gate("b"), proxy("app:80"))), []string{"app:80 < b"}},
		{"handlers that pass on", server(handle(`{"handler":"encode"}`, gate("a"), `{"handler":"authentication"}`, proxy("app:80"))), []string{"app:80 < a"}},
		{"a gate for one host, rewritten vars between", server(when(`{"vars":{"x":["1"]}}`, gate("a")), handle(`{"handler":"vars","x":"1"}`), when(`{"vars":{"x":["1"]}}`, proxy("app:80"))),
			[]string{"app:80 < nobody"}},
		{"an address out of the environment", server(handle(proxy("{env.APP}"))), []string{"app:80 < nobody"}},
		{"an address of the request", server(handle(proxy("{http.request.host}:80"))), []string{" < nobody"}},
		{"an address found at each request", server(handle(`{"handler":"reverse_proxy","dynamic_upstreams":{"source":"srv"}}`)), []string{" < nobody"}},
		{"two addresses", server(handle(`{"handler":"reverse_proxy","upstreams":[{"dial":"app:80"},{"dial":"app:81"}]}`)), []string{"app:80 < nobody", "app:81 < nobody"}},
		{"an authentication server goes on", server(handle(`{"handler":"reverse_proxy","upstreams":[{"dial":"auth:80"}],"handle_response":[{"routes":[`+handle(`{"handler":"vars"}`)+`]}]}`, gate("a"), proxy("app:80"))),
			[]string{"auth:80 < nobody", "app:80 < a"}},
		{"a gate in the routes for an answer", server(handle(`{"handler":"reverse_proxy","upstreams":[{"dial":"auth:80"}],"handle_response":[{"routes":[` + handle(gate("a"), proxy("app:80")) + `]}]}`)),
			[]string{"auth:80 < nobody", "app:80 < a"}},
		{"a proxy for error answers", server(handle(gate("a"), `{"handler":"intercept","handle_response":[{"routes":[`+handle(proxy("app:81"))+`]}]}`, proxy("app:80"))),
			[]string{"app:81 < a", "app:80 < a"}},
		{"a handler of others with handlers in it", server(handle(`{"handler":"strange","then":[`+gate("a")+`,`+proxy("app:80")+`]}`, proxy("app:81"))),
			[]string{"app:80 < nobody", "app:81 < nobody"}},
		{"a handler of others with routes in it", server(handle(`{"handler":"strange","then":{"inner":` + subroute(handle(gate("a"), proxy("app:80"))) + `}}`)), []string{"app:80 < a"}},
		{"a handler of others that dials", server(handle(gate("a"), `{"handler":"strange","to":{"dial":"app:80"}}`)), []string{"app:80 < a"}},
		{"files", server(handle(gate("a"), `{"handler":"vars","root":"/srv/app"}`, `{"handler":"file_server"}`, proxy("app:80"))), []string{"files:/srv/app < a"}},
		{"files that pass on", server(handle(gate("a"), `{"handler":"file_server","root":"/srv","pass_thru":true}`, proxy("app:80"))), []string{"files:/srv < a", "app:80 < a"}},
		{"FastCGI", server(handle(`{"handler":"vars","root":"/srv/app"}`), handle(`{"handler":"reverse_proxy","transport":{"protocol":"fastcgi"},"upstreams":[{"dial":"unix//run/php.sock"}]}`)),
			[]string{"fastcgi:/srv/app < nobody"}},
		{"a folder that is not certain", server(handle(`{"handler":"vars","root":"/srv/app"}`), when(path("/a"), `{"handler":"vars","root":"/srv/b"}`), handle(`{"handler":"file_server"}`)),
			[]string{"files: < nobody"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ways(read(t, c.config)); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func withErrors(main, errors string) string {
	return `{"apps":{"http":{"servers":{"srv0":{"listen":[":443"],"routes":[` + main + `],"errors":{"routes":[` + errors + `]}}}}}}`
}

// Given routes for errors, then a gate before the failure is none there, and the
// bare gate scrubs.
func TestRoutesForErrorsBeginAnew(t *testing.T) {
	for _, c := range []struct {
		name, errors string
		want         []string
	}{
		{"straight to the application", handle(proxy("app:80")), []string{"app:80 < a", "app:80 < nobody"}},
		{"behind the bare gate", handle(bare, proxy("app:80")), []string{"app:80 < a", "app:80 < bare"}},
		{"behind the bare gate for some", when(path("/a"), bare) + "," + handle(proxy("app:80")), []string{"app:80 < a", "app:80 < nobody"}},
		{"an answer", handle(answer), []string{"app:80 < a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := read(t, withErrors(handle(gate("a"), proxy("app:80")), c.errors))
			if got := ways(plan); !slices.Equal(got, c.want) {
				t.Fatalf("got  %q\nwant %q", got, c.want)
			}
			for _, w := range plan.Ways[1:] {
				if !w.Error {
					t.Errorf("%s is not told to be for errors", told(w))
				}
			}
		})
	}
	t.Run("of a subroute", func(t *testing.T) {
		sub := func(before, after string) string {
			return server(handle(before, `{"handler":"subroute","routes":[`+handle(gate("b"), proxy("app:80"))+`],"errors":{"routes":[`+handle(after)+`]}}`))
		}
		if got := ways(read(t, sub(rewrite, proxy("app:80")))); !slices.Equal(got, []string{"app:80 < b", "app:80 < nobody"}) {
			t.Errorf("with no gate before the subroute: %q", got)
		}
		if got := ways(read(t, sub(gate("a"), proxy("app:80")))); !slices.Equal(got, []string{"app:80 < b", "app:80 < a"}) {
			t.Errorf("with a gate before the subroute: %q", got)
		}
	})
}

func TestRoutesThatHaveNames(t *testing.T) {
	named := func(list, names string) string {
		return `{"apps":{"http":{"servers":{"srv0":{"listen":[":443"],"routes":[` + list + `],"named_routes":{` + names + `}}}}}}`
	}
	invoke := func(name string) string { return `{"handler":"invoke","name":"` + name + `"}` }
	for _, c := range []struct {
		name, config string
		want         []string
	}{
		{"invoked twice", named(when(path("/a"), gate("a"), invoke("app"))+","+handle(invoke("app")), `"app":`+handle(proxy("app:80"))), []string{"app:80 < a", "app:80 < nobody"}},
		{"not invoked", named(handle(answer), `"app":`+handle(proxy("app:80"))), nil},
		{"with the gate in it", named(handle(invoke("gate"))+","+handle(proxy("app:80")), `"gate":`+handle(gate("a"))), []string{"app:80 < a"}},
		{"missing", named(handle(invoke("none"))+","+handle(proxy("app:80")), `"app":`+handle(answer)), nil},
		{"that call each other", named(handle(invoke("x")), `"x":`+handle(invoke("y"))+`,"y":`+handle(invoke("x"))), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ways(read(t, c.config)); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// Given gates at places of all kinds, then each is told with its place, and
// whether a request comes to it.
func TestRoutesTellWhereGatesStand(t *testing.T) {
	plan := read(t, server(
		terminal(when(`{"host":["a.example.com","b.example.com"]}`, subroute(
			when(`{"path":["/x/*","/y"]}`, gate("inside")),
			when(`{"host":["c.example.com"]},{"path":["/z"]}`, gate("any host")),
			when(`{"host":["c.example.com"]},{"host":["d.example.com"],"path":["/z"]}`, gate("two hosts")),
			when(`{"header":{"X-Key":["s3cret"]},"not":[{"method":["GET"]}]}`, gate("secret")),
			handle(proxy("app:80")),
			handle(gate("late")),
		)))))
	var got []string
	for _, g := range plan.Gates {
		got = append(got, fmt.Sprint(g.Hosts, g.Match, g.Dead))
	}
	want := []string{
		"[a.example.com b.example.com] [path /x/* /y] false",
		"[a.example.com b.example.com] [path /z] false",
		"[c.example.com d.example.com] [path /z] false",
		"[a.example.com b.example.com] [header … not method GET] false",
		"[a.example.com b.example.com] [] true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRoutesTellChangesOfHeadersBehindTheGate(t *testing.T) {
	headers := func(ops string) string { return `{"handler":"headers","request":` + ops + `}` }
	plan := read(t, server(handle(
		headers(`{"delete":["X-Before"]}`),
		gate("a"),
		headers(`{"delete":["X-Gone"],"set":{"X-Set":["fixed"]}}`),
		`{"handler":"reverse_proxy","upstreams":[{"dial":"app:80"}],"headers":{"request":{"add":{"X-Forged":["{http.request.header.A}"]},"replace":{"X-Part":[{"search":"a"}]}}}}`,
	)))
	want := []routes.Change{
		{Name: "X-Set"}, {Name: "X-Gone", Delete: true},
		{Name: "X-Forged", FromRequest: true}, {Name: "X-Part"},
	}
	if got := plan.Ways[0].Changes; !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestRoutesTellOtherAppsThatForward(t *testing.T) {
	plan := read(t, `{"apps":{"layer4":{"servers":{"x":{"routes":[{"handle":[{"handler":"proxy","upstreams":[{"dial":["app:80","app:81"]}]}]}]}}},"tls":{"dial":"no:1"}}}`)
	if got := ways(plan); !slices.Equal(got, []string{"app:80 < nobody", "app:81 < nobody"}) {
		t.Errorf("got %q", got)
	}
	if len(plan.Ways) > 0 && (plan.Ways[0].Server.Name != "layer4" || plan.Ways[0].Server.Local()) {
		t.Errorf("it is told to be %+v", plan.Ways[0].Server)
	}
}

func TestRoutesTellHowAServerIsReached(t *testing.T) {
	for _, c := range []struct {
		name, server string
		tls, local   bool
	}{
		{"on the port for https", `"listen":[":443"]`, true, false},
		{"on the port for http", `"listen":[":80"],"routes":[` + when(`{"host":["a.example.com"]}`, answer) + `]`, false, false},
		{"on another port with a name", `"listen":[":8443"],"routes":[` + when(`{"host":["a.example.com"]}`, answer) + `]`, true, false},
		{"on another port without a name", `"listen":[":8080"]`, false, false},
		{"with a name that is skipped", `"listen":["127.0.0.1:8080"],"automatic_https":{"skip":["a.example.com"]},"routes":[` + when(`{"host":["a.example.com"]}`, answer) + `]`, false, true},
		{"without automatic https", `"listen":["localhost:443"],"automatic_https":{"disable":true}`, false, true},
		{"with a policy", `"listen":["[::1]:80"],"tls_connection_policies":[{}]`, true, true},
		{"at a socket", `"listen":["unix//run/caddy.sock"]`, false, true},
		{"at a socket and to all", `"listen":["unix//run/caddy.sock","tcp/:80"]`, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := read(t, `{"apps":{"http":{"servers":{"srv0":{`+c.server+`}}}}}`).Servers[0]
			if s.TLS != c.tls || s.Local() != c.local {
				t.Errorf("TLS %t, local %t; want %t, %t", s.TLS, s.Local(), c.tls, c.local)
			}
		})
	}
}

func TestRoutesRefuseWhatIsNoConfiguration(t *testing.T) {
	for _, config := range []string{``, `[]`, `{"apps":{"http":[]}}`, `{"apps":{"http":{"servers":{"a":1}}}}`, server(handle(`1`)), server(handle(`{"handler":"subroute","routes":1}`))} {
		if _, err := routes.Read([]byte(config), func(s string) string { return s }); err == nil {
			t.Errorf("accepted: %s", config)
		}
	}
}
