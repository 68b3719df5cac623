package file_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Given the list of a home, when people type names and passwords, then who is
// right is told by the spelling of the list, and doubt is no yes.
func TestPasswords(t *testing.T) {
	f := home(t)
	for _, tt := range []struct{ username, password, want string }{
		{"Chan.TM", right, "yes"},
		{" CHAN.tm ", right, "yes"},
		{"ｃhan.tm", right, "yes"},
		{"Chan.TM", "wrong", "wrong"},
		{"Chan.TM", "Correct horse", "wrong"},
		{"1", right, "unknown"},
		{"nobody", right, "unknown"},
		{" ", right, "unknown"},
		{"", right, "wrong"},
		{"Chan.TM", "", "wrong"},
		{"Chan.TM", strings.Repeat("x", 2000), "wrong"},
		{strings.Repeat("x", 300), right, "wrong"},
		{"Chan.TM\x00", right, "wrong"},
		{"left", right, "state"},
		{"left", "wrong", "wrong"},
		{"nostate", right, "state"},
		{"nohash", right, "cannot"},
		{"plain", right, "cannot"},
		{"old", right, "yes"},
		{"old", "wrong", "wrong"},
	} {
		got, err := f.CheckPassword(t.Context(), tt.username, tt.password)
		if outcome(err) != tt.want {
			t.Errorf("%.20q with %.20q: %v, want %s", tt.username, tt.password, err, tt.want)
		}
		if (got != accounts.Account{}) != (tt.want == "yes") {
			t.Errorf("%.20q with %.20q: account %+v beside %v", tt.username, tt.password, got, err)
		}
		tells(t, err, right, bcrypt, "Chan", "陳", "plain")
		if strings.HasSuffix(strings.ToLower(tt.username), "han.tm") && err == nil && got != (accounts.Account{Name: "Chan.TM", Key: "1", DisplayName: "陳大文"}) {
			t.Errorf("account %+v", got)
		}
	}
	if err := f.CheckSelf(t.Context()); err != nil {
		t.Errorf("the self check says %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.CheckPassword(ctx, "plain", right); outcome(err) != "cannot" {
		t.Errorf("a visitor who left: %v", err)
	}
}

// Given accounts that were proven before, when they are read again, then each is
// found by its key, whatever it is called now, and by its name only where it never
// had a key.
func TestReadAccount(t *testing.T) {
	f := home(t)
	for _, tt := range []struct {
		account accounts.Account
		want    string // the name, or what was said
		state   accounts.State
	}{
		{accounts.Account{Name: "before", Key: "1"}, "Chan.TM", accounts.Active},
		{accounts.Account{Name: "Chan.TM", Key: "9"}, "unknown", 0},
		{accounts.Account{Name: "chan.tm"}, "Chan.TM", accounts.Active},
		{accounts.Account{Name: "left", Key: "2"}, "left", accounts.Closed},
		{accounts.Account{Name: "nostate", Key: "8"}, "nostate", accounts.Closed},
		{accounts.Account{Name: "gone"}, "unknown", 0},
		{accounts.Account{}, "unknown", 0},
	} {
		record, err := f.ReadAccount(t.Context(), tt.account)
		got := record.Name
		if err != nil {
			got = outcome(err)
		}
		if got != tt.want || record.State != tt.state {
			t.Errorf("%+v: %+v, %v", tt.account, record, err)
		}
	}
	record, err := f.ReadAccount(t.Context(), accounts.Account{Key: "1"})
	if err != nil || !maps.EqualFunc(record.Attributes, map[string][]string{"ward": {"2A"}}, slices.Equal) || record.Stamp == "" || strings.Contains(bcrypt, record.Stamp) {
		t.Errorf("record %+v, %v", record, err)
	}

	bare := load(t, `file "`+write(t, "name\nalice\n")+`"`)
	if record, err := bare.ReadAccount(t.Context(), accounts.Account{Name: "Alice"}); err != nil || record.State != accounts.Unknown {
		t.Errorf("record %+v, %v", record, err)
	}
	if _, err := bare.ReadAccount(t.Context(), accounts.Account{Name: "alice", Key: "1"}); outcome(err) != "cannot" {
		t.Errorf("an account with a key, of a file without: %v", err)
	}
	if _, err := bare.CheckPassword(t.Context(), "alice", right); outcome(err) != "cannot" {
		t.Errorf("a password where there is no hash: %v", err)
	}
}

// Given hashes of identity card numbers, when a number is looked for, then its one
// account is found, in whichever spelling the number comes; before the gate has
// given the hasher nobody is.
func TestFindByHKIC(t *testing.T) {
	f := home(t)
	if _, err := f.FindByHKIC(t.Context(), "A1234563"); outcome(err) != "cannot" {
		t.Errorf("without a hasher: %v", err)
	}
	f.UseHKICHasher(hasher)
	for number, want := range map[string]string{
		"A1234563": "Chan.TM", "a123456(3)": "Chan.TM", "B7654321": "left", "C1111111": "several", "A1234560": "unknown", "A123456": "unknown", "": "unknown", " ": "unknown",
		hasher("A1234563"): "unknown",
	} {
		record, err := f.FindByHKIC(t.Context(), number)
		got := record.Name
		if err != nil {
			got = outcome(err)
		}
		if got != want {
			t.Errorf("%q: %+v, %v, want %s", number, record, err, want)
		}
		tells(t, err, "1234563", "C1111111", hasher("A1234563"))
	}
	bare := load(t, `file "`+write(t, "name\nalice\n")+`"`)
	bare.UseHKICHasher(hasher)
	if bare.FindsByHKIC() || !f.FindsByHKIC() {
		t.Error("whether it finds by number does not go by the column")
	}
	if _, err := bare.FindByHKIC(t.Context(), "A1234563"); outcome(err) != "unusable" {
		t.Errorf("without the column: %v", err)
	}
}

// Given a list, when its accounts are listed, then they come in its order, until
// the caller has enough or goes.
func TestListAccounts(t *testing.T) {
	f := home(t)
	names := func(ctx context.Context, most int) (names []string, err error) {
		err = f.ListAccounts(ctx, func(r accounts.Record) bool {
			names = append(names, r.Name)
			return len(names) < most
		})
		return names, err
	}
	all := []string{"Chan.TM", "left", "nohash", "plain", "twin1", "twin2", "old", "nostate"}
	for most, want := range map[int][]string{100: all, 2: all[:2]} {
		if got, err := names(t.Context(), most); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("at most %d: %q, %v", most, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := names(ctx, 100); outcome(err) != "cannot" || got != nil {
		t.Errorf("a caller who left: %q, %v", got, err)
	}
}

// Given a list with hashes that cost work, when names are tried with a wrong
// password, then one that nobody has takes no less time than one that is there.
func TestAnUnknownNameTakesItsTime(t *testing.T) {
	const slow = "$2a$10$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2" // of no password
	f := load(t, `file "`+write(t, "name,hash\nalice,"+slow+"\nnohash,\n")+`"`)
	took := make(map[string]time.Duration) // the least, since the machine does other things too
	alike := func() bool { return 2*took["nobody"] >= took["alice"] && 2*took["nohash"] >= took["alice"] }
	for round := 0; round < 3 || round < 20 && !alike(); round++ {
		for _, name := range []string{"alice", "nobody", "nohash"} {
			began := time.Now()
			if _, err := f.CheckPassword(t.Context(), name, "wrong"); err == nil {
				t.Fatal("a wrong password is right")
			}
			if now := time.Since(began); took[name] == 0 || now < took[name] {
				took[name] = now
			}
		}
	}
	if !alike() {
		t.Errorf("the time tells who is there: %v", took)
	}
}

// Given as many accounts as a list may have, when it is read and asked, then both
// take little time.
func TestALongList(t *testing.T) {
	var text strings.Builder
	text.WriteString("name,key,hash,state,hkic_hash,ward\n")
	for i := range 50_000 {
		fmt.Fprintf(&text, "Person.%d,%d,%s,1,%s,2A\n", i, i, bcrypt, hasher(fmt.Sprint(i)))
	}
	began := time.Now()
	f := load(t, `file "`+write(t, text.String())+`"`)
	f.UseHKICHasher(hasher)
	t.Logf("%d MiB read in %s", text.Len()>>20, time.Since(began))
	if record, err := f.FindByHKIC(t.Context(), "49999"); err != nil || record.Name != "Person.49999" {
		t.Errorf("the last one: %+v, %v", record, err)
	}
	text.WriteString("one,50000,,1,,2A\n")
	if _, err := f.ReadTable([]byte(text.String())); err == nil || !strings.Contains(err.Error(), "line 50002: there are more than 50000 rows") {
		t.Errorf("one more: %v", err)
	}
}
