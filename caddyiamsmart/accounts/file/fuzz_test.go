package file_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// FuzzList: a list that is accepted has names that can go upstream, each found by
// itself and by nobody else, and never a number in clear where hashes stand; one
// that is not tells of no field.
func FuzzList(f *testing.F) {
	for _, text := range []string{
		records(), "name\nalice\n", "name;x\n", "name,hkic_hash\na,A123456(3)\n", "name,\"key\"\n\"a\"\"b\",1\n", "name\n\"a\n", "name\n\u1e9e\nss\n", "name\n\u13a0\n\uab70\n",
		"\xff\xfe", "\uFEFF\uFEFFname\na\n", "name\r\na\r\n\r\n", "name,state\na,1\nb,\n", "name\n¨\n",
	} {
		f.Add(text)
	}
	list := load(f, `file "`+write(f, records())+`"`)
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := list.ReadTable([]byte(text))
		if err != nil {
			if rows != 0 || len(err.Error()) > 400 {
				t.Errorf("%d rows beside %v", rows, err)
			}
			return
		}
		if rows == 0 || !strings.HasSuffix(text, "\n") {
			t.Errorf("%q was accepted", text)
		}
		loaded, err := tryLoad(`file "` + write(t, text) + `"`)
		if err != nil {
			t.Fatalf("%q is a list and does not load: %v", text, err)
		}
		n := 0
		err = loaded.ListAccounts(t.Context(), func(r accounts.Record) bool {
			n++
			if err := accounts.CheckName(r.Name); err != nil {
				t.Errorf("name %q: %v", r.Name, err)
			}
			if again, err := loaded.ReadAccount(t.Context(), r.Account); err != nil || again.Account != r.Account {
				t.Errorf("%+v is read as %+v, %v", r.Account, again.Account, err)
			}
			if _, has := r.Attributes["hkic_hash"]; has {
				t.Error("a hash of a number is an attribute")
			}
			return true
		})
		if err != nil || n != rows {
			t.Errorf("%d of %d accounts are listed, %v", n, rows, err)
		}
	})
}
