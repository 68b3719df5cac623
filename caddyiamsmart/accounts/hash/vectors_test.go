package hash_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

// vector is a password and what some program keeps of it.
type vector struct{ word, hash, salt, password string }

// vectors were made by the programs whose formats they are: see
// testdata/make.sh.
func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) != 4 {
			t.Fatalf("testdata/vectors.tsv: a line of %d columns", len(f))
		}
		all = append(all, vector{f[0], f[1], f[2], f[3]})
	}
	return all
}

// published are vectors that makers of such programs, or of tools that try
// passwords, have published.
var published = []vector{
	// The tests of ASP.NET Identity.
	{"aspnet_identity", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==", "", "my password"},
	{"aspnet_identity", "ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A==", "", "my password"},
	{"aspnet_identity", "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", "", "my password"},
	{"aspnet_identity", "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw", "", "my password"},
	{"aspnet_identity", "AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==", "", "my password"},
	{"aspnet_identity", "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M", "", "my password"},
	{"aspnet_identity", "AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=", "", "my password"},
	// phpass, and Drupal 7 in the tests of John the Ripper.
	{"phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "", "test12345"},
	{"phpass", "$S$CFURCPa.k6FAEbJPgejaW4nijv7rYgGc4dUJtChQtV4KLJTPTC/u", "", "password"},
	// The reference program of Argon2.
	{"argon2", "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG", "", "password"},
}

func checker(t testing.TB, words ...string) *hash.Checker {
	t.Helper()
	c, err := hash.New(words...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Given what real programs keep of a password, when that is checked, then the
// password is right and every other is wrong.
func TestVectors(t *testing.T) {
	seen := make(map[string]int)
	for i, v := range append(published, vectors(t)...) {
		seen[v.word]++
		c := checker(t, v.word)
		stored := hash.Stored{Hash: v.hash, Salt: v.salt}
		if ok, err := c.Check(t.Context(), stored, v.password); !ok || err != nil {
			t.Errorf("%s: %s with %q: %v, %v, want a yes", v.word, v.hash, v.password, ok, err)
		}
		for _, wrong := range []string{"correct horsf", "x" + v.password} {
			if i < len(published) && wrong == "correct horsf" {
				continue // they are costly
			}
			if ok, err := c.Check(t.Context(), stored, wrong); ok || err != nil {
				t.Errorf("%s: %s with %q: %v, %v, want a no", v.word, v.hash, wrong, ok, err)
			}
		}
	}
	for _, word := range hash.Words() {
		if seen[word] == 0 {
			t.Errorf("there is no vector of %s", word)
		}
	}
}

// Given no words, when hashes are checked, then the strong formats count and the
// weak ones do not.
func TestWithoutWordsOnlyStrongFormatsCount(t *testing.T) {
	weak := map[string]bool{"md5_crypt": true, "phpass": true, "ssha": true, "aspnet_identity": true, "aspnet_membership": true}
	strong, cheap := checker(t), checker(t)
	for _, v := range append(vectors(t), published[:2]...) {
		stored := hash.Stored{Hash: v.hash, Salt: v.salt}
		if !weak[v.word] && !strings.Contains(v.word, "(") {
			if ok, err := strong.Check(t.Context(), stored, v.password); !ok || err != nil {
				t.Errorf("%s: %s: %v, %v, want a yes", v.word, v.hash, ok, err)
			}
			if v.word == "bcrypt" { // what is pretended for the weak ones then costs as little
				_, _ = cheap.Check(t.Context(), stored, v.password)
			}
			continue
		}
		if ok, err := cheap.Check(t.Context(), stored, v.password); ok || !errors.Is(err, hash.ErrUnusable) {
			t.Errorf("%s: %s: %v, %v, want neither yes nor no", v.word, v.hash, ok, err)
		}
	}
}

// Given formats side by side in one table, when each is checked, then none is
// taken for another.
func TestFormatsSideBySide(t *testing.T) {
	c := checker(t, append(hash.Words(), "md5(salt+password)", "sha1(password+salt)", "sha256(salt+password)", "sha512(password+salt)")...)
	for _, v := range append(published[:3:3], vectors(t)...) {
		if strings.Count(v.word, "(") > 1 || v.word == "md5(password)" {
			continue
		}
		if ok, err := c.Check(t.Context(), hash.Stored{Hash: v.hash, Salt: v.salt}, v.password); !ok || err != nil {
			t.Errorf("%s: %s: %v, %v", v.word, v.hash, ok, err)
		}
	}
}

// Given a bcrypt hash in the wrappings of other programs, when it is checked,
// then the wrapping does not matter.
func TestWrappedHashes(t *testing.T) {
	const bcrypt = "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"
	const argon2 = "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG"
	for text, password := range map[string]string{
		"{CRYPT}" + bcrypt: "correct horse", "{crypt}" + bcrypt: "correct horse", "{bcrypt}" + bcrypt: "correct horse",
		"bcrypt$" + bcrypt: "correct horse", "argon2" + argon2: "password", "{ARGON2}" + argon2: "password",
	} {
		if ok, err := checker(t).Check(t.Context(), hash.Stored{Hash: text}, password); !ok || err != nil {
			t.Errorf("%s: %v, %v", text, ok, err)
		}
	}
}
