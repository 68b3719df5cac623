package caddyiamsmart_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Given an administrator and somebody without a password, when they get a code, use it,
// and lose the link again, then each goes as it should, the session is over with the
// next request, and the trail says who did what.
func TestAnAdministratorGivesAnAccountAndTakesItAway(t *testing.T) {
	o := newOffice(t, staffGate)
	run := func(args ...string) did { t.Helper(); return o.does(append(args, first)...) }
	made := run("links", "code", "CHAN.SM").want(t, 0, "A link code for 'chan.sm', good once", "It cannot be shown again")
	code := strings.TrimSpace(made.out)
	if !regexp.MustCompile(`^[A-Z2-9]{4}(-[A-Z2-9]{4}){2}$`).MatchString(code) {
		t.Fatalf("standard output holds more than a code: %q", made.out)
	}
	b := o.firstTime("chan")
	b.submit(b.types(code).want(t, 200, "chan.sm"), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Fatalf("greeted as %q", p.user())
	}
	run("links", "code", "chan.sm").want(t, 1, "chan.sm: the account is linked to somebody already", "links unlink")

	listed := run("links", "list", "--json").want(t, 0)
	var links []struct {
		Number               int64
		Account, Way, Person string
		LastLogin            time.Time `json:"last_login"`
	}
	if err := json.Unmarshal([]byte(listed.out), &links); err != nil || len(links) != 1 {
		t.Fatalf("%v\n%s", err, listed.out)
	}
	l := links[0]
	if l.Account != "chan.sm" || l.Way != "code" || l.Person == "" || time.Since(l.LastLogin) > time.Hour {
		t.Errorf("it shows %+v", l)
	}
	number := fmt.Sprint(l.Number)
	run("links", "show", number).want(t, 0, "good: the account stands", "陳小明", "LOGINS")

	// Nothing goes without a yes, or by another gate's hand.
	run("links", "unlink", number).want(t, 1, "say --yes")
	o.does("links", "unlink", "--yes", number).want(t, 1, "several gates fit", "realm second, app wards")
	o.does("links", "unlink", "--yes", number, "--realm=second").want(t, 1, "there is no such entry")
	b.visit("/").want(t, 200)
	if rows := o.trail(linkup.EventUnlinked); len(rows) != 0 {
		t.Errorf("refused acts left %d rows", len(rows))
	}

	run("links", "unlink", "--yes", number).want(t, 0, "Link "+number+" of account 'chan.sm' has ended")
	b.visit("/").want(t, 401)
	run("links", "show", number).want(t, 1, "there is no such entry")
	for event, n := range map[string]int{linkup.EventCodeMade: 1, linkup.EventUnlinked: 1} {
		rows := o.trail(event)
		if len(rows) != n || rows[0].Actor != "admin:mary" || rows[0].Account != "chan.sm" {
			t.Errorf("%s: %+v", event, rows)
		}
	}
	o.keepsQuiet(code, strings.ReplaceAll(code, "-", ""))
}

// Given links of all kinds, when they are listed and shown, then the tables are as they
// were in both languages, in their parts too, and hold nothing that is secret.
func TestListsOfLinks(t *testing.T) {
	o := newOffice(t, staffGate)
	o.holds([]store.Link{
		link(1, "chan.sm", "key:17", "陳小明", "file", "password"),
		link(2, "KWong", "key:18", "Wong May Ling", "file", "code"),
		link(3, "long.name@example.com", "name:long.name@example.com", "", "form", "register"),
		link(4, "left", "key:99", "歐陽e\u0301\x1b[31m", "file", "import"),
		link(5, "closed.one", "key:19", "", "file", "hkic"),
	})
	for _, tt := range []struct{ file, args string }{
		{"links_list.txt", "links list"},
		{"links_list.zh.txt", "links list --lang zh-HK"},
		{"links_list_account.txt", "links list --account ＫＷＯＮＧ"},
		{"links_list_source.txt", "links list --source form"},
		{"links_list_none.txt", "links list --account nobody"},
		{"links_list.json", "links list --source form --json"},
		{"links_list_none.json", "links list --account nobody --json"},
		{"links_show.txt", "links show 2"},
		{"links_show.zh.txt", "links show 1 --lang zh-HK"},
		{"links_show_gone.txt", "links show 4"},
		{"links_show_closed.json", "links show 5 --json"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			got := o.does(append(strings.Fields(tt.args), first)...).want(t, 0)
			got.golden(t, tt.file)
			if strings.Contains(got.out, "\x1b") && !strings.HasSuffix(tt.file, "json") {
				t.Error("a name steers the terminal")
			}
			for n := range byte(5) {
				if hash := persona(n + 1); strings.Contains(got.out, fmt.Sprintf("%x", hash[:4])) {
					t.Error("it holds a person's hash")
				}
			}
		})
	}

	// What people write into a name is data: to a terminal, to a spreadsheet, and to who reads
	// the name from the left to the right.
	hostile := "A;=cmd|' /C calc'!A0\u009b31m\u202e\U000e0041, \"B\"\t=1+1\n"
	o.holds([]store.Link{link(7, "odd", "key:7", hostile, "odd", "import")})
	for _, args := range []string{"links list --source odd", "links list --source odd --json", "links show 6 --json", "links export", "links export --json"} {
		got := o.does(append(strings.Fields(args), first)...).want(t, 0, "odd")
		if strings.ContainsAny(got.out, "\u009b\u202e\U000e0041\t\x1b") {
			t.Errorf("%s: a name steers what shows it: %q", args, got.out)
		}
		if strings.Contains(args, "--json") && (!strings.Contains(got.out, `\u009b31m\u202e\udb40\udc41, \"B\"\t=1+1\n`) || !json.Valid([]byte(got.out))) {
			t.Errorf("%s: the name is another: %s", args, got.out)
		}
		if args == "links export" && !strings.Contains(got.out, `,"A;=cmd|' /C calc'!A0 31m  , ""B"" =1+1 ",odd,`) {
			t.Errorf("a cell begins within a name:\n%s", got.out)
		}
	}

	// One that was altered is shown as such, and the rest as ever.
	o.behind("UPDATE links SET account_name = 'matron' WHERE account_name = 'left'")
	o.does("links", "list", first).want(t, 0, "Link 4 was altered outside this program", "KWong")
	o.does("links", "unlink", "4", "--yes", first).want(t, 1, "link 4", "it does not fit its seal")

	var bulk []store.Link
	for i := range caddyiamsmart.ListedAtOnce + 20 {
		l := link(6, fmt.Sprintf("many%d", i), fmt.Sprintf("key:many%d", i), "", "bulk", "import")
		l.Person = [32]byte{9, byte(i), byte(i >> 8)}
		bulk = append(bulk, l)
	}
	o.holds(bulk)
	got := o.does("links", "list", "--source", "bulk", first).want(t, 0, "reading on")
	if n := strings.Count(got.out, "\n"); n != 1+len(bulk) {
		t.Errorf("%d lines for %d links", n, len(bulk))
	}
	o.keepsQuiet()
}

// Given accounts in every state, when a code is asked for, then it is made only for one
// that could use it, or the reason is told with what to do; refusals leave nothing.
func TestLinkCodesForAccountsInEveryState(t *testing.T) {
	o := newOffice(t, staffGate)
	o.holds([]store.Link{link(2, "KWong", "key:18", "", "file", "password")})
	there := filepath.Join(t.TempDir(), "there.html")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, args string
		code       int
		says       []string
	}{
		{"taken", "KWong " + first, 1, []string{"KWong: the account is linked to somebody already", "links list --account"}},
		{"closed", "closed.one " + first, 1, []string{"does not let that account be used"}},
		{"shared", "ward " + first, 1, []string{"persons_per_account", "raise the number"}},
		{"nobody can look it up", "new.one " + first, 1, []string{"cannot be looked up", "'new.one'", "--yes"}},
		{"no name", "新人 --yes " + first, 1, []string{"at most 64 letters, digits"}},
		{"the way is not open", "chan.sm --realm second", 1, []string{"write 'link password code' into its block"}},
		{"a file that is there", "chan.sm --html " + there + " " + first, 1, []string{"is there already"}},
		{"no such folder", "chan.sm --html " + there + "/x " + first, 1, []string{"cannot be made", "No code was made"}},
		{"two forms of output", "chan.sm --print --json " + first, 1, []string{"none of the others can be"}},
		{"no such gate", "chan.sm --app none", 1, []string{"no gate has that realm and app"}},
		{"nobody named", first, 1, []string{"accepts 1 arg"}},
		{"a name for the trail that is none", "chan.sm --as=" + strings.Repeat("m", 65) + " " + first, 1, []string{"at most 64 bytes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := o.in(t)
			got := o.does(append([]string{"links", "code"}, strings.Fields(tt.args)...)...)
			got.want(t, tt.code, tt.says...)
			if got.out != "" && !strings.Contains(got.out, "Usage") {
				t.Errorf("standard output holds %q", got.out)
			}
		})
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if rows := o.trail(linkup.EventCodeMade); len(rows) != 0 {
		t.Errorf("refused codes left %d rows", len(rows))
	}

	// By a name that is certain, and on paper.
	o.does("links", "code", "new.one", "--yes", "--json", first).want(t, 0, `"looked_up": false`, `"account": "new.one"`)
	slip := o.does("links", "code", "chan.sm", "--print", first).want(t, 0, o.Gate, "陳小明", "連結碼", "Link code")
	page := filepath.Join(t.TempDir(), "slip.html")
	written := o.does("links", "code", "chan.sm", "--html", page, "--lang=zh-HK", first).want(t, 0, "列印後請刪除檔案")
	text, err := os.ReadFile(page)
	if err != nil || written.out != "" {
		t.Fatalf("%v, standard output %q", err, written.out)
	}
	if info, err := os.Stat(page); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the page has mode %v, %v", info.Mode(), err)
	}
	codes := regexp.MustCompile(`[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`)
	old, now := codes.FindString(slip.out), codes.FindString(string(text))
	if old == "" || now == "" || old == now || strings.Contains(written.talk, now) {
		t.Errorf("codes %q and %q\n%s", old, now, written.talk)
	}
	b := o.firstTime("wong")
	b.types(old).want(t, 422, "not correct")
	b.types(now).want(t, 200, "chan.sm")
	o.keepsQuiet(old, now)
}
