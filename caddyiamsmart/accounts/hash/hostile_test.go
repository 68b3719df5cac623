package hash_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

const all = "md5(salt+password)"

// Given a table whose hash says nothing, when a password is checked, then the
// answer is neither yes nor no, comes soon, and repeats nothing of the hash.
func TestT69HashesThatSayNothing(t *testing.T) {
	c := checker(t, append(hash.Words(), all)...)
	cheap := hash.Stored{Hash: "478785be8f6b9687687b17074e89ed16", Salt: "x7K9"} // what is pretended costs as much
	if ok, err := c.Check(t.Context(), cheap, "correct horse"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	key43, key22 := strings.Repeat("A", 43), strings.Repeat("A", 22)
	for name, s := range map[string]hash.Stored{
		"empty":                           {},
		"plain text":                      {Hash: "opensesame"},
		"only a wrapping":                 {Hash: "{CRYPT}"},
		"DES of old":                      {Hash: "rl.3StKT.4T8M"},
		"a mark of a locked account":      {Hash: "!$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
		"a star":                          {Hash: "*"},
		"MySQL's own":                     {Hash: "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"},
		"too long":                        {Hash: "$2a$05$" + strings.Repeat("a", 5000)},
		"bcrypt of a faulty program":      {Hash: "$2x$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
		"bcrypt, cut":                     {Hash: "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy"},
		"bcrypt, a line more":             {Hash: "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n"},
		"bcrypt of cost 31":               {Hash: "$2a$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
		"bcrypt of cost 3":                {Hash: "$2a$03$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
		"argon2 of 4 GiB":                 {Hash: "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" + key43},
		"argon2 of no end":                {Hash: "$argon2id$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$" + key43},
		"argon2 of many lanes":            {Hash: "$argon2id$v=19$m=64,t=1,p=100000$c29tZXNhbHQ$" + key43},
		"argon2 of no time":               {Hash: "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$" + key43},
		"argon2 of another version":       {Hash: "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$" + key43},
		"argon2 without a key":            {Hash: "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$"},
		"argon2 with a short key":         {Hash: "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AA"},
		"scrypt of 8 GiB":                 {Hash: "$scrypt$ln=23,r=8,p=1$c29tZXNhbHQ$" + key43},
		"scrypt of ln 63":                 {Hash: "$scrypt$ln=63,r=8,p=1$c29tZXNhbHQ$" + key43},
		"scrypt of many lanes":            {Hash: "$scrypt$ln=14,r=8,p=1000000$c29tZXNhbHQ$" + key43},
		"yescrypt of 1 GiB":               {Hash: "$y$jFT$c29tZXNhbHQ$" + key43},
		"yescrypt of other flags":         {Hash: "$y$k9T$c29tZXNhbHQ$" + key43},
		"pbkdf2 of 2^31":                  {Hash: "$pbkdf2-sha256$2147483648$c29tZXNhbHQ$" + key43},
		"pbkdf2 of no rounds":             {Hash: "$pbkdf2-sha256$0$c29tZXNhbHQ$" + key43},
		"pbkdf2 of fewer":                 {Hash: "$pbkdf2-sha256$-5$c29tZXNhbHQ$" + key43},
		"pbkdf2 without a key":            {Hash: "$pbkdf2-sha256$1$c29tZXNhbHQ$"},
		"pbkdf2 of an unknown function":   {Hash: "$pbkdf2-md5$1$c29tZXNhbHQ$" + key43},
		"Django of 2^63":                  {Hash: "pbkdf2_sha256$9223372036854775808$salt$" + key43 + "="},
		"Django, cut":                     {Hash: "pbkdf2_sha256$1$salt$" + key22},
		"sha_crypt of 10^9":               {Hash: "$6$rounds=999999999$saltstring$" + strings.Repeat("A", 86)},
		"sha_crypt, cut":                  {Hash: "$6$saltstring$" + key43},
		"md5_crypt, cut":                  {Hash: "$1$saltsalt$AAAA"},
		"phpass of 2^30":                  {Hash: "$P$SIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"},
		"phpass, cut":                     {Hash: "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L"},
		"ssha without a salt":             {Hash: "{SSHA}/7QvBVcbRLDbzj/gzAUe00wKoWQ="},
		"ssha, no Base64":                 {Hash: "{SSHA}%%%%"},
		"Identity 2, cut":                 {Hash: "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdw=="},
		"Identity 2, more at its end":     {Hash: "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJgAAAAAAAAAAAAA="},
		"Identity 3, cut":                 {Hash: "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4A="},
		"Identity 3 of 2^31":              {Hash: "AQAAAAGAAAAAAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
		"Identity 3 of an unknown":        {Hash: "AQAAAAkAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
		"Identity 3 with a salt too long": {Hash: "AQAAAAEAACcQ/////wABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
		"Membership without a salt":       {Hash: "/7QvBVcbRLDbzj/gzAUe00wKoWQ="},
		"MD5 without its salt":            {Hash: "478785be8f6b9687687b17074e89ed16"},
		"MD5, cut":                        {Hash: "478785be8f6b9687687b17074e89ed1", Salt: "x7K9"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, password := range []string{"opensesame", "correct horse", "", s.Hash} {
				ok, err := c.Check(t.Context(), s, password)
				if ok || !errors.Is(err, hash.ErrUnusable) {
					t.Errorf("%q: %v, %v, want ErrUnusable", password, ok, err)
				}
				for _, part := range strings.FieldsFunc(s.Hash, func(r rune) bool { return strings.ContainsRune("$,={}", r) }) {
					if len(part) > 7 && err != nil && strings.Contains(err.Error(), part) {
						t.Errorf("the error repeats the hash: %v", err)
					}
				}
			}
			if got := c.Stamp(s); got != "" {
				t.Errorf("it has the stamp %q", got)
			}
		})
	}
}

// Given a password that no app takes, when it is checked against a hash, then it
// is wrong, also where an old program would stop reading at its NUL.
func TestT69PasswordsThatNobodyHas(t *testing.T) {
	c := checker(t, append(hash.Words(), all)...)
	for _, v := range vectors(t) {
		if v.word != "bcrypt" && v.word != "md5_crypt" {
			continue
		}
		for _, password := range []string{"", v.password + "\x00", v.password + "\x00more", v.password + strings.Repeat("x", 1025)} {
			if ok, err := c.Check(t.Context(), hash.Stored{Hash: v.hash}, password); ok || err != nil {
				t.Errorf("%s with %.20q: %v, %v", v.word, password, ok, err)
			}
		}
	}
}

// Given a bcrypt hash of a password of more than 72 bytes, when it is checked, then what comes
// after them does not count, as in the program that made it.
func TestT69BcryptReads72Bytes(t *testing.T) {
	for _, v := range vectors(t) {
		if v.word != "bcrypt" || len(v.password) <= 72 {
			continue
		}
		for password, want := range map[string]bool{v.password[:72]: true, v.password[:72] + "other": true, v.password[:71]: false} {
			if ok, err := checker(t).Check(t.Context(), hash.Stored{Hash: v.hash}, password); ok != want || err != nil {
				t.Errorf("%s with %d bytes: %v, %v, want %v", v.hash, len(password), ok, err, want)
			}
		}
	}
}

// Given more checks than the machine has processors, when they run, then those
// that wait give up when their time is over.
func TestT69ChecksWaitForTheirTurnWithinTheirTime(t *testing.T) {
	c := checker(t)
	costly := hash.Stored{Hash: "$2a$11$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}
	busy := max(2, runtime.GOMAXPROCS(0))
	started, done := make(chan struct{}, busy), make(chan error, busy)
	for range busy {
		go func() {
			started <- struct{}{}
			_, err := c.Check(context.Background(), costly, "x")
			done <- err
		}()
	}
	for range busy {
		<-started
	}
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if ok, err := c.Check(ctx, costly, "x"); ok || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the one that waits: %v, %v", ok, err)
	}
	for range busy {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Given an unknown name, when the work of a check is pretended, then it takes
// about as long as the check that came before.
func TestPretendingTakesAsLong(t *testing.T) {
	c := checker(t)
	costly := hash.Stored{Hash: "$2a$09$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}
	best := func(work func() error) time.Duration {
		least := time.Hour
		for range 3 {
			began := time.Now()
			if err := work(); err != nil {
				t.Fatal(err)
			}
			least = min(least, time.Since(began))
		}
		return least
	}
	real := best(func() error { _, err := c.Check(t.Context(), costly, "x"); return err })
	pretended := best(func() error { return c.Pretend(t.Context(), "x") })
	if pretended < real/5 || pretended > 5*real { // without the work it would be a hundredth
		t.Errorf("a check takes %s, a pretended one %s", real, pretended)
	}
}

// Given hashes with and without a long salt of their own, when they are stamped,
// then only the former are, each in its own way.
func TestStampsGiveNothingAway(t *testing.T) {
	c := checker(t, append(hash.Words(), all)...)
	seen := make(map[string]bool)
	stamped := make(map[string]bool)
	for _, v := range append(published, vectors(t)...) {
		stamp := c.Stamp(hash.Stored{Hash: v.hash, Salt: v.salt})
		if stamp == "" {
			continue
		}
		stamped[v.word] = true
		if seen[stamp] || len(stamp) != 22 || strings.Contains(v.hash, stamp) {
			t.Errorf("%s: stamp %q", v.word, stamp)
		}
		seen[stamp] = true
	}
	for _, word := range []string{"bcrypt", "argon2", "pbkdf2", "yescrypt", "aspnet_identity"} {
		if !stamped[word] {
			t.Errorf("%s has no stamp", word)
		}
	}
	for _, word := range []string{"md5_crypt", "phpass", "ssha", "aspnet_membership", all} {
		if stamped[word] {
			t.Errorf("%s has a stamp, though its salt is short or not its own", word)
		}
	}
}

// Given words with a mistake, when a checker is made of them, then the error
// says what is wrong.
func TestMistakesInWords(t *testing.T) {
	for words, want := range map[string]string{
		"bcrpyt":                                "did you mean 'bcrypt'?",
		"plain":                                 "unknown format 'plain'",
		"md5":                                   "md5(salt+password)",
		"bcrypt bcrypt":                         "named twice",
		"md5(salt+password) md5(password+salt)": "look alike",
		"md5(salt)":                             "'password' is missing",
		"md5()":                                 "expected md5(",
		"md5(password":                          ") is missing",
		"md5(password)x":                        "nothing may follow",
		"md4(password)":                         "expected md5(",
		"password()":                            "expected md5(",
		"md5(password+)":                        "expected md5(",
		"md5(md5+password)":                     "( is missing after md5",
		"md5(md5(md5(md5(md5(password)))))":     "in one another",
		"md5(salt+salt+salt+salt+password)":     "more than 4 parts",
		"md5(" + strings.Repeat("salt+", 40) + "password)": "too long",
	} {
		_, err := hash.New(strings.Fields(words)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", words, err, want)
		}
	}
}
