package caddyiamsmart_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// bcryptOfFile is the hash of "correct horse".
const bcryptOfFile = "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"

// Given a home that keeps its accounts in a list, when a person comes for the first
// time with a real browser, then the list proves the account, its spelling goes
// upstream, and whom the list does not know the application is asked about.
func TestAListOfAccountsInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	list := filepath.Join(t.TempDir(), "staff list.csv")
	writeList := func(text string) {
		t.Helper()
		if err := os.WriteFile(list+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Minute)
		if err := os.Chtimes(list+".new", old, old); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(list+".new", list); err != nil {
			t.Fatal(err)
		}
	}
	writeList("\uFEFFname,key,hash,state,display_name\r\nKChan,17," + bcryptOfFile + ",1,陳大文\r\nleft,18," + bcryptOfFile + ",0,\r\n")
	w := newWorld(t, site{Gate: english, Accounts: `accounts file "` + list + `"`})
	v := &victim{t: t, w: w, ctx: ctx}
	press := func(selector, next string) {
		t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	const user, password, confirm = `main form input[autocomplete="off"]`, `main form input[autocomplete="new-password"]`, `button[name=answer][value=yes]`
	prove := func(name, word, next string) {
		t.Helper()
		do(v, chromedp.Clear(chromedp.CSS(user)))
		v.enters(user, name)
		v.enters(password, word)
		press("main form button.button", next)
	}
	says := func(words ...string) {
		t.Helper()
		for text, i := v.text(), 0; i < len(words); i++ {
			if !strings.Contains(text, words[i]) {
				t.Errorf("the page does not say %q:\n%s", words[i], text)
			}
		}
	}

	v.opens("/")
	press("form.start button.iamsmart", "#approve")
	do(v, chromedp.Click(chromedp.CSS("#person-chan")))
	press("#approve", `main a[href*="way=password"]`)
	press(`main a[href*="way=password"]`, user)
	prove("kchan", "wrong", "#error")
	says("not correct")
	prove("ｋchan", "correct horse", confirm)
	says("KChan", "陳大文")
	press(confirm, "main a.button")
	press("main a.button", "#user")
	says(">KChan<")
	if n := w.legacy.tried(); n != 0 {
		t.Errorf("the application was asked %d times about names that the list knows", n)
	}

	b := w.firstTime("wong")
	if p := b.password("left", "correct horse"); p.StatusCode == 200 {
		t.Errorf("a closed account proves somebody:\n%s", p.body)
	}
	w.arrive("wong", "wong.ml", "ward-two-4") // whom the list does not know

	// The list is written anew while Caddy runs.
	time.Sleep(1100 * time.Millisecond)
	writeList("name,key,hash,state\nKChan,17," + bcryptOfFile + ",1\nmaria,20," + bcryptOfFile + ",1\n")
	if p := w.arrive("testa", "maria", "correct horse").visit("/"); p.user() != "maria" {
		t.Errorf("greeted as %q", p.user())
	}
	if log := w.log(); strings.Contains(log, bcryptOfFile[8:]) || strings.Contains(log, "correct horse") {
		t.Error("the log holds a hash or a password of the list")
	}
}

// Given a list whose numbers were hashed with the gate's root key by the command,
// when the gate looks for a number, then it finds the account.
func TestTheGateFindsWhatTheCommandHashed(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "staff.csv")
	if err := os.WriteFile(list, []byte("name\nnobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, site{Gate: english, Accounts: `accounts file "` + list + `"`})
	w.write("numbers.csv", []byte("Name,HKIC,ward\nchan,A123456(3),2A\nwong,b765432 (9),2B\n"))
	got := hashNumbers(t, "", "--key", filepath.Join(w.Dir, "iamsmart.key"), filepath.Join(w.Dir, "numbers.csv"))
	if got.code != 0 || !strings.HasPrefix(got.out, "Name,hkic_hash,ward\nchan,hkic1:") {
		t.Fatalf("%+v", got)
	}
	if err := os.WriteFile(list, []byte(got.out), 0o600); err != nil {
		t.Fatal(err)
	}
	w.load()
	w.browser().visit("/")
	asker, err := caddyiamsmart.AskerOf(w.Gate)
	if err != nil {
		t.Fatal(err)
	}
	finder := asker.Finders()[0]
	for number, want := range map[string]string{"A1234563": "chan", "B7654329": "wong"} {
		if record, err := finder.FindByHKIC(t.Context(), number); err != nil || record.Name != want || len(record.Attributes["ward"]) == 0 {
			t.Errorf("%s: %+v, %v", want, record, err)
		}
	}
	if _, err := finder.FindByHKIC(t.Context(), "C1234567"); !errors.Is(err, accounts.ErrUnknown) {
		t.Errorf("a number that is not there: %v", err)
	}
}

// Given two names that links take for one, when a list holds both, then it is
// refused; names that links tell apart may stand there.
func TestAListTellsNamesApartAsLinksDo(t *testing.T) {
	names := []string{"chan", "Chan", "ＣＨＡＮ", "chán", "cha\u0301n", "straße", "STRASSE", "ſ", "s", "\u212a", "k", "\u13a0", "\uab70", "ﬁ", "fi", "陳", "İ", "i̇", "I", "ı", "a b", "a\u00a0b"}
	for _, a := range names {
		for _, b := range names {
			if a == b {
				continue
			}
			list := filepath.Join(t.TempDir(), "staff.csv")
			if err := os.WriteFile(list, []byte("name\n"+a+"\n"+b+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := tryKind("file", `{"path": "`+list+`"}`)
			if twins := linkup.Fold(a) == linkup.Fold(b); twins != (err != nil) {
				t.Errorf("%q and %q: links take them for one: %t; the list: %v", a, b, twins, err)
			}
		}
	}
}
