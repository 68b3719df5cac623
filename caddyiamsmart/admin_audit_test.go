package caddyiamsmart_test

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

var (
	tableTimes = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?`)
	sheetTimes = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)`)
	banRefs    = regexp.MustCompile(`(?m)^[a-z2-7]{8}\b`)
)

// timeless is the same with all times and references alike.
func (d did) timeless() did {
	d.out = tableTimes.ReplaceAllStringFunc(d.out, func(at string) string { return "2026-12-01 08:00:00"[:len(at)] })
	d.out = sheetTimes.ReplaceAllString(d.out, "2026-12-01T08:00:00+08:00")
	d.out = banRefs.ReplaceAllString(d.out, "refrefre")
	return d
}

type listedBan struct {
	Ref, Whose, Person string
	Tries              int
	Until              time.Time
}

func (o *office) bans() (bans []listedBan) {
	o.t.Helper()
	d := o.does("bans", "list", "--app=default", "--json")
	if err := json.Unmarshal([]byte(d.out), &bans); err != nil || d.code != 0 {
		o.t.Fatal(err, d)
	}
	return bans
}

// Given a person who has used up their tries at a password, when an administrator lifts
// the bans of person and account, then the right password counts at once, and the audit
// trail, of which nobody can change a row unseen, says who did all that.
func TestAnAdministratorHelpsWhoMayNotTry(t *testing.T) {
	o, _ := newHome(t)
	main := func(t *testing.T, args ...string) did {
		t.Helper()
		return o.in(t).does(append([]string{args[0], args[1], "--app=default"}, args[2:]...)...)
	}
	main(t, "bans", "list").want(t, 0, "Everybody has tries left.")
	b := o.firstTime("chan")
	for range 4 {
		b.password("chan.sm", "guess")
	}
	b.password("chan.sm", "night-shift-7").want(t, 403, "Too many tries")
	bans := o.bans()
	if len(bans) != 2 || bans[0].Whose != "person" || bans[1].Whose != "account" || bans[1].Person != "" || bans[0].Tries != 4 || !bans[0].Until.After(time.Now()) {
		t.Fatalf("%+v", bans)
	}
	pseudonym := bans[0].Person
	main(t, "bans", "list").timeless().golden(t, "bans.txt")
	main(t, "bans", "list", "--lang=zh-HK").timeless().golden(t, "bans_zh.txt")
	o.does("bans", "list", "--app=roster").want(t, 0, "Everybody has tries left.")

	t.Run("what is not lifted", func(t *testing.T) {
		before := o.rows("audit")
		for _, c := range []struct {
			args []string
			says string
		}{
			{[]string{"aaaaaaaa"}, "there is no such ban"},
			{[]string{"--account", "wong.ml"}, "there is no such ban"},
			{[]string{"--person", bans[0].Ref}, "there is no such ban"},
			{[]string{"--person", pseudonym, "--app=roster"}, "there is no such ban"},
			{nil, "one of them"},
			{[]string{bans[0].Ref, "--account", "chan.sm"}, "one of them"},
			{[]string{bans[0].Ref, bans[1].Ref}, "accepts at most 1 arg"},
			{[]string{bans[0].Ref, "--as", strings.Repeat("x", 65)}, "at most 64 bytes"},
		} {
			d := main(t, append([]string{"bans", "lift"}, c.args...)...)
			if d.code != 1 || !strings.Contains(d.talk, c.says) && !strings.Contains(d.out, c.says) {
				t.Errorf("%v: exit %d\n%s\n%s", c.args, d.code, d.out, d.talk)
			}
		}
		if n := o.rows("audit"); n != before || len(o.bans()) != 2 {
			t.Errorf("%d rows were written, %d bans stand", n-before, len(o.bans()))
		}
	})
	main(t, "bans", "lift", "--account", " CHAN.SM").want(t, 0, "Lifted: "+bans[1].Ref+" (account).")
	b.password("chan.sm", "night-shift-7").want(t, 403, "Too many tries")
	main(t, "bans", "lift", bans[0].Ref, "--lang=zh-HK").want(t, 0, "已解除："+bans[0].Ref+"（人士）")
	b.yes(b.password("chan.sm", "night-shift-7").want(t, 200, "chan.sm")).want(t, 200, "has been linked")

	t.Run("audit list", func(t *testing.T) {
		main(t, "audit", "list", "--event", "ban_lifted").timeless().refless(bans).golden(t, "audit.txt")
		main(t, "audit", "list", "--event", "ban_lifted", "--lang=zh-HK").timeless().refless(bans).golden(t, "audit_zh.txt")
		for _, c := range []struct {
			args []string
			want string
		}{
			{nil, "login linked ban_lifted ban_lifted wrong_password"},
			{[]string{"--limit", "2"}, "login linked"},
			{[]string{"--account", "chan.sm", "--event", "linked"}, "linked"},
			{[]string{"--account", "chan.sm", "--event", "ban_lifted"}, ""},
			{[]string{"--person", pseudonym, "--event", "login"}, "login"},
			{[]string{"--person", "nobody"}, ""},
			{[]string{"--since", time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "--event", "login"}, "login"},
			{[]string{"--since", time.Now().AddDate(0, 0, 1).Format(time.DateOnly)}, ""},
			{[]string{"--until", time.Now().AddDate(0, 0, -1).Format(time.DateOnly)}, ""},
			{[]string{"--until", time.Now().Format(time.DateOnly), "--event", "linked"}, "linked"}, // to its end
			{[]string{"--until", time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)}, ""},
			{[]string{"--since", time.Now().Add(-time.Hour).In(time.FixedZone("", 8*3600)).Format(time.RFC3339), "--event", "linked"}, "linked"},
		} {
			d := main(t, append([]string{"audit", "list", "--json"}, c.args...)...)
			var rows []struct{ Event string }
			if err := json.Unmarshal([]byte(d.out), &rows); err != nil || d.code != 0 || rows == nil {
				t.Errorf("%v: %v, exit %d\n%s\n%s", c.args, err, d.code, d.out, d.talk)
			}
			var events []string
			for _, r := range rows {
				if n := len(events); n == 0 || r.Event == "ban_lifted" || events[n-1] != r.Event {
					events = append(events, r.Event)
				}
			}
			if got := strings.Join(events, " "); got != c.want {
				t.Errorf("%v: %s, want %s", c.args, got, c.want)
			}
		}
		main(t, "audit", "list", "--account", "none").want(t, 0, "No row fits.")
		main(t, "audit", "list", "--since", "2026-11-01", "--until", "2026-11-30").want(t, 0,
			time.Date(2026, 11, 1, 0, 0, 0, 0, time.Local).Format("From 2006-01-02 15:04:05 -07:00 to "), time.Date(2026, 12, 1, 0, 0, 0, 0, time.Local).Format("2006-01-02 15:04:05 -07:00, in the time of this machine"))
		main(t, "audit", "list", "--since", "yesterday").want(t, 1, "'yesterday' is neither a day")
		main(t, "audit", "list", "--until", "01/11/2026").want(t, 1, "'01/11/2026' is neither a day")
		main(t, "audit", "list", "--limit", "0").want(t, 1, "--limit must be 1 or more")
	})

	t.Run("exports", func(t *testing.T) {
		number := accounts.HKICHashText([32]byte{1, 2, 3})
		o.in(t).does("links", "import", "--app=roster", sheet(t, "account,hkic_hash\n=1+1,"+number+"\n")).want(t, 0)
		o.in(t).does("audit", "export", "--app=roster").timeless().golden(t, "audit.csv")
		main(t, "links", "export").timeless().golden(t, "links.csv")
		o.in(t).does("links", "export", "--app=roster").golden(t, "links_none.csv")
		if d := o.in(t).does("links", "export", "--app=roster", "--json").want(t, 0); d.out != "[]\n" {
			t.Errorf("no links are %q", d.out)
		}
		var links []map[string]any
		if err := json.Unmarshal([]byte(main(t, "links", "export", "--json").want(t, 0).out), &links); err != nil || len(links) != 1 ||
			links[0]["account"] != "chan.sm" || links[0]["person"] != pseudonym || links[0]["altered"] != nil {
			t.Errorf("%v, %v", links, err)
		}
		o.in(t).behind(`UPDATE links SET display_name = '@SUM(A1)'`)
		main(t, "links", "export").want(t, 0, ",'@SUM(A1),", ",altered\n")

		// Many rows come in pages, each once.
		o.in(t).fills(2345)
		d := main(t, "audit", "export").want(t, 0, "500 so far", "2000 so far")
		rows, err := csv.NewReader(strings.NewReader(d.out)).ReadAll()
		if err != nil || rows[0][0] != "number" {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		for _, row := range rows[1:] {
			seen[row[0]] = true
		}
		var again []any
		if err := json.Unmarshal([]byte(main(t, "audit", "export", "--json").want(t, 0).out), &again); err != nil || len(seen) != len(rows)-1 || len(again) != len(seen) || len(seen) < 2345 {
			t.Errorf("%d rows, %d of them once, %d as JSON; %v", len(rows), len(seen), len(again), err)
		}
		if d := main(t, "audit", "list", "--limit=1500").want(t, 0); strings.Count(d.out, "\n") != 1501 {
			t.Errorf("a list of %d lines", strings.Count(d.out, "\n"))
		}
	})

	t.Run("verify", func(t *testing.T) {
		n := o.rows("audit")
		main(t, "audit", "verify").want(t, 0, fmt.Sprintf("as it was written: %d rows", n))
		if d := main(t, "audit", "verify", "--json").want(t, 0); strings.Join(strings.Fields(d.out), "") != fmt.Sprintf(`{"rows":%d,"first_bad":0}`, n) {
			t.Error(d.out)
		}
		db, err := sql.Open("sqlite", filepath.Join(o.Dir, "iamsmart.db")+"?_busy_timeout=5000")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(`DROP TRIGGER audit_unchanged; UPDATE audit SET actor = 'admin:eve' WHERE number = 3`); err != nil {
			t.Fatal(err)
		}
		main(t, "audit", "verify").want(t, 3, "row 3 ", "was altered")
		main(t, "audit", "verify", "--lang=zh-HK").want(t, 3, "第 3 號記錄")
		main(t, "audit", "verify", "--json").want(t, 3, `"first_bad": 3`)
	})

	log := o.log()
	for _, secret := range []string{o.sim.OpenID(o.ClientID, "chan"), "night-shift-7", "hkic1:", "CHAN.SM"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if strings.Count(log, `"msg":"ban_lifted"`) != 2 {
		t.Error("the logger of the audit trail does not tell of both")
	}
}

// refless has the references of bans alike, wherever they stand.
func (d did) refless(bans []listedBan) did {
	for _, b := range bans {
		d.out = strings.ReplaceAll(d.out, b.Ref, "refrefre")
	}
	return d
}

// fills the audit trail as if much had happened.
func (o *office) fills(rows int) {
	o.t.Helper()
	l := *o.asker().Linker()
	l.Trail.Report = nil
	for ; rows > 0; rows -= 500 {
		err := l.Rows.Update(o.t.Context(), func(tx *store.Tx) error {
			for range min(rows, 500) {
				if err := l.Trail.Note(tx, store.Audit{Event: "login", Account: "chan.sm", Actor: store.ActorPerson}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}
