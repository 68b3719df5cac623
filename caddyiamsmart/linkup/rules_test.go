package linkup_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

func TestT60SpellingsOfOneName(t *testing.T) {
	for want, spellings := range map[string][]string{
		"chan.sm": {
			"chan.sm", "Chan.SM", "CHAN.SM", " chan.sm", "chan.sm ", "\tchan.sm\r\n", "\u3000chan.sm\u00a0", "ｃｈａｎ．ｓｍ", "ＣＨＡＮ.ＳＭ",
			"ｃhan.sm", "𝐜𝐡𝐚𝐧.𝐬𝐦", "ⓒⓗⓐⓝ.ⓢⓜ", "chan.ſm", "\u2003Chan.sm\u2028",
		},
		"strasse":    {"strasse", "STRASSE", "straße", "STRAẞE", "ſtraſſe"},
		"kelvin1":    {"kelvin1", "\u212aelvin1", "KELVIN1", "ｋｅｌｖｉｎ１", "kelvin¹", "kelvin①"},
		"jos\u00e9":  {"jos\u00e9", "jose\u0301", "JOS\u00c9", "JOSE\u0301"},
		"office":     {"office", "oﬃce", "OFFICE"},
		"αλφασ":      {"αλφας", "ΑΛΦΑΣ", "αλφασ"},
		"陳小明":        {"陳小明", " 陳小明 "},
		"カナ":         {"ｶﾅ", "カナ"},
		"i\u0307van": {"\u0130van", "i\u0307van", "I\u0307van"},
		"a b":        {"a b", "A B", "a\u00a0b", "a\u3000b"},
		"":           {"", " ", "\t\u3000"},
	} {
		for _, s := range spellings {
			if got := linkup.Fold(s); got != want {
				t.Errorf("%q folds to %q, want %q", s, got, want)
			}
		}
	}
}

func TestNamesThatDifferStayApart(t *testing.T) {
	names := []string{
		"chan.sm", "chan.sm.", "chansm", "chan sm", "chan  sm", "chan-sm", "chan_sm", `home\chan.sm`, "chan.sm@home.example", "chan.sm@other.example",
		"chan.sm\x00", "chan.sm\u200b", // nobody sees it, but an app may keep it apart
		"\u0131van", "ivan", "i\u0307van", // dotless i is a letter of its own
		"o", "0", "l", "1", "о", // the last is Cyrillic
		"陳", "陈", "josé", "jose", "strase", "strasse", "",
	}
	seen := make(map[string]string)
	for _, name := range names {
		folded := linkup.Fold(name)
		if was, ok := seen[folded]; ok {
			t.Errorf("%q and %q are one name", was, name)
		}
		seen[folded] = name
	}
}

func TestAnAccountIsUniqueByItsKeyOrElseItsName(t *testing.T) {
	same := func(a, b accounts.Account) bool { return linkup.Key(a) == linkup.Key(b) }
	for name, c := range map[string]struct {
		a, b accounts.Account
		same bool
	}{
		"one name, two spellings":             {accounts.Account{Name: "Chan"}, accounts.Account{Name: "ｃｈａｎ "}, true},
		"two names":                           {accounts.Account{Name: "chan"}, accounts.Account{Name: "wong"}, false},
		"one key, two names":                  {accounts.Account{Name: "chan", Key: "7"}, accounts.Account{Name: "wong", Key: "7"}, true},
		"one name, two keys":                  {accounts.Account{Name: "chan", Key: "7"}, accounts.Account{Name: "chan", Key: "8"}, false},
		"one name, with key and without":      {accounts.Account{Name: "chan", Key: "7"}, accounts.Account{Name: "chan"}, false},
		"a key that is another's name":        {accounts.Account{Name: "x", Key: "chan"}, accounts.Account{Name: "chan"}, false},
		"a key that looks like a name's":      {accounts.Account{Name: "x", Key: "name:chan"}, accounts.Account{Name: "chan"}, false},
		"a name that looks like a key's":      {accounts.Account{Name: "key:7"}, accounts.Account{Name: "x", Key: "7"}, false},
		"keys are compared as they are: case": {accounts.Account{Name: "x", Key: "AbC="}, accounts.Account{Name: "x", Key: "aBc="}, false},
		"and blanks":                          {accounts.Account{Name: "x", Key: "7"}, accounts.Account{Name: "x", Key: "7 "}, false},
		"display names do not matter":         {accounts.Account{Name: "chan", DisplayName: "A"}, accounts.Account{Name: "chan", DisplayName: "B"}, true},
	} {
		if same(c.a, c.b) != c.same {
			t.Errorf("%s: %q and %q", name, linkup.Key(c.a), linkup.Key(c.b))
		}
	}
}

// Every letter that has two cases is one name in both; and what is folded stays.
func TestEveryLetterFoldsWithItsOtherCase(t *testing.T) {
	for r := rune(0); r <= 0x1ffff; r++ {
		letter := string(r) // a surrogate becomes U+FFFD
		folded := linkup.Fold(letter)
		if again := linkup.Fold(folded); again != folded {
			t.Errorf("%U folds to %+q, and that to %+q", r, folded, again)
		}
		for _, other := range []string{strings.ToLower(letter), strings.ToUpper(letter), strings.ToTitle(letter)} {
			// Only in Turkish are I and ı, or İ and i, one letter.
			if got := linkup.Fold(other); got != folded && r != 'ı' && r != 'İ' {
				t.Errorf("%U folds to %+q, but %+q to %+q", r, folded, other, got)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"chan.sm", "ＣＨＡＮ", "Straße", "İvan", "ıvan", " x ", "ΑΛΦΑΣ", "oﬃce", "jose\u0301", "\u0345", "ͅα", "\xff", "¨x", "ﷺ", "\u1e9b\u0323", "\u13db"} {
		f.Add(seed, "chan")
	}
	f.Fuzz(func(t *testing.T, name, key string) {
		folded := linkup.Fold(name)
		if len(name) > 256 {
			return
		}
		if folded != strings.TrimSpace(folded) {
			t.Fatalf("%q has blanks left: %q", name, folded)
		}
		if linkup.Fold(" "+name+"\u3000") != folded {
			t.Fatalf("%q with blanks around is another", name)
		}
		if utf8.ValidString(name) {
			if again := linkup.Fold(folded); again != folded {
				t.Fatalf("%q folds to %+q, and that to %+q", name, folded, again)
			}
		}
		byName, byKey := linkup.Key(accounts.Account{Name: name}), linkup.Key(accounts.Account{Name: name, Key: "x" + key})
		if byName == byKey || !strings.HasPrefix(byName, "name:") || byKey != "key:x"+key {
			t.Fatalf("keys %q and %q", byName, byKey)
		}
	})
}
