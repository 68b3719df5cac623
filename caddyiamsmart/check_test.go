package caddyiamsmart_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// bench is a machine on which a configuration is checked: with an application, a
// thing that answers in the place of iAM Smart, and the files that are needed.
type bench struct {
	t    *testing.T
	Dir  string
	App  string // host and port of the application
	Port string // of it
	Sim  string
	date func(w http.ResponseWriter) // what iAM Smart says of the time
	open bool                        // the application lets anyone in
	late bool                        // there is no time left to ask anybody
	own  []netip.Addr
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, Dir: t.TempDir(), date: func(http.ResponseWriter) {}}
	s := &setup{t: t, dir: b.Dir}
	s.credentials()
	b.App = strings.TrimPrefix(serve(t, http.HandlerFunc(b.application)), "http://")
	_, b.Port, _ = strings.Cut(b.App, ":")
	b.Sim = serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { b.date(w) }))
	return b
}

// application has a login form that lets nobody in, or everybody.
func (b *bench) application(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && b.open {
		http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in"})
		fmt.Fprint(w, "Welcome")
		return
	}
	fmt.Fprint(w, `<form method="post"><input name="user"><input name="pass" type="password"></form>`)
}

const (
	benchGlobal = `{
	{{block "admin" .}}admin off{{end}}
	persist_config off
	storage file_system {{.Dir}}/caddy
	{{block "options" .}}{{end}}
	iamsmart {
		{{block "store" .}}store sqlite {{.Dir}}/iamsmart.db{{end}}
		realm {
			{{block "environment" .}}api_base {{.Sim}}/api/v1
			web_base {{.Sim}}/api/v1{{end}}
			client_id client-one
			client_secret {{block "secret" .}}{file.{{.Dir}}/secret}{{end}}
			encipherment_cert {{.Dir}}/encipherment.pem
		}
	}
}
`
	benchGate = `{{define "gate"}}iamsmart {
		public_url {{block "url" .}}https://records.example.com{{end}}
		accounts form http://{{.App}}/login {
			fields user pass
		}
		{{block "header" .}}header_up X-Remote-User {iamsmart.account}{{end}}
		{{block "more" .}}{{end}}
	}{{end}}`
	benchSite = `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}}
}
`
)

// check checks a Caddyfile and returns the report.
func (b *bench) check(lang, caddyfile string) (report string, code int) {
	b.t.Helper()
	text := b.fill(caddyfile)
	adapted, _, err := adapt(text)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, text)
	}
	return b.checkJSON(lang, adapted)
}

// fill makes a whole Caddyfile of the sites and their definitions.
func (b *bench) fill(caddyfile string) string {
	b.t.Helper()
	parsed := template.Must(template.New("global").Parse(benchGlobal + benchGate))
	template.Must(parsed.New("sites").Parse(caddyfile)) // its own definitions count
	var text bytes.Buffer
	for _, name := range []string{"global", "sites"} {
		if err := parsed.ExecuteTemplate(&text, name, b); err != nil {
			b.t.Fatal(err)
		}
	}
	return text.String()
}

func (b *bench) checkJSON(lang string, text []byte) (report string, code int) {
	b.t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	if b.late {
		cancel()
	}
	code, err := caddyiamsmart.Check(ctx, "Caddyfile", text, lang, b.own, &out)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if b.t.Failed() {
			b.t.Logf("%s\n%s", text, out.String())
		}
	})
	return out.String(), code
}

// findings are the entries of a report, each on one line, without its remedy.
func findings(report string) (list []string) {
	for line := range strings.Lines(report) {
		line = strings.TrimRight(line, "\n")
		hangs := strings.HasPrefix(line, strings.Repeat(" ", 10))
		switch {
		case strings.HasPrefix(line, "  ") && !hangs:
			list = append(list, strings.Join(strings.Fields(line), " "))
		case hangs && len(list) > 0:
			list[len(list)-1] += " " + strings.TrimSpace(line)
		}
	}
	return list
}

// bad are those that are not in order.
func bad(report string) (list []string) {
	for _, f := range findings(report) {
		if !strings.HasPrefix(f, "ok ") && !strings.HasPrefix(f, "正常 ") {
			list = append(list, f)
		}
	}
	return list
}

func TestCheckOfASoundConfigurationFindsNothing(t *testing.T) {
	b := newBench(t)
	report, code := b.check("en", benchSite)
	if code != 0 || len(bad(report)) > 0 {
		t.Errorf("exit code %d, found %q", code, bad(report))
	}
	for _, want := range []string{
		"Everything is in order.",
		"ok redirect address to register in the portal for Client ID client-one: https://records.example.com/iamsmart/callback",
		"ok header X-Remote-User carries {iamsmart.account}",
		"its key fits, RSA of 2048 bits, ends on " + time.Now().Add(90*24*time.Hour).Format(time.DateOnly),
		"ok clock: it agrees with that of iAM Smart to within",
		"ok accounts form: the application says no to a random name with a random password",
		"ok " + b.App + " is reached through the gate, at https://records.example.com (srv0: :443)",
	} {
		if !strings.Contains(strings.Join(append(findings(report), report), "\n"), want) {
			t.Errorf("it does not say: %s", want)
		}
	}

	report, code = b.check("zh-HK", benchSite)
	if code != 0 || len(bad(report)) > 0 || !strings.Contains(report, "一切正常。") || strings.Contains(report, "ok ") {
		t.Errorf("in Chinese: exit code %d, found %q", code, bad(report))
	}
}

// planted is a Caddyfile with one thing wrong, and what has to be found.
type planted struct {
	name      string
	caddyfile string
	want      []string // beginnings; each once, and nothing else
	remedy    string   // of the first
	prepare   func(*bench)
}

func (p planted) run(t *testing.T) {
	b := newBench(t)
	if p.prepare != nil {
		p.prepare(b)
	}
	report, code := b.check("en", p.caddyfile)
	got := bad(report)
	if len(got) != len(p.want) {
		t.Errorf("found %d, want %d:\n%s", len(got), len(p.want), strings.Join(got, "\n"))
	}
	worst := 4
	for i, want := range p.want {
		if strings.HasPrefix(want, "fault") {
			worst = 5
		}
		want = strings.NewReplacer("APP", b.App, "PORT", b.Port, "DIR", b.Dir).Replace(want)
		n := slices.IndexFunc(got, func(f string) bool { return strings.HasPrefix(f, want) })
		if n < 0 {
			t.Errorf("not found: %s\nonly:\n%s", want, strings.Join(got, "\n"))
			continue
		}
		_, remedy, _ := strings.Cut(got[n], " → ")
		if remedy == "" || i == 0 && !strings.Contains(remedy, p.remedy) {
			t.Errorf("the remedy of %s is %q, want %q", want, remedy, p.remedy)
		}
	}
	if code != worst {
		t.Errorf("exit code %d, want %d", code, worst)
	}

	// In Chinese the same is found.
	chinese, again := b.check("zh-HK", p.caddyfile)
	if list := bad(chinese); len(list) != len(got) || again != code {
		t.Errorf("in Chinese %d are found with exit code %d:\n%s", len(list), again, strings.Join(list, "\n"))
	}
	for _, text := range []string{report, chinese} {
		if strings.Contains(text, "%!") || strings.Contains(text, "s3cret") || strings.Contains(text, string(credentials["secret"])) {
			t.Errorf("a secret or a broken phrase:\n%s", text)
		}
	}
}

func TestCheckFindsWaysRoundTheGate(t *testing.T) {
	for _, p := range []planted{
		{name: "another site block", caddyfile: benchSite + `intranet.example.com {
	reverse_proxy {{.App}}
}`, want: []string{"fault APP is reached without any gate, at https://intranet.example.com (srv0: :443)"}, remedy: "put the gate there too"},
		{name: "another listener and another name of this machine", caddyfile: benchSite + `:8999 {
	reverse_proxy localhost:{{.Port}}
}`, want: []string{"fault localhost:PORT is reached without any gate, at http://* (srv1: :8999)"}, remedy: "put the gate there too"},
		{name: "another name for the same address", caddyfile: benchSite + `:8999 {
	reverse_proxy app.internal:{{.Port}}
}`, want: []string{"fault app.internal:PORT is reached without any gate, at http://* (srv1: :8999)"}, remedy: "put the gate there too"},
		{name: "one more path of another site", caddyfile: benchSite + `intranet.example.com {
	handle /api/* {
		reverse_proxy {{.App}}
	}
	respond hello
}`, want: []string{"fault APP is reached without any gate, at https://intranet.example.com (srv0: :443; path /api/*)"}, remedy: "put the gate there too"},
		{name: "an error page from the application", caddyfile: strings.TrimSuffix(benchSite, "}\n") + `	handle_errors {
		reverse_proxy {{.App}}
	}
}`, want: []string{"fault APP is reached in handle_errors without the bare directive, at https://records.example.com (srv0: :443; handle_errors)"},
			remedy: "put the word 'iamsmart', without a block, first into handle_errors"},
		{name: "the proxy before the gate for some paths", caddyfile: `records.example.com {
	route {
		reverse_proxy /api/* {{.App}}
		{{template "gate" .}}
		reverse_proxy {{.App}}
	}
}`, want: []string{"fault APP is reached before the gate, at https://records.example.com (srv0: :443; path /api/*)"}, remedy: "put 'iamsmart' above it"},
		{name: "the proxy before the gate for all", caddyfile: `records.example.com {
	route {
		reverse_proxy {{.App}}
		{{template "gate" .}}
	}
}`, want: []string{"fault APP is reached before the gate", "fault no request comes to the gate at https://records.example.com (srv0: :443)"}, remedy: "put 'iamsmart' above it"},
		{name: "the gate for some paths", caddyfile: `records.example.com {
	handle /records/* {
		{{template "gate" .}}
		reverse_proxy {{.App}}
	}
	handle {
		reverse_proxy {{.App}}
	}
}`, want: []string{"fault APP is reached round the gate, at https://records.example.com (srv0: :443): the gate stands inside path /records/* only"},
			remedy: "take the gate out of there"},
		{name: "a named route", caddyfile: `&(app) {
	reverse_proxy {{.App}}
}
records.example.com {
	{{template "gate" .}}
	invoke app
}
intranet.example.com {
	invoke app
}`, want: []string{"fault APP is reached without any gate, at https://intranet.example.com"}, remedy: "put the gate there too"},
		{name: "the same scripts", caddyfile: `records.example.com {
	root * /srv/app
	{{template "gate" .}}
	php_fastcgi unix//run/php.sock
}
old.example.com {
	root * /srv/app
	php_fastcgi unix//run/other.sock
}
blog.example.com {
	root * /srv/blog
	php_fastcgi unix//run/php.sock
}`, want: []string{"fault /srv/app (unix//run/other.sock) is reached without any gate, at https://old.example.com"}, remedy: "put the gate there too"},
		{name: "the folder of the application", caddyfile: `records.example.com {
	root * /srv/app
	{{template "gate" .}}
	php_fastcgi unix//run/php.sock
	file_server
}
files.example.com {
	root * /srv
	file_server
}
pictures.example.com {
	root * /srv/app/pictures
	file_server
}`, want: []string{"fault /srv is reached without any gate, at https://files.example.com"}, remedy: "put the gate there too"},
		{name: "where the request says", caddyfile: benchSite + `any.example.com {
	reverse_proxy {header.X-To}:80
}`, want: []string{"warning where a proxy at https://any.example.com (srv0: :443) leads is decided for each request"}, remedy: "never lead to the application"},
		{name: "an authentication server that is the application", caddyfile: benchSite + `other.example.com {
	forward_auth {{.App}} {
		uri /whoami
	}
	respond hello
}`, want: []string{"fault APP is reached without any gate, at https://other.example.com"}, remedy: "put the gate there too"},
	} {
		t.Run(p.name, p.run)
	}
}

// What looks like a way round the gate and is none.
func TestCheckFindsNoWaysWhereThereAreNone(t *testing.T) {
	for name, caddyfile := range map[string]string{
		"another application": benchSite + "other.example.com {\n\treverse_proxy 127.0.0.1:1\n}",
		"only this machine": benchSite + `http://127.0.0.1:8081 {
	bind 127.0.0.1
	reverse_proxy {{.App}}
}`,
		"an error page behind the bare directive": strings.TrimSuffix(benchSite, "}\n") + `	handle_errors {
		iamsmart
		reverse_proxy {{.App}}
	}
}`,
		"an error page of its own":          strings.TrimSuffix(benchSite, "}\n") + "\thandle_errors {\n\t\trespond sorry\n\t}\n}",
		"another application before it":     "records.example.com {\n\troute {\n\t\treverse_proxy /metrics 127.0.0.1:1\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"the gate in a named route":         "&(app) {\n\trespond /up ok\n\t{{template \"gate\" .}}\n\treverse_proxy {{.App}}\n}\nrecords.example.com {\n\tinvoke app\n}",
		"the gate in every case":            "records.example.com {\n\thandle /a/* {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n\thandle {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"a redirect of another name":        benchSite + "www.example.com {\n\tredir https://records.example.com{uri}\n}",
		"paths that are answered before it": "records.example.com {\n\trespond /up ok\n\troute {\n\t\t{{template \"gate\" .}}\n\t\treverse_proxy {{.App}}\n\t}\n}",
		"files behind it":                   "records.example.com {\n\troot * /srv/app\n\t{{template \"gate\" .}}\n\tphp_fastcgi unix//run/php.sock\n\tfile_server\n}",
		"the port of another machine":       benchSite + "other.example.com {\n\treverse_proxy other.internal:{{.Port}}\n}",
	} {
		t.Run(name, func(t *testing.T) {
			report, code := newBench(t).check("en", caddyfile)
			if code != 0 {
				t.Errorf("exit code %d, found:\n%s", code, strings.Join(bad(report), "\n"))
			}
		})
	}
}

func TestCheckFindsWhatUndoesTheGate(t *testing.T) {
	for _, p := range []planted{
		{name: "the header is taken away", caddyfile: `records.example.com {
	{{template "gate" .}}
	request_header -X-Remote-User
	reverse_proxy {{.App}}
}`, want: []string{"warning header X-Remote-User of the gate is taken away again, at https://records.example.com"}, remedy: "take that line out"},
		{name: "the header is taken away with others, by the proxy", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}} {
		header_up -X-Remote-*
	}
}`, want: []string{"warning header X-Remote-User of the gate is taken away again"}, remedy: "take that line out"},
		{name: "the header gets a fixed value", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}} {
		header_up X-Remote-User s3cret
	}
}`, want: []string{"warning header X-Remote-User of the gate gets another value"}, remedy: "header_up"},
		{name: "the header gets what clients send, in another spelling", caddyfile: `records.example.com {
	{{template "gate" .}}
	reverse_proxy {{.App}} {
		header_up X_Remote_User {header.X-Name}
	}
}`, want: []string{"fault header X-Remote-User of the gate gets a value that clients choose"}, remedy: "header_up"},
		{name: "two gates of which one does not remove the other's header", caddyfile: benchSite + `other.example.com {
	iamsmart {
		public_url https://other.example.com
		accounts form http://{{.App}}/login {
			fields user pass
		}
		header_up X-Records-Name {iamsmart.account}
	}
	reverse_proxy {{.App}}
}`, want: []string{"fault APP believes header X-Records-Name, but the gate https://records.example.com before it does not remove it"}, remedy: "the same 'header_up' names"},
		{name: "two gates with other accounts", caddyfile: benchSite + `other.example.com {
	iamsmart {
		public_url https://other.example.com
		app other
		accounts form http://{{.App}}/login {
			fields user pass
			failure body wrong
			failure body "type=\"password\""
		}
		header_up X-Remote-User {iamsmart.account}
	}
	reverse_proxy {{.App}}
}`, want: []string{"warning APP stands behind gates with other accounts: https://other.example.com and https://records.example.com"}, remedy: "the same 'accounts'"},
		{name: "everything is public", caddyfile: `{{define "more"}}public /*{{end}}` + benchSite,
			want: []string{"fault public /* opens everything"}, remedy: "name the few paths"},
		{name: "the front controller is public", caddyfile: `{{define "more"}}public /index.php /robots.txt /static/* /{{end}}` + benchSite,
			want: []string{"warning public /index.php may be the entrance", "warning public / may be the entrance"}, remedy: "take it out"},
		{name: "the bare directive in a site", caddyfile: benchSite + "other.example.com {\n\tiamsmart\n\treverse_proxy {{.App}}\n}",
			want: []string{"fault 'iamsmart' without a block stands outside handle_errors, at https://other.example.com"}, remedy: "move it into handle_errors"},
		{name: "nothing behind it", caddyfile: "records.example.com {\n\t{{template \"gate\" .}}\n\trespond hello\n}",
			want: []string{"warning the gate at https://records.example.com (srv0: :443) protects nothing"}, remedy: "put the application behind it"},
		{name: "no header", caddyfile: `{{define "header"}}{{""}}{{end}}` + benchSite, want: []string{"warning no 'header_up'"}, remedy: "header_up X-Remote-User {iamsmart.account}"},
		{name: "no gate", caddyfile: "records.example.com {\n\treverse_proxy {{.App}}\n}", want: []string{"warning no gate"}, remedy: "site block"},
		{name: "an application on another machine", caddyfile: "records.example.com {\n\t{{template \"gate\" .}}\n\treverse_proxy 192.0.2.9:8080\n}",
			want: []string{"warning 192.0.2.9:8080 is not on this machine"}, remedy: "firewall"},
		{name: "an application that all reach", caddyfile: benchSite, prepare: func(b *bench) {
			b.own = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")} // the first stands for one of a network
		}, want: []string{"warning APP also answers at APP"}, remedy: "bind the application to 127.0.0.1"},
	} {
		t.Run(p.name, p.run)
	}
}

func TestCheckFindsWeakOptions(t *testing.T) {
	for _, p := range []planted{
		{name: "the test environment's simulator", caddyfile: `{{define "environment"}}environment simulator {{.Sim}}{{end}}` + benchSite,
			want: []string{"warning environment simulator"}, remedy: "environment ite"},
		{name: "the Government's test environment, with no time to ask there", caddyfile: `{{define "environment"}}environment ite{{end}}` + benchSite, prepare: func(b *bench) { b.late = true },
			want: []string{"warning environment ite", "warning api_base does not answer at https://apigw-isit.staging-eid.gov.hk: no answer in time", "warning clock: nothing", "fault accounts form: the rules do not tell"}, remedy: "for production"},
		{name: "a secret in clear", caddyfile: `{{define "secret"}}s3cret{{end}}` + benchSite,
			want: []string{"warning client_secret stands in clear"}, remedy: "{file./absolute/path}"},
		{name: "long sessions", caddyfile: "{{define \"more\"}}session {\n\t\t\tidle 8h\n\t\t\tmax 72h\n\t\t}{{end}}" + benchSite,
			want: []string{"warning session: idle 8h0m0s, max 72h0m0s"}, remedy: "idle 15m"},
		{name: "another name than that of the site", caddyfile: `{{define "url"}}https://care.example.com{{end}}` + benchSite,
			want: []string{"fault public_url https://care.example.com leads to no site with this gate; it stands at https://records.example.com"}, remedy: "the same name"},
		{name: "behind something else", caddyfile: "http://records.example.com:8080 {\n\t{{template \"gate\" .}}\n\treverse_proxy {{.App}}\n}",
			want: []string{"warning people come by https://records.example.com, but Caddy serves the gate at http://records.example.com (srv0: :8080)"}, remedy: "nothing stands in front"},
		{name: "plain http", caddyfile: "{{define \"url\"}}http://localhost:8480{{end}}http://localhost:8480 {\n\t{{template \"gate\" .}}\n\treverse_proxy {{.App}}\n}",
			want: []string{"warning public_url http://localhost:8480 is http"}, remedy: "https"},
		{name: "underscores and dots", caddyfile: "{{define \"options\"}}servers {\n\t\texpected_underscore_headers x_old\n\t}{{end}}" + benchSite,
			want: []string{"warning server srv0 lets through header names with underscores or dots (x_old)"}, remedy: "take expected_underscore_headers"},
		{name: "proxies that are trusted too far", caddyfile: "{{define \"options\"}}servers {\n\t\ttrusted_proxies static private_ranges\n\t}{{end}}" + benchSite,
			want: []string{"warning server srv0 trusts proxies"}, remedy: "trusted_proxies_strict"},
		{name: "a debug log", caddyfile: "{{define \"options\"}}debug{{end}}" + benchSite,
			want: []string{"warning log 'default' has the level DEBUG"}, remedy: "exclude http.handlers.reverse_proxy"},
		{name: "an access log", caddyfile: strings.Replace(benchSite, "{\n", "{\n\tlog\n", 1),
			want: []string{"warning log 'default' takes access lines and keeps Referer, uri"}, remedy: "format filter"},
		{name: "a log that cannot be written", caddyfile: "{{define \"options\"}}log {\n\t\toutput file {{.Dir}}/secret/none.log\n\t}{{end}}" + benchSite,
			want: []string{"fault log file DIR/secret/none.log cannot be written"}, remedy: "give its folder"},
		{name: "an open admin API", caddyfile: "{{define \"admin\"}}admin :2019{{end}}" + benchSite,
			want: []string{"fault the admin API listens on :2019"}, remedy: "admin off"},
		{name: "rules that let anyone in", caddyfile: benchSite, prepare: func(b *bench) { b.open = true },
			want: []string{"fault accounts form: a random name with a random password counts as logged in"}, remedy: "'success' rules"},
		{name: "rules that do not fit", caddyfile: strings.Replace(benchSite, `{{template "gate" .}}`, "iamsmart {\n\t\tpublic_url https://records.example.com\n\t\taccounts form http://{{.App}}/login {\n\t\t\tfields u p\n\t\t}\n\t\theader_up X-User {iamsmart.account}\n\t}", 1),
			want: []string{`fault accounts form: the rules do not tell right from wrong: http://APP/login: reading the login page: no form with the fields "u" and "p"`}, remedy: "'fields'"},
	} {
		t.Run(p.name, p.run)
	}
}

// A fixed text may be what the application knows the gate by, and a matcher may
// ask for a key: neither is shown.
func TestCheckShowsNoSecrets(t *testing.T) {
	b := newBench(t)
	report, _ := b.check("en", `{{define "header"}}header_up X-Gate s3cret{{end}}`+benchSite+`other.example.com {
	@key header X-Key s3cret
	reverse_proxy @key {{.App}}
}`)
	if strings.Contains(report, "s3cret") || !strings.Contains(report, "header X-Gate carries a fixed text") || !strings.Contains(report, "header …") {
		t.Errorf("the report:\n%s", report)
	}
}

// TestCheckChangesNothing: no file is made, whatever the configuration names.
func TestCheckChangesNothing(t *testing.T) {
	b := newBench(t)
	before := filesBelow(t, b.Dir)
	b.check("en", "{{define \"options\"}}log {\n\t\toutput file {{.Dir}}/logs/caddy.log\n\t}{{end}}"+benchSite)
	if after := filesBelow(t, b.Dir); !slices.Equal(before, after) {
		t.Errorf("before %q\nafter  %q", before, after)
	}
}

func filesBelow(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
