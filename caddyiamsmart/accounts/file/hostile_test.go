package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"
)

// Given a file that is no list of accounts, or one with a mistake, when it is
// loaded, then that is an error which names the file, the line and the column, says
// how to mend it, and repeats nothing of it.
func TestMistakesInTheFile(t *testing.T) {
	big5, err := traditionalchinese.Big5.NewEncoder().String("name,ward\nalice,2A\nbob,東座\n")
	if err != nil {
		t.Fatal(err)
	}
	number := hasher("A1234563")
	for _, tt := range []struct {
		name, text string
		want       string
	}{
		{"nothing", "", "it is empty"},
		{"a byte order mark alone", "\uFEFF", "it is empty"},
		{"blank lines alone", "\n\n", "it is empty"},
		{"a blank first line", "\nname\nalice\n", "line 1: it is blank"},
		{"no account", "name,hash\n", "it holds no account"},
		{"blank accounts alone", "name,hash\n,\n , \n", "it holds no account"},
		{"cut in a line", "name,ward\nalice,2A\nbob,2", "its last line does not end"},
		{"cut before the last column", "name,ward\nalice,2A\nbob", "line 3: it has 1 fields, and the first line names 2 columns"},
		{"a comma too many", "name,ward\nalice,2A,\n", "line 2: it has 3 fields"},
		{"UTF-16", "\xff\xfen\x00a\x00", "UTF-16; save it as UTF-8"},
		{"UTF-16 the other way", "\xfe\xff\x00n\x00a", "UTF-16; save it as UTF-8"},
		{"Big5", big5, "line 3: this is not UTF-8, it looks like Big5; save it as UTF-8"},
		{"neither", "name\nalice\xff\n", "line 2: this is not UTF-8; save"},
		{"semicolons", "name;hash\nalice;x\n", "line 1: the columns are separated by something else"},
		{"tabs", "name\thash\nalice\tx\n", "line 1: the columns are separated by something else"},
		{"old line ends", "name\ralice\r", "line 1, column 1: the field holds a line end"},
		{"no names of columns", "alice," + number + "\nbob,x\n", "line 1: there is no column 'name'"},
		{"a column twice", "name,ward, WARD\nalice,1,2\n", "line 1, column 3: an earlier column has the same name"},
		{"a column without a name", "name,\nalice,1\n", "line 1, column 2: it has no name"},
		{"a column that nobody sees", "name,wa\u200brd\nalice,1\n", "line 1, column 2: "},
		{"too many columns", "name" + strings.Repeat(",c", 64) + "\n", "line 1: there are more than 64 columns"},
		{"a long field", "name,ward\nalice," + strings.Repeat("x", 4097) + "\n", "line 2, column 2: the field is longer than 4096 bytes"},
		{"a control character", "name,ward\nalice,a\x01b\n", "line 2, column 2: the field holds a control character"},
		{"NUL", "name,ward\nali\x00ce,a\n", "line 2, column 1: the field holds a control character"},
		{"a line end in a field", "name,ward\nalice,\"a\nb\"\n", "line 2, column 2: the field holds a line end"},
		{"a quote that does not end", "name,ward\nalice,2A\nbob,\"2B\n", "line 3: a quote"},
		{"a quote out of place", "name,ward\nalice,2\"A\n", "line 2: a quote"},
		{"no name", "name,ward\nalice,2A\n,2B\n", "line 3, column 'name': it is empty"},
		{"a long name", "name\n" + strings.Repeat("a", 65) + "\n", "line 2, column 'name': it is longer than 64"},
		{"a name that nobody can read", "name\nal\u202eice\n", "line 2, column 'name': it holds a character"},
		{"a name twice", "name\nalice\nbob\nAlice\n", "line 4, column 'name': the name stands in line 2 too"},
		{"a name twice in another width", "name\nstraße\nSTRASSE\n", "line 3, column 'name': the name stands in line 2 too"},
		{"a key twice", "name,key\nalice,1\nbob,1\n", "line 3, column 'key': the key stands in line 2 too"},
		{"no key", "name,key\nalice,1\nbob,\n", "line 3, column 'key': it is empty"},
		{"a long key", "name,key\nalice," + strings.Repeat("1", 257) + "\n", "line 2, column 'key': it is longer"},
		{"a long display name", "name,display_name\nalice," + strings.Repeat("陳", 129) + "\n", "line 2, column 'display_name': it is longer"},
		{"a number in clear", "name,hkic_hash\nalice," + number + "\nbob,Ａ123456（3）\n", "line 3, column 'hkic_hash': a number stands here in clear"},
		{"a cut hash", "name,hkic_hash\nalice," + number[:40] + "\n", "line 2, column 'hkic_hash': this is no hash"},
		{"a hash of another kind", "name,hkic_hash\nalice,deadbeef\n", "line 2, column 'hkic_hash': this is no hash"},
		{"numbers in a column of their own", "name,HKID No.\nalice,A123456(3)\n", "line 1, column 'hkid no.': numbers of identity cards do not stand here in clear"},
		{"numbers under a Chinese title", "name,身份證號碼\nalice,A123456(3)\n", "numbers of identity cards"},
		{"passwords in clear", "name,password\nalice,hidden\n", "line 1, column 'password': if it holds hashes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.text)
			_, err := tryLoad(`file "` + path + `"`)
			if err == nil || !strings.Contains(err.Error(), path+": "+tt.want) && !(strings.HasPrefix(err.Error(), "accounts file: "+path+": ") && strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			tells(t, err, "alice", "bob", "123456", number[6:20], "hidden", "deadbeef")
		})
	}
}

// Given a path with no file that could be read, when it is loaded, then the error
// says why.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	closed := write(t, records())
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	big := write(t, "")
	if err := os.Truncate(big, 32<<20+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.csv"): "none.csv: file does not exist; make it, or put it back",
		dir:                            "this is no file",
		big:                            "larger than 32 MiB",
		"{env.IAMSMART_NOT_SET}":       "path: {env.IAMSMART_NOT_SET} is empty",
	} {
		if _, err := tryLoad(`file "` + path + `"`); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if _, err := os.Open(closed); err != nil { // root reads it all the same
		if _, err := tryLoad(`file "` + closed + `"`); err == nil || !strings.Contains(err.Error(), "user that runs Caddy") {
			t.Errorf("a file that must not be read: %v", err)
		}
	}
}
