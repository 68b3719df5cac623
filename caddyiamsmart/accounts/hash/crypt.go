package hash

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/go-crypt/x/bcrypt"
	"github.com/go-crypt/x/crypt"
)

const (
	maxBcryptCost  = 15
	maxSHARounds   = 1_000_000
	bcryptPassword = 72 // bytes that count, to every program that makes such hashes
)

var (
	// $2x$ is missing: it marks hashes that a faulty program made, which differ
	// from the right ones as soon as a character is not ASCII.
	bcryptText   = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$`)
	shaCryptText = regexp.MustCompile(`^\$([56])\$(?:rounds=([0-9]{1,12})\$)?([^$:\n]{0,16})\$([./A-Za-z0-9]+)$`)
	md5CryptText = regexp.MustCompile(`^\$1\$([^$:\n]{0,8})\$([./A-Za-z0-9]{22})$`)
)

func parseBcrypt(s Stored) (digest, error) {
	part, err := groups(bcryptText, s.Hash)
	if err != nil {
		return digest{}, err
	}
	cost, err := within(part[0], bcrypt.MinCost, maxBcryptCost)
	if err != nil {
		return digest{}, err
	}
	salt, err := bcrypt.Base64Decode([]byte(part[1]))
	if err != nil || len(salt) != 16 {
		return digest{}, errDamaged
	}
	return digest{want: []byte(part[2]), salt: len(salt), derive: func(password []byte) ([]byte, error) {
		return bcrypt.Key(password[:min(len(password), bcryptPassword)], salt, cost)
	}}, nil
}

// unknownBcrypt is the work of a hash that nobody has.
func unknownBcrypt(password []byte) ([]byte, error) {
	return bcrypt.Key(password[:min(len(password), bcryptPassword)], make([]byte, 16), 10)
}

// parseWordPress reads what WordPress writes since 6.8: bcrypt of a digest of
// the password, so that all of a long one counts.
func parseWordPress(s Stored) (digest, error) {
	d, err := parseBcrypt(Stored{Hash: strings.TrimPrefix(s.Hash, "$wp")})
	if err != nil {
		return digest{}, err
	}
	inner := d.derive
	d.derive = func(password []byte) ([]byte, error) {
		mac := hmac.New(sha512.New384, []byte("wp-sha384"))
		mac.Write([]byte(strings.Trim(string(password), " \n\r\t\v"))) // as WordPress does
		return inner([]byte(base64.StdEncoding.EncodeToString(mac.Sum(nil))))
	}
	return d, nil
}

func parseSHACrypt(s Stored) (digest, error) {
	part, err := groups(shaCryptText, s.Hash)
	if err != nil {
		return digest{}, err
	}
	newHash, length := sha256.New, 43
	if part[0] == "6" {
		newHash, length = sha512.New, 86
	}
	rounds := 5000
	if part[1] != "" {
		if rounds, err = within(part[1], 1000, maxSHARounds); err != nil {
			return digest{}, err
		}
	}
	salt, want := []byte(part[2]), []byte(part[3])
	if len(want) != length {
		return digest{}, errDamaged
	}
	return digest{want: want, salt: len(salt), derive: func(password []byte) ([]byte, error) {
		return crypt.KeySHACrypt(newHash, password, salt, rounds), nil
	}}, nil
}

func parseMD5Crypt(s Stored) (digest, error) {
	part, err := groups(md5CryptText, s.Hash)
	if err != nil {
		return digest{}, err
	}
	salt := []byte(part[0])
	return digest{want: []byte(part[1]), derive: func(password []byte) ([]byte, error) {
		return crypt.KeyMD5Crypt(password, salt), nil
	}}, nil
}
