package store

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	rootKeyBytes   = 32
	rootKeyMaxFile = 4096 // a key of 44 characters and comments
	redacted       = "[redacted]"
)

// RootKey seals the key ring of a store. It lies outside the database and is
// never shown, whatever it is printed or marshalled with. The zero RootKey is
// no key; OpenKeys refuses it.
type RootKey struct{ key [rootKeyBytes]byte }

// Format implements fmt.Formatter: no verb shows the key.
func (RootKey) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// String implements fmt.Stringer: it does not show the key.
func (RootKey) String() string { return redacted }

// GoString implements fmt.GoStringer: it does not show the key.
func (RootKey) GoString() string { return redacted }

// MarshalText implements encoding.TextMarshaler: it does not show the key.
func (RootKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON implements json.Marshaler: it does not show the key.
func (RootKey) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// ParseRootKey reads the text of a root key: one line of 32 bytes in Base64;
// blank lines and those that begin with # are passed over. Errors do not quote
// the text.
func ParseRootKey(text string) (RootKey, error) {
	var line string
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		if line != "" {
			return RootKey{}, errors.New("reading root key: more than one line of key")
		}
		line = l
	}
	if line == "" {
		return RootKey{}, errors.New("reading root key: it is empty")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil {
		return RootKey{}, errors.New("reading root key: it is not Base64")
	}
	if len(raw) != rootKeyBytes {
		return RootKey{}, fmt.Errorf("reading root key: it has %d bytes, not %d", len(raw), rootKeyBytes)
	}
	k := RootKey{key: [rootKeyBytes]byte(raw)}
	if k == (RootKey{}) {
		return RootKey{}, errors.New("reading root key: it is all zeros")
	}
	return k, nil
}

// LoadRootKey reads the root key in the file at path. Where there is none it
// makes one if create is set; a caller sets it only while the store has no key
// ring (see Store.HasKeys), for a new key does not open an old ring.
//
// It refuses a file that is missing, empty, damaged, or open to others than
// its owner (the last not on Windows, where modes say nothing). Errors name
// the path and what to do; a missing file is fs.ErrNotExist.
func LoadRootKey(path string, create bool) (RootKey, error) {
	k, err := readRootKey(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := makeRootKey(path); err != nil {
			return RootKey{}, fmt.Errorf("making root key %s: %w: its folder must be writable for the user that runs Caddy; or make the file by hand (openssl rand -base64 32, mode 0600)", path, err)
		}
		k, err = readRootKey(path)
	}
	if create {
		removeHalfMade(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return RootKey{}, fmt.Errorf("root key %s: %w: restore it from where it was kept; without it the store that it belongs to cannot be opened", path, err)
	case errors.Is(err, fs.ErrPermission):
		return RootKey{}, fmt.Errorf("root key %s: %w: give it (mode 0600) and the way to it to the user that runs Caddy", path, err)
	case err != nil:
		return RootKey{}, fmt.Errorf("root key %s: %w", path, err)
	}
	return k, nil
}

func readRootKey(path string) (RootKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return RootKey{}, err
	}
	if !info.Mode().IsRegular() {
		return RootKey{}, errors.New("this is no file: name the file that holds the key")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return RootKey{}, fmt.Errorf("others can read or change it (mode %04o): chmod 600, and think whether somebody has read it", mode)
	}
	f, err := os.Open(path)
	if err != nil {
		return RootKey{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, rootKeyMaxFile+1))
	if err != nil {
		return RootKey{}, err
	}
	if len(text) > rootKeyMaxFile {
		return RootKey{}, errors.New("it is too long for a root key: restore the file")
	}
	k, err := ParseRootKey(string(text))
	if err != nil {
		return RootKey{}, fmt.Errorf("%w: restore the file; delete it only if its store is new and holds nothing", err)
	}
	return k, nil
}

// makeRootKey writes a new key beside path and links it there, so that path is
// either absent or whole, also after a crash, and never replaces a key.
func makeRootKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var key [rootKeyBytes]byte
	rand.Read(key[:])
	text := "# Root key of the iAM Smart gate. Keep a copy apart from the database; whoever has both can read its secrets.\n" +
		base64.StdEncoding.EncodeToString(key[:]) + "\n"
	temporary := path + halfMade + rand.Text()
	if err := writeNew(temporary, []byte(text)); err != nil {
		return err
	}
	defer os.Remove(temporary)
	if err := os.Link(temporary, path); err != nil {
		if _, missing := os.Stat(path); missing != nil {
			return err
		}
		return nil // another process was faster, and may have removed ours
	}
	return syncDir(dir)
}

// halfMade stands between the names of a root key and of what makeRootKey
// writes before; after it come the 26 characters of rand.Text.
const halfMade = ".new-"

// removeHalfMade removes what a start that was cut off left beside the key: a
// key that is none, or a second name of the one that is. It lasts until then
// only, for the start that is cut off there has not made a key ring.
func removeHalfMade(path string) {
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		if rest, ours := strings.CutPrefix(e.Name(), name+halfMade); ours && len(rest) == len(rand.Text()) {
			_ = os.Remove(dir + e.Name()) // it is private, and tried again while there is no ring
		}
	}
}

func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes.NewReader(content))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

// syncDir makes a new name in the folder survive a power cut. Windows has no
// such call and keeps names in its journal.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
