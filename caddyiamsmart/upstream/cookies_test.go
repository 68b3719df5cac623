package upstream_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestT13TheAppSeesItsOwnCookiesAndNoneOfOurs(t *testing.T) {
	const ours = cookiePrefix + "1a2b-s=MTcw"
	for _, c := range []struct {
		name       string
		sent, want []string
	}{
		{"none of ours", []string{`a=1;  b="x y"; c; =d;e=;`}, []string{`a=1;  b="x y"; c; =d;e=;`}},
		{"first", []string{ours + "; a=1;  b=2"}, []string{"a=1;  b=2"}},
		{"last", []string{"a=1;  b=2; " + ours}, []string{"a=1;  b=2"}},
		{"middle", []string{"a=1; " + ours + ";b=\"2;3\""}, []string{"a=1;b=\"2;3\""}},
		{"several", []string{ours + "; a=1; " + cookiePrefix + "x-l=en; " + cookiePrefix + "x-f-12345678=q; b=2; " + ours + "; c=3"}, []string{"a=1; b=2; c=3"}},
		{"only ours", []string{ours}, nil},
		{"only ours, with an end", []string{ours + "; "}, nil},
		{"lines stay apart", []string{"a=1", ours, "b=2; " + ours, "c=3"}, []string{"a=1", "b=2", "c=3"}},
		{"odd names and quotes", []string{`a[0]=%20+"; ` + ours + `; {"j":1}=x, y; café=ü`}, []string{`a[0]=%20+"; {"j":1}=x, y; café=ü`}},
		{"empty pairs before", []string{";" + ours + ";a=1"}, []string{";a=1"}},
		{"upper case", []string{"a=1; __HOST-HTTP-IAMSMART-X=1"}, []string{"a=1"}},
		{"behind blanks and quotes", []string{"a=1;\t \"__Host-Http-iamsmart-x\"=1;\u00a0__Host-Http-iamsmart-y=2; =__Host-Http-iamsmart-z=3"}, []string{"a=1"}},
		{"without a value", []string{"a=1; __Host-Http-iamsmart-x"}, []string{"a=1"}},
		{"the prefix elsewhere", []string{"x" + ours, "a=x" + ours, "__Host-iamsmart-x=1"}, []string{"x" + ours, "a=x" + ours, "__Host-iamsmart-x=1"}},
		{"where some servers begin a name", []string{"(" + ours, "a=1,(" + ours, `a="b"` + ours, "a=" + ours, "a=1 " + ours, "a=[" + strings.ToUpper(ours), "b=2"}, []string{"b=2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{"Cookie": slices.Clone(c.sent)}
			upstream.StripCookies(h, cookiePrefix, nil)
			got, found := h["Cookie"]
			if !slices.Equal(got, c.want) || found != (c.want != nil) {
				t.Errorf("the app sees %q, want %q", got, c.want)
			}
		})
	}
	h := http.Header{}
	if upstream.StripCookies(h, cookiePrefix, nil); len(h) != 0 {
		t.Errorf("headers %q", h)
	}
}

func TestT31TwoCookiesOfOneNameAreSeen(t *testing.T) {
	for _, c := range []struct {
		lines []string
		value string
		n     int
	}{
		{nil, "", 0},
		{[]string{"a=1; s=x y; b=2"}, "x y", 1},
		{[]string{"s=1; s=2"}, "1", 2},
		{[]string{"a=1; s=1", "s=2"}, "1", 2},
		{[]string{"s=\"1\" ;"}, `"1"`, 1},
		{[]string{"s==="}, "==", 1},
		{[]string{"s=; s=2"}, "", 2},
		{[]string{"S=1; ss=2; xs=3; s; \"s\"=4"}, "", 0},
	} {
		if value, n := upstream.Cookies(http.Header{"Cookie": c.lines}, "s"); value != c.value || n != c.n {
			t.Errorf("%q: %q, %d, want %q, %d", c.lines, value, n, c.value, c.n)
		}
	}
}

func TestReadingCookiesAllocatesNothing(t *testing.T) {
	if raceEnabled {
		return // the race detector allocates for itself
	}
	h := http.Header{"Cookie": {"a=1; b=2", "c=3; s=4"}}
	if allocs := testing.AllocsPerRun(100, func() { upstream.Cookies(h, "s") }); allocs > 0 {
		t.Errorf("allocations = %.1f", allocs)
	}
}

func TestTheAppCannotSetACookieOfOurs(t *testing.T) {
	for _, c := range []struct{ sent, want []string }{
		{[]string{"a=1; Path=/", "b=2"}, []string{"a=1; Path=/", "b=2"}},
		{[]string{"a=1", cookiePrefix + "x-s=1; Secure", " b = \"2\" ; x"}, []string{"a=1", " b = \"2\" ; x"}},
		{[]string{cookiePrefix + "x-s=; Max-Age=0"}, nil},
		{[]string{" __host-HTTP-iamsmart-x=1", "=" + cookiePrefix + "x=1", "\"" + cookiePrefix + "x\"=1", "c=" + cookiePrefix}, []string{"c=" + cookiePrefix}},
	} {
		sent := slices.Clone(c.sent)
		h := http.Header{"Set-Cookie": sent}
		upstream.FilterSetCookie(h, cookiePrefix, nil)
		got, found := h["Set-Cookie"]
		if !slices.Equal(got, c.want) || found != (c.want != nil) {
			t.Errorf("%q becomes %q, want %q", c.sent, got, c.want)
		}
		if !slices.Equal(sent, c.sent) {
			t.Errorf("the app's own list was changed to %q", sent)
		}
	}
	h := http.Header{}
	if upstream.FilterSetCookie(h, cookiePrefix, nil); len(h) != 0 {
		t.Errorf("headers %q", h)
	}
}

var oursByReference = regexp.MustCompile(`(^|[\x00-\x20"(),/:<=>?@\[\\\]{}\x7f-\xff]|GMT)(?i:__Host-Http-iamsmart-)`)

func FuzzCookies(f *testing.F) {
	for _, seed := range []string{
		"a=1; b=2", "a=1; " + cookiePrefix + "x=1; b=2", cookiePrefix, ";;", " ; " + cookiePrefix + ";", `"` + cookiePrefix + `"=;a`, "",
		";" + cookiePrefix + ";0", " ;" + cookiePrefix + "; 0", "a=\"" + cookiePrefix + ";" + cookiePrefix + "\"", "\xff" + cookiePrefix + "=1;\xffa=1",
		"(" + cookiePrefix + ";a=GMT" + cookiePrefix, "__" + cookiePrefix,
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		h := http.Header{"Cookie": {one, two}}
		var want []string
		for _, line := range []string{one, two} {
			if kept, gone := stripByReference(line); !gone || strings.Trim(kept, " \t;") != "" {
				want = append(want, kept)
			}
		}
		upstream.StripCookies(h, cookiePrefix, nil)
		if !slices.Equal(h["Cookie"], want) {
			t.Errorf("%q and %q become %q, want %q", one, two, h["Cookie"], want)
		}
	})
}

// stripByReference is the slow and plain way: part, filter, join.
func stripByReference(line string) (kept string, gone bool) {
	var pairs []string
	begun := false
	for _, pair := range strings.Split(line, ";") {
		if oursByReference.MatchString(latin1(pair)) {
			gone = true
			continue
		}
		pairs = append(pairs, pair)
		begun = true
	}
	if !gone {
		return line, false
	}
	if begun {
		return strings.TrimLeft(strings.Join(pairs, ";"), " \t"), true
	}
	return "", true
}

// latin1 lets the expression see bytes: each becomes the character of its value.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
