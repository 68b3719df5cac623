package caddyiamsmart_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// refusal says where a name that cannot go upstream is stopped.
type refusal int

const (
	atLinkUp  refusal = iota // nothing is linked
	atRequest                // the link stands, no request passes
	accepted
)

// hostileNames are what the application's page says is the name of who is
// logged in. Each holds a mark that no log may hold.
var hostileNames = []struct {
	name    string
	printed string
	refusal refusal
	sent    string // what the application is told, where the name is accepted
}{
	{"line end as characters", "evil&#13;&#10;X-Admin: 1", atLinkUp, ""},
	{"line end in hexadecimal", "evil&#xd;&#xA;X-Admin: 1", atLinkUp, ""},
	{"line end as it is", "evil\r\nX-Admin: 1", atLinkUp, ""},
	{"line feed", "evil\nadmin", atLinkUp, ""},
	{"tab", "evil&#9;admin", atLinkUp, ""},
	{"NUL", "evil\x00admin", atLinkUp, ""},
	{"NUL as a character", "evil&#0;admin", atLinkUp, ""},
	{"next line", "evil\u0085admin", atLinkUp, ""},
	{"line separator", "evil\u2028admin", atLinkUp, ""},
	{"5000 bytes", strings.Repeat("evil-", 1000), atLinkUp, ""},
	{"65 characters", "evil" + strings.Repeat("x", 61), atLinkUp, ""},
	{"right-to-left override", "evil\u202enimda", atLinkUp, ""},
	{"right-to-left isolate", "evil\u2067admin\u2069", atLinkUp, ""},
	{"zero width", "evil\u200badmin", atLinkUp, ""},
	{"soft hyphen", "evil&shy;admin", atLinkUp, ""},
	{"not UTF-8", "evil\xff\xfeadmin", atLinkUp, ""},
	{"empty", "", atLinkUp, ""},
	{"blanks", " &nbsp;\t ", atLinkUp, ""},

	{"comma", "evil,admin", atRequest, ""},
	{"semicolon", "evil&semi;admin", atRequest, ""},
	{"escaped line end", "evil%0d%0aX-Admin: 1", atRequest, ""},
	{"escaped letter", "evil%61dmin", atRequest, ""},

	{"blank inside", "chan siu ming", accepted, "chan siu ming"},
	{"blanks around", " \t chan.ws\n ", accepted, "chan.ws"},
	{"Chinese", "陳大文", accepted, "陳大文"},
	{"right-to-left letters", "محمد", accepted, "محمد"},
	{"64 characters of four bytes", strings.Repeat("𠮷", 64), accepted, strings.Repeat("𠮷", 64)},
	{"markup", "a&lt;b&gt;&amp;&quot;", accepted, `a<b>&"`},
	{"a placeholder", "{iamsmart.realm}{env.HOME}", accepted, "{iamsmart.realm}{env.HOME}"},
}

func TestT10HostileAccountNames(t *testing.T) {
	var options simulator.Options
	for i := range hostileNames {
		options.Persons = append(options.Persons, simulator.Person{Name: fmt.Sprintf("p%02d", i), EnglishName: "CHAN, Test"})
	}
	g := arenaOn(t, "X-Iam-User", site{
		Header: "header_up X-Iam-User {iamsmart.account}", Simulator: options,
		Form: `account "<p id=user>([^<]*)</p>"`,
	})
	var printed atomic.Value
	g.legacy.Answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<h1>Records</h1><p id=user>%s</p>", printed.Load())
	}
	for i, c := range hostileNames {
		t.Run(c.name, func(t *testing.T) {
			printed.Store(c.printed)
			before := g.e.count()
			user := fmt.Sprintf("user%02d", i) // each has its own tries
			g.legacy.add(user, "night-shift-7")
			b := g.browser()
			b.login(fmt.Sprintf("p%02d", i), "approve")
			switch c.refusal {
			case atLinkUp:
				links := g.links(t)
				g.told(t, b.password(user, "night-shift-7"))
				if g.links(t) != links {
					t.Error("a link was made")
				}
				b.visit("/").want(t, 401)
			case atRequest:
				b.linkUp(user, "night-shift-7").want(t, 200)
				g.notPassed(t, b)
			case accepted:
				b.linkUp(user, "night-shift-7").want(t, 200)
				b.visit("/").want(t, 200)
				got := g.e.since(before)
				if len(got) != 1 {
					t.Fatalf("%d requests reached the application", len(got))
				}
				got[0].clean(t, g.mapped, c.sent)
				return
			}
			if n := g.e.count(); n != before {
				t.Errorf("%d requests reached the application: %v", n-before, g.e.since(before))
			}
		})
	}
	if strings.Contains(g.log(), "evil") {
		t.Error("the log holds a hostile name")
	}
}

// TestT12AnAccountHeaderThatIsTooLong: the name fits, the header does not.
func TestT12AnAccountHeaderThatIsTooLong(t *testing.T) {
	g := arenaOn(t, "X-Iam-User", site{
		Header: `header_up X-Iam-User "home-one:{iamsmart.account}"`,
		Form:   `account "<p id=user>([^<]*)</p>"`,
	})
	g.legacy.Answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<p id=user>%s</p>", strings.Repeat("𠮷", 62))
	}
	b := g.browser()
	b.login("chan", "approve")
	b.linkUp("chan.sm", "night-shift-7").want(t, 200)
	g.notPassed(t, b)
	if strings.Contains(g.log(), "𠮷") {
		t.Error("the log holds the name")
	}
}

// notPassed fails where somebody whose account cannot be told gets through, or
// is told why in the gate's own words, or cannot log out.
func (g *arena) notPassed(t *testing.T, b *browser) {
	t.Helper()
	before := g.e.count()
	g.told(t, b.visit("/records"))
	g.told(t, b.visit("/open/page"))
	p := b.ask("GET", g.Gate+"/api", nil, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	if ref := p.Header.Get("X-IAmSmart-Ref"); p.StatusCode != 502 || !g.logged(ref) || !strings.Contains(p.body, `{"error":"refused"}`) {
		t.Errorf("a script gets %d, reference %q: %s", p.StatusCode, ref, p.body)
	}
	if n := g.e.count(); n != before {
		t.Errorf("%d requests reached the application: %v", n-before, g.e.since(before))
	}
	b.visit("/iamsmart/logout").want(t, 200)
}

var shownReference = regexp.MustCompile(`class="ref">.*<bdi>([A-HJ-NP-Z2-9]{6})</bdi>`)

// told fails where a page is not a 502 with a reference that the log repeats,
// or says more than that.
func (g *arena) told(t *testing.T, p *shown) {
	t.Helper()
	found := shownReference.FindStringSubmatch(p.body)
	if p.StatusCode != 502 || found == nil || !g.logged(found[1]) {
		t.Errorf("status %d, reference %q, want 502 and a reference that the log holds:\n%s", p.StatusCode, found, p.body)
	}
	for _, word := range []string{"rendering header", "reading the account", "X-Iam-User", "account name", "evil"} {
		if strings.Contains(p.body, word) {
			t.Errorf("the page says %q:\n%s", word, p.body)
		}
	}
}

// logged tells whether an error line of the log has this reference.
func (g *arena) logged(ref string) bool {
	for line := range strings.SplitSeq(g.log(), "\n") {
		if ref != "" && strings.Contains(line, `"ref":"`+ref+`"`) && strings.Contains(line, `"level":"error"`) && strings.Contains(line, `"error":"`) {
			return true
		}
	}
	return false
}

// links counts the links in the store.
func (g *arena) links(t *testing.T) (n int) {
	t.Helper()
	db := g.database(t)
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*) FROM links`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (g *arena) database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+g.Dir+"/iamsmart.db?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}
