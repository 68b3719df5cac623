package caddyiamsmart_test

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// exampleOf is the site of a folder of examples, with its very Caddyfile, before its
// application.
func exampleOf(t *testing.T, folder string) site {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../examples", folder, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	opening, rest, ok := strings.Cut(string(text), "{\n")
	if !ok || opening != "" {
		t.Fatal("the Caddyfile does not begin with its global options")
	}
	return site{
		Caddyfile: "{\n\tadmin off\n\tpersist_config off\n\tstorage file_system {$CADDY_STORAGE}\n\tlog {\n\t\tlevel DEBUG\n\t\toutput file {$CADDY_LOG}\n\t}\n" + rest,
		Env: map[string]string{
			"CADDY_STORAGE": "{{.Dir}}/caddy", "CADDY_LOG": "{{.Dir}}/caddy.log", "STORE": "{{.Dir}}/iamsmart.db",
			"IAMSMART_API_BASE": "{{.SimURL}}/api/v1", "IAMSMART_WEB_BASE": "{{.SimURL}}/api/v1",
			"IAMSMART_CLIENT_ID": "{{.ClientID}}", "IAMSMART_SECRET": "{{.Dir}}/secret", "IAMSMART_CERT": "{{.Dir}}/encipherment.pem",
			"PUBLIC_URL": "{{.Gate}}", "APP": "{{.AppHost}}",
		},
	}
}

// staff writes the list of a home with two accounts.
func (s *site) staff(t *testing.T) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(list, []byte("name,hash,state\nNChan,"+bcryptOfFile+",1\n陳大文,"+bcryptOfFile+",1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Env["STAFF"] = list
}

// Given Radicale with its configuration alone, when a person comes through the gate, then
// they have their own calendar, nobody else's, and no client can say otherwise.
func TestExampleOfRadicale(t *testing.T) {
	s := exampleOf(t, "radicale")
	s.staff(t)
	s.App = func(*world) string {
		return servertest.Listening(t, t.TempDir(), nil, "radicale", "--config", absoluteOf(t, "../examples/radicale/config"),
			"--server-hosts=127.0.0.1:{port}", "--storage-filesystem-folder="+t.TempDir())
	}
	w := newWorld(t, s)
	b := w.arrive("chan", "nchan", "correct horse")
	b.visit("/.web/").want(t, 200, "Radicale")
	forged := with(map[string]string{"X-Remote-User": "MWong", "X_Remote_User": "MWong", "Authorization": "Basic TVdvbmc6eA=="})
	p := b.ask("PROPFIND", w.Gate+"/", nil, func(r *http.Request) { forged(r); r.Header.Set("Depth", "0") })
	if p.StatusCode != 207 || !strings.Contains(p.body, "/NChan/") {
		t.Errorf("PROPFIND: %d %s", p.StatusCode, p.body)
	}
	put := func(path string) int {
		if p := b.ask("MKCALENDAR", w.Gate+path, nil, forged); p.StatusCode != 201 {
			return p.StatusCode
		}
		event := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:round\r\nDTSTAMP:20261201T000000Z\r\nDTSTART:20261201T080000Z\r\nSUMMARY:Ward round\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		return b.ask("PUT", w.Gate+path+"round.ics", nil, func(r *http.Request) {
			forged(r)
			r.Header.Set("Content-Type", "text/calendar")
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(event)), int64(len(event))
		}).StatusCode
	}
	if status := put("/NChan/rounds/"); status != 201 {
		t.Errorf("their own calendar: %d", status)
	}
	if p := b.ask("GET", w.Gate+"/NChan/rounds/round.ics", nil, nil); !strings.Contains(p.body, "Ward round") {
		t.Errorf("reading it: %d %s", p.StatusCode, p.body)
	}
	if status := put("/MWong/rounds/"); status != 403 {
		t.Errorf("another person's calendar: %d", status)
	}
	w.browser().ask("PROPFIND", w.Gate+"/NChan/", nil, forged).want(t, 401)
}

func absoluteOf(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// Given DokuWiki with the small plugin, when a person has proven their account once by
// its own login form, then they are there from the next login on, may do what their
// groups may, and are logged out of both by its own button.
func TestExampleOfDokuWiki(t *testing.T) {
	wiki, users := servertest.DokuWikiWith(t, "../examples/dokuwiki/authiamsmart", "$conf['authtype'] = 'authiamsmart';")
	s := exampleOf(t, "dokuwiki")
	s.App = func(*world) string { return wiki }
	w := newWorld(t, s)
	b := w.arrive("chan", "alice", users["alice"])
	b.visit("/doku.php?id=start").want(t, 200, "Logged in as: Alice Chan")
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)

	b.login("chan", "approve").want(t, 200, "Logged in as: Alice Chan")
	p := b.visit("/doku.php?id=rounds&do=edit").want(t, 200)
	forged := with(map[string]string{"X-Remote-User": "bob", "Remote-User": "bob"})
	b.ask(http.MethodPost, w.Gate+"/doku.php?id=rounds", url.Values{
		"sectok": {hidden(p, "sectok")}, "id": {"rounds"}, "rev": {"0"}, "date": {hidden(p, "date")}, "changecheck": {hidden(p, "changecheck")},
		"wikitext": {"====== Ward rounds ======"}, "do[save]": {"1"},
	}, forged)
	b.visit("/doku.php?id=rounds").want(t, 200, "Ward rounds")
	b.visit("/doku.php?id=rounds&do=revisions").want(t, 200, "Alice Chan")
	b.visit("/doku.php?do=logout")
	b.visit("/doku.php?id=start").want(t, 401)

	answer, err := http.Get(wiki + "/doku.php?id=start")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); strings.Contains(string(text), "Logged in as") {
		t.Error("somebody is logged in without a header")
	}
}

// Given a PHP page of ten lines, when a person with a Chinese name comes, then it greets
// them.
func TestExampleOfAPHPPage(t *testing.T) {
	s := exampleOf(t, "php")
	s.staff(t)
	s.App = func(*world) string { return servertest.PHP(t, "../examples/php", "../examples/php/index.php") }
	w := newWorld(t, s)
	if p := w.arrive("chan", "陳大文", "correct horse").visit("/").want(t, 200, "Good day"); p.user() != "陳大文" {
		t.Errorf("greeted as %q", p.user())
	}
	if answer, err := http.Get(w.App); err != nil || answer.StatusCode != 403 {
		t.Errorf("past the gate: %v, %v", answer, err)
	}
}

// Given a vendor with two homes on one Caddy, when the same person logs in in both, then
// each home has a link and a login of its own; and a mistake names the file of the home.
func TestExampleOfManyHomes(t *testing.T) {
	s := exampleOf(t, "homes")
	s.From = absoluteOf(t, "../examples/homes/Caddyfile")
	for home, ids := range map[string][4]string{"PINE": {"{{.ClientID}}", "secret", "{{.Gate}}", "{{.AppHost}}"}, "WILLOW": {"{{.Client2}}", "secret2", "{{.Gate2}}", "{{.App2Host}}"}} {
		maps.Copy(s.Env, map[string]string{
			home + "_CLIENT_ID": ids[0], home + "_SECRET": "{{.Dir}}/" + ids[1], home + "_CERT": "{{.Dir}}/encipherment.pem", home + "_URL": ids[2], home + "_APP": ids[3],
		})
	}
	w := newWorld(t, s)
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	b.visit("/").want(t, 200)
	b.visit(w.Gate2+"/").want(t, 401)
	b.follow(b.decide(b.visit(w.Gate2+"/"), "chan", "approve")).want(t, 200)
	b.linkUp("maria", "tea-at-three").want(t, 200)
	if p := b.visit(w.Gate2 + "/"); p.user() != "maria" {
		t.Errorf("the second home greets %q", p.user())
	}
	if p := b.visit(w.Gate + "/"); p.user() != "chan.sm" {
		t.Errorf("the first home greets %q", p.user())
	}
	t.Run("a mistake names the file of the home", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("../examples/homes")); err != nil {
			t.Fatal(err)
		}
		w.Site.From = filepath.Join(dir, "Caddyfile")
		if err := os.WriteFile(filepath.Join(dir, "homes", "oak.realm"), []byte("realm oak {\n\tclient_idd x\n}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := w.tryLoad()
		if err == nil || !strings.Contains(err.Error(), "oak.realm:2") || !strings.Contains(err.Error(), "did you mean 'client_id'?") {
			t.Errorf("it says %v", err)
		}
	})
}
