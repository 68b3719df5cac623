package file_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// Attack T60: given a list out of an application in which people choose their
// names, when one of them differs from another's in a blank, then the list is
// refused, and what is in force does not change.
func TestT60ABlankMakesNoAdmin(t *testing.T) {
	for text, want := range map[string]string{
		"name,hash\n admin," + bcrypt + "\n":          "line 2, column 'name': it begins or ends with a blank",
		"name,hash\nadmin\u00a0," + bcrypt + "\n":     "line 2, column 'name': it begins or ends with a blank",
		"name,hash\n\"admin\u3000\"," + bcrypt + "\n": "line 2, column 'name': it begins or ends with a blank",
		"name,key\nboss,5\nevil, 5\n":                 "line 3, column 'key': it begins or ends with a blank",
		"name,key\nevil, \n":                          "line 2, column 'key': it is empty",
	} {
		_, err := tryLoad(`file "` + write(t, text) + `"`)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		tells(t, err, "admin", "evil")
	}
}

// Given a list that anybody on the machine may write, when it is loaded, then it is
// refused: who can write into it can be anybody.
func TestAListThatAnybodyCanChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such mode")
	}
	path := write(t, "name\nalice\n")
	for mode, refused := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: false, 0o666: true, 0o602: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := tryLoad(`file "` + path + `"`); (err != nil) != refused || err != nil && !strings.Contains(err.Error(), "chmod 640") {
			t.Errorf("%o: %v", mode, err)
		}
	}
}
