package file_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/file"
)

// Hashes of the password "correct horse".
const (
	right  = "correct horse"
	bcrypt = "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"
	md5sum = "478785be8f6b9687687b17074e89ed16" // with the salt x7K9 before it
)

// hasher stands for the gate's: what it makes of a number looks like a hash.
func hasher(number string) string {
	return accounts.HKICHashText(sha256.Sum256([]byte("key" + number)))
}

// records is what a home might keep.
func records() string {
	return strings.Join([]string{
		"\uFEFFName,key,hash,salt,state,hkic_hash,display_name,Ward",
		"Chan.TM,1," + bcrypt + ",,1," + hasher("A1234563") + ",陳大文,2A",
		"left,2," + bcrypt + ",,0," + hasher("B7654321") + `,"Long, Ago",`,
		"nohash,3,,,1,,,",
		"plain,4," + right + ",,yes,,,",
		"twin1,5," + bcrypt + ",,1," + hasher("C1111111") + ",,",
		"",
		"twin2,6," + bcrypt + ",,1," + hasher("C1111111") + ",,",
		"old,7," + md5sum + ",x7K9,Active,,,",
		",,,,,,,",
		"nostate,8," + bcrypt + ",,,,,",
		"",
	}, "\r\n")
}

// write puts a list where nobody but its owner can read it.
func write(t testing.TB, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "staff list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load reads a block as the gate's Caddyfile does, from the word "file" on, and
// brings the module to life as Caddy does: by way of its JSON.
func load(t testing.TB, block string) *file.File {
	t.Helper()
	f, err := tryLoad(block)
	if err != nil {
		t.Fatalf("loading %q: %v", block, err)
	}
	return f
}

func tryLoad(block string) (*file.File, error) {
	var written file.File
	if err := written.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		return nil, err
	}
	config, err := json.Marshal(&written)
	if err != nil {
		return nil, err
	}
	f := written.CaddyModule().New().(*file.File)
	if err := caddy.StrictUnmarshalJSON(config, f); err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	return f, f.Provision(ctx)
}

// home is the file of the records, in all formats that stand there.
func home(t testing.TB) *file.File {
	t.Helper()
	return load(t, `file "`+write(t, records())+"\" {\n\thash bcrypt md5(salt+password)\n}")
}

// outcome names what was said, in one word.
func outcome(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, accounts.ErrUnknown):
		return "unknown"
	case errors.Is(err, accounts.ErrWrong):
		return "wrong"
	case errors.Is(err, accounts.ErrState):
		return "state"
	case errors.Is(err, accounts.ErrUnusable):
		return "unusable"
	case errors.Is(err, accounts.ErrSeveral):
		return "several"
	case errors.Is(err, accounts.ErrCannotCheck):
		return "cannot"
	}
	return "?"
}

// tells fails if an error repeats what is nobody's business.
func tells(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("error %q repeats %q", err, secret)
		}
	}
}
