package hash_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

// FuzzCheck: no stored text brings the checker down, and what it cannot read is
// never a yes. A text that means much work may run into the deadline.
func FuzzCheck(f *testing.F) {
	for _, v := range vectors(f) {
		if v.password == "correct horse" {
			f.Add(v.hash, v.salt, v.password)
		}
	}
	f.Add("$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$AAAA", "", "x")
	f.Add("AQAAAAEAACcQ/////wABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", "", "x")
	words := append(hash.Words(), "md5(salt+password)", "sha1(md5(password)+salt)", "sha256(password)", "sha512(password+salt)")
	c := checker(f, words...)
	f.Fuzz(func(t *testing.T, stored, salt, password string) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		s := hash.Stored{Hash: stored, Salt: salt}
		ok, err := c.Check(ctx, s, password)
		if ok && err != nil || err != nil && !errors.Is(err, hash.ErrUnusable) && ctx.Err() == nil {
			t.Errorf("%v, %v", ok, err)
		}
		if ok && (password == "" || stored == "" || strings.Contains(password, "\x00")) {
			t.Errorf("a yes to nothing")
		}
		c.Stamp(s)
	})
}

// FuzzNew: a word is taken or refused, and one that is taken reads its own kind.
func FuzzNew(f *testing.F) {
	for _, word := range append(hash.Words(), "md5(salt+password)", "md5(md5(password)+salt)", "md5()", "md5(", "(((", "sha1(salt+sha1(salt+sha1(password)))") {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		c, err := hash.New(word)
		if (err == nil) != (c != nil) {
			t.Fatalf("%v, %v", c, err)
		}
		if c == nil {
			return
		}
		for function, digits := range map[string]int{"md5(": 32, "sha1(": 40, "sha256(": 64, "sha512(": 128} {
			zeros := hash.Stored{Hash: strings.Repeat("0", digits), Salt: "s"}
			if !strings.HasPrefix(word, function) {
				continue
			}
			if ok, err := c.Check(t.Context(), zeros, "x"); ok || err != nil {
				t.Errorf("%d zeros: %v, %v, want a no", digits, ok, err)
			}
		}
	})
}
