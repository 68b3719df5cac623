package caddyiamsmart_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// roster is a second gate, whose accounts can be read.
const roster = `http://localhost:{{.Port2}} {
	iamsmart {
		app roster
		public_url {{.Gate2}}
		STAFF
		persons_per_account Ward 3
		header_up X-Remote-User {iamsmart.account}
	}
	reverse_proxy {{.App2Host}}
}`

// newHome is an office with two gates: of one the accounts cannot be read, of the other
// they can.
func newHome(t *testing.T) (*office, records) {
	t.Helper()
	staff := staffFile(t, employee{login: "KChan", name: "陳測試明"}, employee{login: "Wong"}, employee{login: "Ho", left: true},
		employee{login: "Ward"}, employee{login: "Au"}, employee{login: "=1+1"}, employee{login: "阿美"}, employee{login: "Lee"})
	dir, err := os.MkdirTemp("", "iamsmart") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "admin.sock")
	w := newWorld(t, site{Admin: "admin unix/" + socket, Gate: english, More: strings.ReplaceAll(roster, "STAFF", staff.block())})
	o := &office{w, socket}
	o.does("bans", "list", "--app=default").want(t, 0) // the gate has opened its store by then
	return o, staff
}

// sheet writes a CSV file.
func sheet(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// hashOf is what `caddy iamsmart hkic hash` makes of a number with this root key.
func hashOf(t *testing.T, keyFile, number string) string {
	t.Helper()
	root, err := store.LoadRootKey(keyFile, false)
	if err != nil {
		t.Fatal(err)
	}
	key, err := root.HKICKey()
	if err != nil {
		t.Fatal(err)
	}
	return accounts.HKICHashText(key.Hash(accounts.CanonicalHKIC(number)))
}

// trailed is the number of the newest row of the roster's audit trail.
func (o *office) trailed() int64 {
	o.t.Helper()
	var rows []struct{ Number int64 }
	d := o.does("audit", "list", "--app=roster", "--json", "--limit=1")
	if err := json.Unmarshal([]byte(d.out), &rows); err != nil || len(rows) != 1 {
		o.t.Fatal(err, d)
	}
	return rows[0].Number
}

// told is the audit trail of the roster since a row, in short.
func (o *office) told(since int64) string {
	o.t.Helper()
	var rows []struct {
		Number                             int64
		Event, Account, Source, Way, Actor string
		Detail, Person, Ref                string
	}
	d := o.does("audit", "list", "--app=roster", "--json", "--limit=1000")
	if err := json.Unmarshal([]byte(d.out), &rows); err != nil || d.code != 0 {
		o.t.Fatal(err, d)
	}
	var lines []string
	for _, r := range rows {
		if r.Number > since {
			lines = append([]string{strings.Join([]string{r.Event, r.Account, r.Source, r.Way, r.Actor}, " ")}, lines...)
		}
	}
	return strings.Join(lines, "\n")
}

// Given a home's list with good lines and bad ones, when it is imported, first as a dry
// run and then once more, then each bad line is told with its reason, the good ones are
// expected from now on, and nothing secret is repeated.
func TestImportingAList(t *testing.T) {
	o, staff := newHome(t)
	hash := func(identification string) string {
		return hashOf(t, filepath.Join(o.Dir, "iamsmart.key"), card(t, identification))
	}
	imports := func(t *testing.T, text string, more ...string) did {
		t.Helper()
		return o.in(t).does(append([]string{"links", "import", "--app=roster", sheet(t, text)}, more...)...)
	}
	good := "\uFEFFAccount, HKIC_hash ,ward\r\nkchan," + hash("Z000001") + ",2A\r\n\r\n阿美," + hash("Z000002") + ",\r\n=1+1," + hash("Z000003") + ",\r\n"
	bad := good + "Au,,\nHo," + hash("Z000004") + ",\n\"nobody\"," + hash("Z000005") + ",\nWARD," + hash("Z000006") + ",\n"
	t.Run("dry run", func(t *testing.T) {
		for lang, file := range map[string]string{"en": "import_dry.txt", "zh-HK": "import_dry_zh.txt"} {
			d := imports(t, bad, "--dry-run", "--lang="+lang)
			d.golden(t, file)
			if d.code != 3 {
				t.Errorf("exit %d", d.code)
			}
		}
		if n, told := o.rows("expected_links"), o.told(0); n != 0 || told != "" {
			t.Errorf("%d are expected, and the trail says\n%s", n, told)
		}
	})
	t.Run("import", func(t *testing.T) {
		d := imports(t, bad).want(t, 3, "Lines that were refused: 3.", "eidapi_profiles", "callback/profile")
		d.golden(t, "import.txt")
		o.in(t).golden(o.told(0), "link_expected KChan sql import admin:mary", "link_expected 阿美 sql import admin:mary", "link_expected =1+1 sql import admin:mary")
	})
	t.Run("again", func(t *testing.T) {
		d := imports(t, good).want(t, 0, "New 0, known before 3, linked already 0, refused 0; without a hash 0.")
		if strings.Contains(d.talk, "eidapi") || strings.Count(o.told(0), "\n") != 2 {
			t.Errorf("it says\n%s\nand the trail\n%s", d.talk, o.told(0))
		}
	})
	t.Run("taken", func(t *testing.T) {
		d := imports(t, "account,hkic_hash\nLee,"+hash("Z000001")+"\nKCHAN,"+hash("Z000007")+"\n", "--json").want(t, 3)
		var report struct {
			New     int `json:"new"`
			Done    int `json:"done"`
			Refused []struct {
				Line             int
				Account, Outcome string
			}
		}
		if err := json.Unmarshal([]byte(d.out), &report); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(report); got != "{0 2 [{2 Lee number taken} {3 KChan account taken}]}" {
			t.Errorf("%s\n%s", got, d.out)
		}
	})
	t.Run("taken back", func(t *testing.T) {
		before := o.trailed()
		wrong := "account,hkic_hash\nKCHAN," + hash("Z000007") + "\n阿美," + hash("Z000001") + "\nLee," + hash("Z000020") + "\nnobody," + hash("Z000021") + "\n"
		for lang, says := range map[string]string{"en": "It would be: taken back 2, nobody expected before 1, refused 1; without a hash 0.", "zh-HK": "收回 2，先前並無等候 1，拒絕 1；"} {
			imports(t, wrong, "--take-back", "--dry-run", "--lang="+lang).want(t, 3, says)
		}
		o.in(t).golden(o.told(before))
		imports(t, wrong, "--take-back").want(t, 3, "Taken back 2, nobody expected before 1, refused 1; without a hash 0. Who was linked", "there is no such account")
		o.in(t).golden(o.told(before), "link_not_expected KChan sql import admin:mary", "link_not_expected 阿美 sql import admin:mary")
		imports(t, wrong, "--take-back", "--json").want(t, 3, `"taken_back": 0`, `"not_expected": 3`)
		imports(t, good).want(t, 0, "New 2, known before 1,") // in its place
	})
	t.Run("not readable", func(t *testing.T) {
		staff.exec(`ALTER TABLE staff RENAME TO away`)
		defer staff.exec(`ALTER TABLE away RENAME TO staff`)
		d := imports(t, "account,hkic_hash\nLee,"+hash("Z000008")+"\n").want(t, 3, "the account cannot be read now: cannot check accounts now")
		var list strings.Builder
		list.WriteString("account,hkic_hash\n")
		for i := range 30 {
			fmt.Fprintf(&list, "a%d,%s\n", i, accounts.HKICHashText([32]byte{byte(i), 1}))
		}
		d = imports(t, list.String()).want(t, 1, "accounts could not be read, so no more were tried")
		if strings.Contains(d.out, "New 1") {
			t.Error(d.out)
		}
	})
	t.Run("a gate whose accounts nobody can read", func(t *testing.T) {
		file := sheet(t, "account,hkic_hash\nMaria,"+hash("Z000010")+"\n陳,"+hash("Z000011")+"\n")
		before := o.rows("expected_links")
		o.in(t).does("links", "import", "--app=default", file).want(t, 3, "New 0,", "refused 2;", "2     maria    the accounts of this gate cannot be looked up", "say --yes", "other characters than letters")
		o.in(t).does("links", "import", "--app=default", "--yes", "--dry-run", file).want(t, 3, "new 1,")
		if n := o.rows("expected_links"); n != before {
			t.Errorf("%d were taken whose name nobody has said to be certain", n-before)
		}
		o.in(t).does("links", "import", "--app=default", "--yes", file).want(t, 3, "New 1,", "1 accounts could not be looked up", "other characters than letters")
		o.in(t).does("links", "import", "--app=default", "--take-back", file).want(t, 3, "Taken back 1,", "refused 1;") // which needs no certainty
		if n := o.rows("expected_links"); n != before {
			t.Errorf("%d are expected still", n-before)
		}
		o.in(t).does("links", "import", sheet(t, good)).want(t, 1, "several gates fit", "app roster")
	})
	t.Run("in parts", func(t *testing.T) {
		var list strings.Builder
		list.WriteString("account,hkic_hash\n")
		for i := range 450 {
			fmt.Fprintf(&list, "unknown%d,%s\n", i, accounts.HKICHashText([32]byte{byte(i), byte(i >> 8), 2}))
		}
		d := imports(t, list.String()).want(t, 3, "200 of 450 lines", "400 of 450 lines", "450 of 450 lines", "refused 450;")
		if !strings.Contains(d.out, "\n451 ") || strings.Count(d.out, "there is no such account") != 450 {
			t.Errorf("it lists\n%.500s", d.out)
		}
	})
	t.Run("orders of somebody else's making", func(t *testing.T) {
		before := o.rows("expected_links")
		line := `{"account":"Lee","hkic_hash":"` + hash("Z000012") + `"}`
		for _, ask := range []string{
			`{}`, `{"lines":[]}`, `{"lines":[` + strings.Repeat(line+",", 500) + line + `]}`,
			`{"lines":[{"account":"Lee","hkic_hash":"B765432(1)"}]}`, `{"lines":[` + line + `,{"account":"Lee","hkic_hash":"B765432(1)"}]}`,
			`{"lines":[{"account":"","hkic_hash":"` + hash("Z000012") + `"}]}`, `{"lines":[` + line + `],"dryrun":true}`, `{"lines":"B765432(1)"}`,
		} {
			status, answer := o.in(t).sends("POST", "/iamsmart/links/import", `{"app":"roster","ask":`+ask+`}`, "Content-Type: application/json")
			if status != 400 || strings.Contains(answer, "765432") || strings.Contains(answer, "hkic1:") {
				t.Errorf("%.100s: %d %s", ask, status, answer)
			}
		}
		if n := o.rows("expected_links"); n != before {
			t.Errorf("%d were taken", n-before)
		}
	})
	log := o.log()
	for _, secret := range []string{"765432", "hkic1:", hash("Z000001")[6:], "Z000001", "nobody", "unknown7", "陳測試明"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// golden compares what the trail says.
func (o *office) golden(got string, want ...string) {
	o.t.Helper()
	if got != strings.Join(want, "\n") {
		o.t.Errorf("the trail says\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Given a file that is not what it should be, when it is imported, then its faults are
// told by their lines, nothing is sent, and nothing that stands in it is repeated.
func TestAListThatIsNotSent(t *testing.T) {
	sent := 0
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ }))
	defer gate.Close()
	a, b := accounts.HKICHashText([32]byte{1}), accounts.HKICHashText([32]byte{2})
	big5, err := traditionalchinese.Big5.NewEncoder().String("account,hkic_hash\n陳," + a + "\n")
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("account,hkic_hash\nchan," + a + "\n")
	if err != nil {
		t.Fatal(err)
	}
	head := "account,hkic_hash\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"numbers":                      {head + "chan," + a + "\nwong,B765432(1)\n", []string{"line 3: this is a number in clear", "hkic hash", "delete the file"}},
		"numbers as people write them": {head + "wong,Ｂ７６５４３２（１）\n", []string{"line 2: this is a number in clear"}},
		"a column of numbers":          {"account,hkic\nchan,B765432(1)\n", []string{"no column 'hkic_hash'", "hkic hash"}},
		"no first line":                {"chan,B765432(1)\nwong,A123456(3)\n", []string{"no column 'account'"}},
		"a passport":                   {head + "chan,K765432111\n", []string{"line 2: hkic_hash is no hash"}},
		"a hash that was cut":          {head + "chan," + a[:40] + "\n", []string{"line 2: hkic_hash is no hash"}},
		"columns the wrong way":        {head + a + ",chan\n" + b + ",wong\n", []string{"line 2: hkic_hash is no hash", "line 3: hkic_hash is no hash", "2 faults"}},
		"no account":                   {head + "," + a + "\n", []string{"line 2: the account is missing"}},
		"an account twice":             {head + "chan," + a + "\n\nwong," + b + "\nＣＨＡＮ," + accounts.HKICHashText([32]byte{3}) + "\n", []string{"line 5: the same account as in line 2", "1 faults"}},
		"a number twice":               {head + "chan," + a + "\nwong," + a + "\n", []string{"line 3: the same number as in line 2"}},
		"a column twice":               {"account,hkic_hash,HKIC_HASH\nchan," + a + "," + b + "\n", []string{"'hkic_hash' is there twice"}},
		"no hash at all":               {head + "chan,\nwong,\n", []string{"no line has a hash"}},
		"nothing":                      {"", []string{"it is empty"}},
		"semicolons":                   {"account;hkic_hash\nchan;" + a + "\n", []string{"something else than commas"}},
		"a field too many":             {head + "chan," + a + ",B765432(1)\n", []string{"line 2: it has 3 fields"}},
		"Big5":                         {big5, []string{"line 2: this is not UTF-8, it looks like Big5"}},
		"UTF-16":                       {utf16, []string{"it is in UTF-16"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := administers(t, "links", "import", "--address", strings.TrimPrefix(gate.URL, "http://"), sheet(t, c.text)).want(t, 1, c.want...)
			for _, secret := range []string{"765432", "123456", "７６５４３２", a[6:30], b[6:30]} {
				if strings.Contains(d.out+d.talk, secret) {
					t.Errorf("it repeats %q:\n%s\n%s", secret, d.out, d.talk)
				}
			}
			if d.out != "" || sent != 0 {
				t.Errorf("%d orders were sent:\n%s", sent, d.out)
			}
		})
	}
	administers(t, "links", "import", "/none.csv").want(t, 1, "/none.csv cannot be read")
	administers(t, "links", "import").want(t, 1)
	if d := administers(t, "links", "import", "B765432(1)").want(t, 1, "must not stand on the command line"); strings.Contains(d.talk, "765432") {
		t.Errorf("the number is repeated: %s", d.talk)
	}
}

// administers runs one command of an administrator, wherever its Caddy is.
func administers(t *testing.T, args ...string) did {
	t.Helper()
	var out, talk strings.Builder
	code := caddyiamsmart.RunCommand(t.Context(), strings.NewReader(""), &out, &talk, append(args, "--lang=en")...)
	return did{out.String(), talk.String(), code}
}

// Given a Caddy that goes away, or changes its mind, in the middle of an import, then it
// is told what was done; and one that takes fewer lines at once gets the rest.
func TestAnImportThatIsBrokenOff(t *testing.T) {
	var list strings.Builder
	list.WriteString("account,hkic_hash\n")
	for i := range 450 {
		fmt.Fprintf(&list, "staff%d,%s\n", i, accounts.HKICHashText([32]byte{byte(i), byte(i >> 8)}))
	}
	file := sheet(t, list.String())
	for name, c := range map[string]struct {
		most int                       // lines that the gate takes at once
		then func(http.ResponseWriter) // after 300
		code int
		want []string
	}{
		"all":      {200, nil, 0, []string{"New 450,"}},
		"slowly":   {70, nil, 0, []string{"New 450,", "70 of 450 lines"}},
		"gone":     {100, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 2, []string{"New 300,", "All up to line 301 is done and stays", "No Caddy answers"}},
		"refused":  {150, func(w http.ResponseWriter) { http.Error(w, `{"error":"the disk is full"}`, 500) }, 1, []string{"New 300,", "All up to line 301", "the disk is full"}},
		"nonsense": {60, func(w http.ResponseWriter) { fmt.Fprint(w, `{"lines":[]}`) }, 1, []string{"New 300,", "All up to line 301", "does not fit what was sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			taken := 0
			gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/iamsmart/links/import" || r.URL.RawQuery != "" {
					t.Errorf("asked %s", r.URL)
				}
				var order struct {
					Ask struct {
						Lines []struct {
							Account  string `json:"account"`
							HKICHash string `json:"hkic_hash"`
						} `json:"lines"`
					} `json:"ask"`
				}
				if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
					t.Error(err)
				}
				if taken >= 300 && c.then != nil {
					c.then(w)
					return
				}
				type line struct {
					Account string `json:"account"`
					Outcome string `json:"outcome"`
				}
				var answer struct {
					Lines []line `json:"lines"`
				}
				for _, one := range order.Ask.Lines[:min(c.most, len(order.Ask.Lines))] {
					if one.Account != fmt.Sprintf("staff%d", taken) || one.HKICHash != accounts.HKICHashText([32]byte{byte(taken), byte(taken >> 8)}) {
						t.Errorf("line %d is %+v", taken, one)
					}
					answer.Lines = append(answer.Lines, line{one.Account, "new"})
					taken++
				}
				if err := json.NewEncoder(w).Encode(answer); err != nil {
					t.Error(err)
				}
			}))
			defer gate.Close()
			administers(t, "links", "import", "--address", strings.TrimPrefix(gate.URL, "http://"), file).want(t, c.code, c.want...)
			if c.then == nil && taken != 450 || c.then != nil && taken != 300 {
				t.Errorf("%d lines were taken", taken)
			}
		})
	}
}

// Given two lines that the records take for one account, then a dry run, which leaves no
// trace by which the gate could notice, tells it all the same.
func TestADryRunNoticesOneAccountOfTwoNames(t *testing.T) {
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"lines":[{"account":"Chan","outcome":"new"},{"account":"chan","outcome":"new"}]}`)
	}))
	defer gate.Close()
	file := sheet(t, "account,hkic_hash\nchan,"+accounts.HKICHashText([32]byte{1})+"\nHOME\\chan,"+accounts.HKICHashText([32]byte{2})+"\n")
	administers(t, "links", "import", "--dry-run", "--address", strings.TrimPrefix(gate.URL, "http://"), file).
		want(t, 3, "new 1,", "3     chan     the account was imported with another number, or by another line")
}

// Given an administrator who stops an import, then it ends with what was done.
func TestAnImportThatIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	asked := 0
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			fmt.Fprint(w, `{"lines":[{"account":"Chan","outcome":"new"}]}`)
			return
		}
		stop()
	}))
	defer gate.Close()
	file := sheet(t, "account,hkic_hash\nchan,"+accounts.HKICHashText([32]byte{1})+"\nwong,"+accounts.HKICHashText([32]byte{2})+"\n")
	var out, talk strings.Builder
	code := caddyiamsmart.RunCommand(ctx, strings.NewReader(""), &out, &talk, "links", "import", "--lang=en", "--address", strings.TrimPrefix(gate.URL, "http://"), file)
	did{out.String(), talk.String(), code}.want(t, 1, "New 1,", "All up to line 2 is done and stays", "Stopped.")
}
