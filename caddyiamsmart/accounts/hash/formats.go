package hash

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// strong are the formats that are taken where none is named.
var strong = []format{
	{"bcrypt", begins("$2a$", "$2b$", "$2y$"), parseBcrypt},
	{"argon2", begins("$argon2id$", "$argon2i$", "$argon2d$"), parseArgon2},
	{"scrypt", begins("$scrypt$"), parseScrypt},
	{"yescrypt", begins("$y$"), parseYescrypt},
	{"pbkdf2", begins("$pbkdf2$", "$pbkdf2-", "pbkdf2_sha1$", "pbkdf2_sha256$"), parsePBKDF2},
	{"sha_crypt", begins("$5$", "$6$"), parseSHACrypt},
	{"wordpress", begins("$wp$2"), parseWordPress},
}

// weak are those that have to be named.
var weak = []format{
	{"md5_crypt", begins("$1$"), parseMD5Crypt},
	{"phpass", begins("$P$", "$H$", "$S$"), parsePhpass},
	{"ssha", begins("{SSHA}", "{SSHA256}", "{SSHA512}"), parseSSHA},
	{"aspnet_identity", isIdentity, parseIdentity},
	{"aspnet_membership", isMembership, parseMembership},
}

// Words lists the words of all formats but for the digests in brackets.
func Words() []string {
	var words []string
	for _, f := range slices.Concat(strong, weak) {
		words = append(words, f.word)
	}
	return words
}

// New returns a checker of the formats that the words name, or of the strong
// ones where there are none. It refuses unknown and repeated words, and two
// digests that nothing would tell apart.
func New(words ...string) (*Checker, error) {
	if len(words) == 0 {
		return &Checker{formats: strong}, nil
	}
	c := new(Checker)
	lengths := make(map[int]string)
	for _, word := range words {
		if slices.Contains(c.words(), word) {
			return nil, fmt.Errorf("'%s' is named twice", word)
		}
		known := slices.Concat(strong, weak)
		if i := slices.IndexFunc(known, func(f format) bool { return f.word == word }); i >= 0 {
			c.formats = append(c.formats, known[i])
			continue
		}
		if !strings.Contains(word, "(") {
			return nil, fmt.Errorf("an unknown format '%s', expected one of %s, or a digest such as md5(salt+password)%s",
				word, strings.Join(Words(), ", "), spelling.Hint(word, Words()...))
		}
		e, err := parseExpression(word)
		if err != nil {
			return nil, fmt.Errorf("'%s': %w", word, err)
		}
		if other := lengths[e.hexLength()]; other != "" {
			return nil, fmt.Errorf("'%s' and '%s' look alike in the table; name the one that the application uses", other, word)
		}
		lengths[e.hexLength()] = word
		c.formats = append(c.formats, format{word, e.is, e.parse})
	}
	return c, nil
}

func (c *Checker) words() []string {
	var words []string
	for _, f := range c.formats {
		words = append(words, f.word)
	}
	return words
}

func begins(prefixes ...string) func(string) bool {
	return func(text string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
	}
}

// What is said of a hash without repeating any of it.
var (
	errDamaged   = errors.New("its text is damaged or cut")
	errTooCostly = errors.New("its cost is beyond the bound")
)

// groups matches the whole text.
func groups(pattern *regexp.Regexp, text string) ([]string, error) {
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return nil, errDamaged
	}
	return found[1:], nil
}

// within reads a decimal number. One below the bounds is damage, one above them
// is too costly.
func within(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && n > most:
		return 0, errTooCostly
	case err != nil || n < least:
		return 0, errDamaged
	}
	return n, nil
}
