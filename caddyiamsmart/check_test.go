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

// What iAM Smart is asked for beside a login comes to addresses that are to be
// registered too.
func TestCheckNamesEveryAddressToRegister(t *testing.T) {
	const more = `{{define "header"}}header_up X-Name {iamsmart.name.zh}{{end}}{{define "more"}}link password register
		mode optional
		require /payroll/* {
			step_up 10m
		}{{end}}`
	report, code := newBench(t).check("en", more+benchSite)
	if code != 0 {
		t.Errorf("exit code %d, found %q", code, bad(report))
	}
	for _, want := range []string{
		"register in the portal for Client ID client-one, which needs the scope eidapi_profiles: https://records.example.com/iamsmart/callback/profile",
		"register in the portal for Client ID client-one, which needs the scope eidapi_profiles: https://records.example.com/iamsmart/callback/form",
		"register in the portal for Client ID client-one, which needs the scope eidapi_fr for step_up: https://records.example.com/iamsmart/callback/reauthentication",
		"ok mode optional: ",
	} {
		if !strings.Contains(strings.Join(findings(report), "\n"), want) {
			t.Errorf("it does not say: %s", want)
		}
	}
	if plain, _ := newBench(t).check("en", benchSite); strings.Contains(plain, "/iamsmart/callback/") || strings.Contains(plain, "optional") {
		t.Error("it names an address that nothing needs")
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
