package hash

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"regexp"
	"strings"
)

const maxIterations = 5_000_000 // of PBKDF2

var (
	// passlib's alphabet has a dot where Base64 has a plus.
	pbkdf2Text = regexp.MustCompile(`^\$pbkdf2(|-sha1|-sha256|-sha512)\$([0-9]{1,12})\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]+)$`)
	djangoText = regexp.MustCompile(`^pbkdf2_(sha1|sha256)\$([0-9]{1,12})\$([^$]{1,128})\$([A-Za-z0-9+/]+={0,2})$`)
)

// parsePBKDF2 reads what passlib and Django write.
func parsePBKDF2(s Stored) (digest, error) {
	if strings.HasPrefix(s.Hash, "pbkdf2_") {
		return parseDjango(s)
	}
	part, err := groups(pbkdf2Text, s.Hash)
	if err != nil {
		return digest{}, err
	}
	salt, err := rawBase64(strings.ReplaceAll(part[2], ".", "+"), 1, 128)
	if err != nil {
		return digest{}, err
	}
	want, err := rawBase64(strings.ReplaceAll(part[3], ".", "+"), 16, 64)
	if err != nil {
		return digest{}, err
	}
	newHash := map[string]func() hash.Hash{"-sha256": sha256.New, "-sha512": sha512.New}[part[0]]
	if newHash == nil {
		newHash = sha1.New
	}
	return pbkdf2Digest(newHash, part[1], salt, want)
}

func parseDjango(s Stored) (digest, error) {
	part, err := groups(djangoText, s.Hash)
	if err != nil {
		return digest{}, err
	}
	newHash, length := sha1.New, sha1.Size
	if part[0] == "sha256" {
		newHash, length = sha256.New, sha256.Size
	}
	want, err := paddedBase64(part[3], length, length)
	if err != nil {
		return digest{}, err
	}
	return pbkdf2Digest(newHash, part[1], []byte(part[2]), want)
}

func pbkdf2Digest(newHash func() hash.Hash, iterations string, salt, want []byte) (digest, error) {
	n, err := within(iterations, 1, maxIterations)
	if err != nil {
		return digest{}, err
	}
	return digest{want: want, salt: len(salt), derive: func(password []byte) ([]byte, error) {
		return pbkdf2.Key(newHash, string(password), salt, n, len(want))
	}}, nil
}
