package upstream_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Servers that go on looking for cookies where others have given up. They are
// written from what these servers do, and share nothing with the package.
func init() {
	cookieParsers["tomcat, legacy"] = tomcatLegacy
	cookieParsers["asp.net core"] = aspNetCore
	cookieParsers["undertow"] = undertow
	cookieParsers["webob"] = webob
	cookieParsers["perl, CGI"] = perlCGI
	cookieParsers["netty 3"] = netty3
}

const separators = "\t \"(),/:;<=>?@[\\]{}" // of RFC 2616

func separates(c byte) bool { return c < 0x20 || c >= 0x7f || strings.IndexByte(separators, c) >= 0 }

// upTo is where the first byte at or behind i is that stop is true of.
func upTo(s string, i int, stop func(byte) bool) int {
	for i < len(s) && !stop(s[i]) {
		i++
	}
	return i
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func not(f func(byte) bool) func(byte) bool { return func(c byte) bool { return !f(c) } }

// tomcatLegacy passes over separators before a name. Behind a value everything
// goes up to the next comma or semicolon.
func tomcatLegacy(line string) map[string]string {
	found := make(map[string]string)
	ends := func(c byte) bool { return c == ';' || c == ',' }
	for i := 0; ; {
		i = upTo(line, i, not(separates))
		if i == len(line) {
			return found
		}
		if line[i] == '$' {
			i++
		}
		begin := i
		i = upTo(line, i, separates)
		name := line[begin:i]
		i = upTo(line, i, not(blank))
		if i < len(line) && line[i] == '=' {
			i = upTo(line, i+1, not(blank))
			if i < len(line) && line[i] == '"' {
				end := i + 1
				for end < len(line) && (line[end] != '"' || line[end-1] == '\\') {
					end++
				}
				found[name], i = line[i+1:end], end
			} else {
				end := upTo(line, i, func(c byte) bool { return separates(c) && c != '=' })
				found[name], i = line[i:end], end
			}
		}
		i = upTo(line, i, ends)
	}
}

// aspNetCore tries a pair, and where that is none, or nothing ends it, again
// from the next byte on.
func aspNetCore(line string) map[string]string {
	found := make(map[string]string)
	token := not(separates)
	over := func(i int) (next int, ended bool) { // blanks, and what ends a pair
		i = upTo(line, i, not(blank))
		for i < len(line) && (line[i] == ';' || line[i] == ',') {
			i, ended = upTo(line, i+1, not(blank)), true
		}
		return i, ended
	}
	for i := 0; i < len(line); {
		begin, _ := over(i)
		sign := upTo(line, begin, not(token))
		if sign == begin || sign == len(line) || line[sign] != '=' {
			i++
			continue
		}
		from, quoted := sign+1, false
		if from < len(line) && line[from] == '"' {
			from, quoted = from+1, true
		}
		end := upTo(line, from, func(c byte) bool { return c <= ' ' || c >= 0x7f || strings.IndexByte("\",;\\", c) >= 0 })
		value := line[from:end]
		if quoted && (end == len(line) || line[end] != '"') {
			value = ""
		} else if quoted {
			end++
		}
		next, ended := over(end)
		if !ended && next < len(line) {
			i++
			continue
		}
		name := line[begin:sign]
		if decoded, err := url.PathUnescape(name); err == nil {
			name = decoded
		}
		found[name], i = value, next
	}
	return found
}

// undertow begins a new cookie behind the quote that ends a value.
func undertow(line string) map[string]string {
	found := make(map[string]string)
	for i := 0; i < len(line); {
		i = upTo(line, i, func(c byte) bool { return !blank(c) && c != ';' && c != ',' })
		sign := upTo(line, i, func(c byte) bool { return c == '=' || c == ';' || c == ',' })
		if sign == len(line) {
			break
		}
		name := strings.Trim(line[i:sign], " ")
		i = sign + 1
		if line[sign] != '=' {
			continue
		}
		if i < len(line) && line[i] == '"' {
			end := upTo(line, i+1, func(c byte) bool { return c == '"' })
			found[name], i = line[i+1:end], end+1
			continue
		}
		end := upTo(line, i, func(c byte) bool { return c == ';' || c == ',' || blank(c) })
		found[name] = line[i:end]
		i = upTo(line, end, func(c byte) bool { return c == ';' || c == ',' })
	}
	return found
}

// webob takes whatever in a line looks like a pair.
func webob(line string) map[string]string {
	found := make(map[string]string)
	for _, m := range webobPair.FindAllStringSubmatch(latin1(line), -1) {
		found[m[1]] = strings.Trim(m[2], `"`)
	}
	return found
}

const webobByte = "[0-9A-Za-z_~!@#$%^&*()+=.`?|:/{}<>'-]"

var webobPair = regexp.MustCompile(`(` + webobByte + `+?)\s*=\s*("(?:\\"|.)*?"|\w{3},\s[\w-]{9,11}\s[\d:]{8}\sGMT|(?:` + webobByte + `|\\.)*)`)

// perlCGI decodes names, in the escapes of JavaScript too.
func perlCGI(line string) map[string]string {
	found := make(map[string]string)
	for _, pair := range regexp.MustCompile(`[;,]`).Split(line, -1) {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
			found[perlEscape.ReplaceAllStringFunc(strings.ReplaceAll(name, "+", " "), func(escape string) string {
				decoded, err := url.PathUnescape(strings.Replace(escape, "%u00", "%", 1))
				if err != nil {
					return escape
				}
				return decoded
			})] = value
		}
	}
	return found
}

var perlEscape = regexp.MustCompile(`%(?:u00)?[0-9A-Fa-f]{2}`)

// netty3 passes over dollar signs.
func netty3(line string) map[string]string {
	found := make(map[string]string)
	for _, m := range netty3Pair.FindAllStringSubmatch(line, -1) {
		found[m[1]] = m[2] + m[3]
	}
	return found
}

var netty3Pair = regexp.MustCompile(`(?:[\s;,])*\$*([^;=]+)(?:=(?:["']((?:\\.|[^"])*)["']|([^;,]*)))?(?:\s*(?:[;,]+\s*|$))`)

// escapedName writes each byte as an escape, in the longest form.
func escapedName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		fmt.Fprintf(&b, "%%u%04x", c)
	}
	return b.String()
}
