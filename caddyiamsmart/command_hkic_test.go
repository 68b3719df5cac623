package caddyiamsmart_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// ran is how one run of `caddy iamsmart hkic hash` went.
type ran struct {
	out, talk string
	code      int
}

func hashNumbers(t *testing.T, input string, arguments ...string) ran {
	t.Helper()
	cmd := caddyCommand(t, append([]string{"iamsmart", "hkic", "hash"}, arguments...)...)
	var out, talk bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &talk
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, talk.String())
	}
	return ran{out.String(), talk.String(), cmd.ProcessState.ExitCode()}
}

// keyFile writes a root key.
func keyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "root.key")
	if err := os.WriteFile(path, []byte("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// digitsOf are parts of the numbers in these tests that nothing may repeat.
var digitsOf = []string{"123456", "765432", "111111"}

func (r ran) keepsQuiet(t *testing.T) {
	t.Helper()
	for _, digits := range digitsOf {
		if strings.Contains(r.out+r.talk, digits) {
			t.Errorf("a number is shown:\n%s\n%s", r.out, r.talk)
		}
	}
}

// Given numbers on standard input, when they are hashed, then each hash stands in
// the line of its number, spellings of one number give one hash, and what may be a
// typing error is told by its line alone.
func TestHashingNumbersOfStandardInput(t *testing.T) {
	input := "\uFEFFA123456(3)\r\n\n Ａ１２３４５６（３） \nA123456(4)\nB765432\nP12-111111\nwx111111(4)\n"
	got := hashNumbers(t, input, "--key", keyFile(t))
	got.keepsQuiet(t)
	lines := strings.Split(got.out, "\n")
	if got.code != 0 || len(lines) != 8 || lines[7] != "" || lines[1] != "" || lines[0] != lines[2] || lines[0] == lines[3] {
		t.Fatalf("exit %d\n%s\n%s", got.code, got.out, got.talk)
	}
	for i, line := range lines[:7] {
		if i != 1 && !accounts.IsHKICHash(line) {
			t.Errorf("line %d is no hash: %q", i+1, line)
		}
	}
	for _, want := range []string{
		"line 3: the same number as in line 1", "line 4: the check digit does not fit", "line 5: the check digit in brackets is missing",
		"line 6: this is not of the form", "Hashed 6, suspicious among them 4; empty 1.",
	} {
		if !strings.Contains(got.talk, want) {
			t.Errorf("it does not say %q:\n%s", want, got.talk)
		}
	}
	if strings.Contains(got.talk, "line 1:") || strings.Contains(got.talk, "line 2:") || strings.Contains(got.talk, "line 7:") {
		t.Errorf("it finds fault with a good number:\n%s", got.talk)
	}
	if other := hashNumbers(t, "A1234563", "--key", keyFile(t), "--lang", "zh-HK"); strings.TrimSpace(other.out) != lines[0] || !strings.Contains(other.talk, "已處理 1 個") {
		t.Errorf("with the same key: %+v", other)
	}
}

// Given a CSV file, when its numbers are hashed, then the column is replaced and
// all else stays, and the lines that are told are those of the file.
func TestHashingAColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(path, []byte("\uFEFFName,Card No,ward\n\"Chan, TM\",A123456(3),\"2 \"\"A\"\"\"\n\nwong,,2B\nlee,B765432(1),\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := hashNumbers(t, "", "--key", keyFile(t), "--column", "card no", path)
	got.keepsQuiet(t)
	lines := strings.Split(got.out, "\n")
	if got.code != 0 || len(lines) != 5 || lines[0] != "Name,hkic_hash,ward" || !strings.HasPrefix(lines[1], `"Chan, TM",hkic1:`) ||
		!strings.HasSuffix(lines[1], `,"2 ""A"""`) || lines[2] != "wong,,2B" {
		t.Errorf("exit %d\n%s\n%s", got.code, got.out, got.talk)
	}
	if !strings.Contains(got.talk, "line 5: the check digit does not fit") || !strings.Contains(got.talk, "Hashed 2, suspicious among them 1; empty 1.") {
		t.Errorf("it says\n%s", got.talk)
	}
}

// Given what cannot be hashed, when it is tried, then it says what to do, writes
// nothing, and shows no number.
func TestWhatCannotBeHashed(t *testing.T) {
	key := keyFile(t)
	open := keyFile(t)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	csv := func(text string) string {
		path := filepath.Join(t.TempDir(), "staff.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	hash := accounts.HKICHashText([32]byte{})
	for _, tt := range []struct {
		name, input string
		arguments   []string
		want        string
	}{
		{"a number on the command line", "", []string{"--key", key, "A123456(3)"}, "must not stand on the command line"},
		{"no key", "A1234563\n", nil, "Name the file of the global option 'key' by --key"},
		{"no such key", "A1234563\n", []string{"--key", key + ".none"}, "There is no root key at"},
		{"a key that all can read", "A1234563\n", []string{"--key", open}, "chmod 600"},
		{"hashes already", "A1234563\n" + hash + "\n", []string{"--key", key}, "line 2: this is a hash already"},
		{"Big5", "A1234563\nA\xa4\xa4123456\n", []string{"--key", key}, "line 2: this is not UTF-8"},
		{"no such file", "", []string{"--key", key, "/none.csv"}, "cannot be read"},
		{"no such column", "", []string{"--key", key, csv("name,card\na,A1234563\n")}, "no column 'hkic'"},
		{"a column of hashes beside", "", []string{"--key", key, csv("name,hkic,hkic_hash\na,A1234563,\n")}, "'hkic_hash' is there already"},
		{"the column twice", "", []string{"--key", key, csv("hkic,HKIC\na,A1234563\n")}, "'hkic' is there already"},
		{"a broken file", "", []string{"--key", key, csv("name,hkic\nA1234563\n")}, "line 2: it has 1 fields"},
		{"two files", "", []string{"--key", key, "a", "b"}, "accepts at most 1 arg"},
		{"another language", "", []string{"--lang", "fr"}, "unknown language 'fr'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := hashNumbers(t, tt.input, tt.arguments...)
			if got.code != 1 || got.out != "" || !strings.Contains(got.talk, tt.want) {
				t.Errorf("exit %d, want %q\n%s\n%s", got.code, tt.want, got.out, got.talk)
			}
			got.keepsQuiet(t)
		})
	}
}
