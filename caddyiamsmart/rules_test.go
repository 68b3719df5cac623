package caddyiamsmart_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// staffOfWards is a list of accounts with the roles that rules ask for.
func staffOfWards(t *testing.T) string {
	return newStaffList(t, "name,key,hash,state,role\n"+
		"NChan,7,"+bcryptOfFile+",1,nurse\n"+
		"MWong,8,"+bcryptOfFile+",1,manager\n").path
}

const wardRules = `
	mode optional
	public /open/* /forms/*
	require /medication/* {
		attribute role nurse doctor
	}
	@office {
		path /reports/* /forms/office.php
		not path /reports/menu
	}
	require @office {
		attribute role manager
	}
	require /signed {
		user_type sign
	}
	require /proven {
		link_method hkic code
	}
	require /payroll/* {
		attribute role manager
		login_age 5m
	}
`

// siteOfWards puts the matcher, which belongs to the site, before the directive.
func siteOfWards(t *testing.T) site {
	before, after, _ := strings.Cut(wardRules, "\t@office {")
	matcher, after, _ := strings.Cut(after, "\t}\n")
	return site{
		Gate: english + before + after, Before: "@office {" + matcher + "}",
		Accounts: `accounts file "` + staffOfWards(t) + `"`,
	}
}

// arriveByLogin is for sites whose front page needs no login.
func arriveByLogin(w *world, person, user, password string) *browser {
	b := w.browser()
	b.follow(b.decide(b.visit("/iamsmart/login"), person, "approve"))
	b.linkUp(user, password).want(w.t, 200)
	return b
}

// Given a home where not everybody may open every page, when people open pages, then
// each gets those that the rules leave them, and is told what is missing for the others.
func TestRulesSayWhoMayOpenWhat(t *testing.T) {
	w := newWorld(t, siteOfWards(t))
	nurse := arriveByLogin(w, "chan", "nchan", "correct horse")
	manager := arriveByLogin(w, "wong", "mwong", "correct horse")
	for _, c := range []struct {
		path           string
		nurse, manager string // what the page says, or nothing for the application's own
	}{
		{"/", "", ""},
		{"/medication/list", "", "Your account MWong may not open this page"},
		{"/medication", "", "your record"},
		{"/Medication/list", "", "your record"},
		{"/reports/2026", "your record", ""},
		{"/reports", "your record", ""},
		{"/reports/menu", "", ""},
		{"/forms/office.php", "your record", ""},
		{"/forms/office.php/x", "your record", ""},
		{"/forms/other.php", "", ""},
		{"/signed", "iAM Smart+", ""},
		{"/proven", "linked in another way", "linked in another way"},
		{"/payroll/may", "your record", ""},
	} {
		for b, says := range map[*browser]string{nurse: c.nurse, manager: c.manager} {
			p := b.visit(c.path)
			switch {
			case says == "":
				if p.want(t, 200).user() == "" {
					t.Errorf("%s: the application does not know who it is", c.path)
				}
			default:
				p.want(t, 403, "You may not open this page", "What is missing:", says, "supervisor")
			}
		}
		nobody := w.browser().visit(c.path)
		if open := c.nurse == "" && c.manager == ""; open != (nobody.StatusCode == 200) {
			t.Errorf("%s: nobody gets %d", c.path, nobody.StatusCode)
		}
	}
	t.Run("what is no navigation gets no page", func(t *testing.T) {
		p := nurse.ask(http.MethodGet, w.Gate+"/reports/2026", nil, with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}))
		if p.StatusCode != 403 || !strings.Contains(p.body, `"refused"`) || strings.Contains(p.body, "<") {
			t.Errorf("%d %s", p.StatusCode, p.body)
		}
		p = w.browser().ask(http.MethodPost, w.Gate+"/forms/office.php", nil, with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}))
		if p.StatusCode != 401 {
			t.Errorf("nobody gets %d", p.StatusCode)
		}
	})
	t.Run("the log names no value of the record", func(t *testing.T) {
		if log := w.log(); !strings.Contains(log, "a rule refuses the person: the account's record") || strings.Contains(log, `"manager"`) {
			t.Error("the log does not say what it should")
		}
	})
}

// Given a page that asks for a login of the last five minutes, when a person opens it
// later, then a fresh login leads to that very page, as often as it is needed.
func TestT46AFreshLoginLeadsBackToTheVeryPage(t *testing.T) {
	w := newWorld(t, siteOfWards(t))
	b := arriveByLogin(w, "wong", "mwong", "correct horse")
	b.visit("/payroll/may?year=2026").want(t, 200)
	var late atomic.Int64
	defer caddyiamsmart.JudgeAt(func() time.Time { return time.Now().Add(time.Duration(late.Load())) })()
	late.Store(int64(6 * time.Minute))
	for round := range 5 {
		p := b.visit("/payroll/may?year=2026").want(t, 401, "a login that is not long ago. Log in again and it opens", "Login with iAM Smart")
		b.visit("/reports/2026").want(t, 200) // the session goes on
		data := b.ask(http.MethodGet, w.Gate+"/payroll/may", nil, with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}))
		if data.StatusCode != 401 {
			t.Errorf("a script gets %d", data.StatusCode)
		}
		late.Store(0)
		p = b.follow(b.decide(p, "wong", "approve")).want(t, 200)
		if p.user() != "MWong" || p.Request.URL.RequestURI() != "/payroll/may?year=2026" {
			t.Fatalf("round %d ends at %s for %q", round, p.Request.URL, p.user())
		}
		late.Store(int64(6 * time.Minute))
	}
}

// Given a rule, when a person whom it refuses writes its path in any way that some
// server understands, then no server shows them the page.
func TestT23ToT27NoSpellingGetsPastARule(t *testing.T) {
	pieces := []string{
		"open", "private", "private", "secret.html", "PRIVATE", "x", "/", "/", "/", "//", "..", "..", ".", "%2e", "%2E%2e", "%252e%252e", "%2f",
		"%2F", "%252f", `\`, "%5c", "%255C", ";", ";a=b", "%3b", "%20", "...", "%3f", "%23", "?", "%70rivate", "%50RIVATE", "/private/secret.html",
		"/private;a/secret.html", "/%70riv%61te/secret.html", "/./private//secret.html", "..;", "%c0%af",
	}
	for name, start := range fileServers {
		t.Run(name, func(t *testing.T) {
			root := folderOf(t, map[string]string{
				"open/page.html": "<p>for everybody</p>", "private/secret.html": secretFile, "private/x/secret.html": secretFile, "secret.html": "<p>for everybody</p>",
			})
			server := start(t, root)
			w := newWorld(t, site{
				Gate:     "public /open/*\nrequire /private/* {\n attribute role manager\n}",
				Accounts: `accounts file "` + staffOfWards(t) + `"`,
				Before:   "@app not path /login\nreverse_proxy @app " + server,
				More:     "http://localhost:{{.Port2}} {\n reverse_proxy " + server + "\n}",
			})
			nurse := cookieLine(arriveByLogin(w, "chan", "nchan", "correct horse"))
			gate, bare := hostOf(w.Gate), hostOf(w.Gate2)
			if p := overH1(t, gate, rawRequest{method: "GET", target: "/secret.html", lines: []string{nurse}}); !strings.Contains(p.body, "for everybody") {
				t.Fatalf("the nurse's page: status %d", p.status)
			}
			random := rand.New(rand.NewPCG(23, 27))
			shown := 0
			for range 1200 {
				target := []string{"/", "/open/", "/private/", "/x/", "//"}[random.IntN(5)]
				for range 1 + random.IntN(5) {
					target += pieces[random.IntN(len(pieces))]
				}
				q := rawRequest{method: "GET", target: target}
				if p := overH1(t, gate, q.with(nurse)); strings.Contains(p.body, secretFile) {
					t.Errorf("%s: the nurse reads what is for managers", target)
				}
				if p := overH1(t, gate, q); strings.Contains(p.body, secretFile) {
					t.Errorf("%s: nobody reads what is for managers", target)
				}
				if shown < 30 && strings.Contains(overH1(t, bare, q).body, secretFile) {
					shown++
				}
			}
			if shown < 10 {
				t.Errorf("without a gate only %d of the targets lead there, so this test shows little", shown)
			}
		})
	}
}

// TestT29ARuleIsForWhatCameAndForWhatIsSent, and no header says otherwise (T20, T22).
func TestT29ARuleIsForWhatCameAndForWhatIsSent(t *testing.T) {
	for name, c := range map[string]struct{ rewrite, target string }{
		"the prefix is cut off":              {"uri strip_prefix /app", "/app/private/x"},
		"a page becomes one that is ruled":   {"@page path /page\nrewrite @page /private/x", "/page"},
		"one that is ruled becomes a page":   {"@ruled path /private/*\nrewrite @ruled /page", "/private/x"},
		"nothing is rewritten":               {"", "/private/x"},
		"handle_path is within the handlers": {"", "/private/"},
	} {
		t.Run(name, func(t *testing.T) {
			g := arenaOn(t, "X-Remote-User", site{
				Before: c.rewrite, Gate: "require /private/* {\n attribute role manager\n}", Accounts: `accounts file "` + staffOfWards(t) + `"`,
			})
			nurse, manager := cookieLine(arriveByLogin(g.world, "chan", "nchan", "correct horse")), cookieLine(arriveByLogin(g.world, "wong", "mwong", "correct horse"))
			for _, over := range bothProtocols {
				for _, said := range []string{
					"X-Original-URL: /open/page", "X-Rewrite-URL: /open/page", "X-Forwarded-Uri: /open/page", "X-HTTP-Method-Override: OPTIONS",
					"User-Agent: GoogleHC/1.0", "User-Agent: kube-probe/1.33", "X-Forwarded-Host: elsewhere.example", "Accept: application/json",
				} {
					for _, method := range []string{"GET", "POST", "HEAD", "OPTIONS", "PROPFIND"} {
						g.expect(t, over.send, rawRequest{method: method, target: c.target, lines: []string{nurse, said}}, notAtAll)
						g.expect(t, over.send, rawRequest{method: method, target: c.target, lines: []string{said}}, notAtAll)
					}
				}
				before := g.e.count()
				over.send(t, g.host, rawRequest{method: "GET", target: c.target, lines: []string{manager}})
				if got := g.e.since(before); len(got) != 1 || got[0].value("X-Remote-User") != "MWong" {
					t.Errorf("of the manager arrives %v", got)
				}
			}
			t.Run("T30 other hosts, T31 broken cookies", func(t *testing.T) {
				before := g.e.count()
				for _, line := range []string{"Host: elsewhere.example", "Cookie: " + strings.Repeat("a", 4000), strings.Replace(manager, "-s=", "-s=x", 1), manager + "\r\n" + manager, "Connection: X-Remote-User"} {
					sendRaw(t, g.host, "GET", "GET "+c.target+" HTTP/1.1\r\nHost: "+g.host+"\r\n"+line+"\r\nConnection: close\r\n\r\n")
				}
				if n := g.e.count() - before; n != 0 {
					t.Errorf("%d requests reached the application: %v", n, g.e.since(before))
				}
			})
		})
	}
}

// Given a websocket that a rule let begin, when the account loses what the rule asks
// for, then the websocket ends, and the page is refused.
func TestT40AStreamEndsWithWhatItsRuleAskedFor(t *testing.T) {
	t.Cleanup(caddyiamsmart.RecheckFrom(time.Millisecond))
	list := newStaffList(t, "name,key,hash,state,role\nNChan,7,"+bcryptOfFile+",1,nurse\n")
	w := newWorld(t, site{
		Gate: english + "recheck 1s\nrequire /live {\n attribute role nurse\n}", Accounts: `accounts file "` + list.path + `"`,
	})
	b := arriveByLogin(w, "chan", "nchan", "correct horse")
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		for i := 0; r.Context().Err() == nil; i++ {
			if _, err := fmt.Fprintf(rw, "line %d\n", i); err != nil {
				return
			}
			http.NewResponseController(rw).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
	ended := make(chan int, 1)
	go func() {
		p, err := b.try(http.MethodGet, w.Gate+"/live", nil, nil)
		if err != nil {
			ended <- 200 // it broke off while it was read
			return
		}
		ended <- p.StatusCode
	}()
	select {
	case <-ended:
		t.Fatal("it ended by itself")
	case <-time.After(1500 * time.Millisecond):
	}
	list.write("name,key,hash,state,role\nNChan,7," + bcryptOfFile + ",1,cook\n")
	select {
	case status := <-ended:
		if status != 200 {
			t.Errorf("it ended with %d", status)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it goes on")
	}
	b.visit("/live").want(t, 403, "your record")
}

// What clients can choose is no ground for a rule, and whoever writes one is told.
func TestWhatClientsChooseIsWarnedOf(t *testing.T) {
	const chosen, small, all = "they can choose not to be under it", "minds case", "shows all others"
	for name, c := range map[string]struct{ before, gate, warns string }{
		"a path":                      {"@m path /a/*", "require @m {\n login_age 5m\n}", ""},
		"a header":                    {"@m header X-Area private", "require @m {\n login_age 5m\n}", chosen},
		"a query":                     {"@m {\n path /a/*\n query area=private\n}", "require @m {\n login_age 5m\n}", chosen},
		"the absence of a header":     {"@m {\n path /a/*\n not header X-Area public\n}", "require @m {\n login_age 5m\n}", chosen},
		"an expression over a header": {"@m `header({'X-Area': 'private'})`", "require @m {\n login_age 5m\n}", chosen},
		"an expression over a path":   {"@m `path('/a/*')`", "require @m {\n login_age 5m\n}", ""},
		"a pattern with capitals":     {"@m path_regexp ^/Private/", "require @m {\n login_age 5m\n}", small},
		"a pattern that folds case":   {"@m path_regexp (?i)^/Private/", "require @m {\n login_age 5m\n}", ""},
		"a public front controller":   {"", "public /index.php", all},
		"a front controller's folder": {"", "public /doku.php/*", all},
		"a public page":               {"", "public /help.php", ""},
	} {
		t.Run(name, func(t *testing.T) {
			log := newWorld(t, site{Before: c.before, Gate: c.gate}).log()
			for _, warning := range []string{chosen, small, all} {
				if strings.Contains(log, warning) != (warning == c.warns) {
					t.Errorf("warned of %q: %v", warning, warning != c.warns)
				}
			}
		})
	}
}
