package upstream_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// cookieParsers read a Cookie line as the libraries of other languages do. They
// share nothing with the package under test.
var cookieParsers = map[string]func(line string) map[string]string{
	// Express: each byte is a character of Latin-1, and JavaScript trims.
	"node": func(line string) map[string]string { return parted(latin1(line), jsBlank) },
	// Django and others that part at semicolons and strip, in UTF-8 or Latin-1.
	"python, UTF-8":   func(line string) map[string]string { return parted(line, unicode.IsSpace) },
	"python, Latin-1": func(line string) map[string]string { return parted(latin1(line), unicode.IsSpace) },
	// Python's SimpleCookie, which passes from one match to the next.
	"python, SimpleCookie": func(line string) map[string]string {
		found := make(map[string]string)
		for rest := line; rest != ""; {
			m := simpleCookie.FindStringSubmatchIndex(rest)
			if m == nil || m[0] != 0 || m[1] == 0 {
				break
			}
			if m[4] >= 0 {
				found[rest[m[2]:m[3]]] = strings.Trim(rest[m[4]:m[5]], `"`)
			}
			rest = rest[m[1]:]
		}
		return found
	},
	// Old ones of Java part at commas too.
	"java": func(line string) map[string]string {
		return parted(strings.ReplaceAll(line, ",", ";"), unicode.IsSpace)
	},
	// PHP turns blanks, dots and brackets within a name into underscores and
	// decodes escapes.
	"php": func(line string) map[string]string {
		found := make(map[string]string)
		for name, value := range parted(line, func(r rune) bool { return r == ' ' }) {
			if decoded, err := urlDecoded(name); err == nil {
				name, _, _ = strings.Cut(decoded, "\x00")
			}
			found[strings.NewReplacer(" ", "_", ".", "_", "[", "_").Replace(strings.TrimLeft(name, " "))] = value
		}
		return found
	},
}

var simpleCookie = regexp.MustCompile(`^\s*([\w\d!#%&'~_` + "`" + `><@,:/$*+\-.^|)(?}{=]+?)(?:\s*=\s*("(?:[^\\"]|\\.)*"|\w{3},\s[\w\d\s-]{9,11}\s[\d:]{8}\sGMT|[\w\d!#%&'~_` + "`" + `><@,:/$*+\-.^|)(?}{=\[\]]*))?\s*(?:\s+|;|$)`)

func parted(line string, blank func(rune) bool) map[string]string {
	found := make(map[string]string)
	for pair := range strings.SplitSeq(line, ";") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			found[strings.TrimFunc(name, blank)] = strings.TrimFunc(value, blank)
		}
	}
	return found
}

func jsBlank(r rune) bool { return r == '\ufeff' || unicode.IsSpace(r) }

func urlDecoded(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var c byte
		if s[i] == '%' && i+2 < len(s) {
			if _, err := fmt.Sscanf(s[i+1:i+3], "%02x", &c); err != nil {
				return "", err
			}
			b.WriteByte(c)
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String(), nil
}

// TestT31NoParserFindsASessionWithoutItsMAC puts each byte, raw and escaped, and
// the blanks of Unicode before, behind and within a name, and between two
// cookies. No library finds the app's session of another login in what arrives.
func TestT31NoParserFindsASessionWithoutItsMAC(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	var odd []string
	for c := 0x20; c <= 0xff; c++ { // what a server lets through
		odd = append(odd, string([]byte{byte(c)}), fmt.Sprintf("%%%02x", c), fmt.Sprintf("%%u%04X", c), string([]byte{byte(c), ' '}), string([]byte{' ', byte(c)}))
	}
	for _, r := range "\t\u00a0\u0085\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u00ad" {
		odd = append(odd, string(r), latin1(string(r)))
	}
	tried := 0
	for _, name := range []string{"PHPSESSID", "connect.sid", "sessionid", "JSESSIONID"} {
		for _, o := range odd {
			for _, line := range []string{
				o + name + "=abc", name + o + "=abc", name + o + " =abc", name[:4] + o + name[4:] + "=abc",
				"x=1" + o + name + "=abc", "x=1" + o + name + " =abc", "x=1 " + name + o + "=abc", `x="1"` + o + name + `= "abc"`, "x" + o + name + "=abc",
				"x=1; " + name + o + "=abc; y=2", o + name + o + "=" + o + "abc" + o,
				`x="1"` + name + o + "=abc", `x=1"` + o + name + "=abc", o + o + name + "=abc", "x" + o + "=" + name + "=abc", "x=1," + o + name + "=abc",
				"x=1/" + o + name + `="abc"`, "$" + o + name + "=abc",
			} {
				arrived := strings.Join(seen(app, chanLogin, line), "; ")
				for parser, read := range cookieParsers {
					tried++
					got := read(arrived)
					for _, spelling := range []string{name, strings.ReplaceAll(name, ".", "_")} {
						if strings.Contains(got[spelling], "abc") {
							t.Errorf("%s finds %s in %q, which came as %q", parser, name, arrived, line)
						}
					}
				}
			}
		}
	}
	if tried < 100000 {
		t.Errorf("only %d lines were read", tried)
	}
}
