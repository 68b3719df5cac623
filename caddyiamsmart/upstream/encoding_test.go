package upstream_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/traditionalchinese"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// read gives back what an app reads from a header that is encoded so, by code that
// is not the gate's own where there is such.
var read = map[string]func(string) (string, error){
	"utf8":    func(s string) (string, error) { return s, nil },
	"latin1":  func(s string) (string, error) { return charmap.ISO8859_1.NewDecoder().String(s) },
	"big5":    func(s string) (string, error) { return traditionalchinese.Big5.NewDecoder().String(s) },
	"percent": url.PathUnescape,
	"base64": func(s string) (string, error) {
		text, err := base64.StdEncoding.DecodeString(s)
		return string(text), err
	},
	"rfc8187": func(s string) (string, error) {
		_, params, err := mime.ParseMediaType("x; name*=" + s)
		return params["name"], err
	},
}

// zh is what the name of somebody becomes under an encoding.
func zh(t *testing.T, encoding, name string) (string, error) {
	t.Helper()
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Name", Template: "{iamsmart.name.zh}", Encoding: encoding})
	header, err := stamped(h, upstream.Identity{NameZH: name}, nil)
	return header.Get("X-Name"), err
}

func TestEachEncodingSendsTheseBytes(t *testing.T) {
	for _, c := range []struct{ encoding, text, want string }{
		{"", "陳大文 a", "陳大文 a"},
		{"utf8", "陳大文", "陳大文"},
		{"latin1", "Ana Muñoz", "Ana Mu\xf1oz"},
		{"latin1", "ÿ", "\xff"},
		{"big5", "陳大文", "\xb3\xaf\xa4\x6a\xa4\xe5"},
		{"big5", "許功蓋", "\xb3\x5c\xa5\x5c\xbb\x5c"}, // the second byte is that of a backslash
		{"big5", "CHAN, Tai Man", "CHAN, Tai Man"},
		{"base64", "陳大文", "6Zmz5aSn5paH"},
		{"base64", "a", "YQ=="},
		{"base64", "??>", "Pz8+"},
		{"percent", "陳 a,b;c%-._~/+", "%E9%99%B3%20a%2Cb%3Bc%25-._~%2F%2B"},
		{"rfc8187", "陳, a!#$&+-.^_`|~'*", "UTF-8''%E9%99%B3%2C%20a!#$&+-.^_`|~%27%2A"},
	} {
		got, err := zh(t, c.encoding, c.text)
		if err != nil || got != c.want {
			t.Errorf("%s of %s: %q, %v; want %q", c.encoding, c.text, got, err, c.want)
		}
	}
}

// Characters of the Hong Kong supplement that stand in names of people and places.
func TestBig5HasTheHongKongSupplement(t *testing.T) {
	for _, text := range []string{"峯", "喆", "深水埗", "南邨", "綫", "粧", "着", "栢", "堃", "鋕", "嬅", "滙", "炘", "琤", "鰂魚涌", "衞", "裏", "啟", "𨋢", "甴曱", "𤓓"} {
		got, err := zh(t, "big5", text)
		back, failed := read["big5"](got)
		if err != nil || failed != nil || back != text || got == text {
			t.Errorf("%s goes out as %x, %v", text, got, err)
		}
	}
}

func TestT12WhatAnEncodingCannotHoldIsAnError(t *testing.T) {
	for encoding, texts := range map[string][]string{
		"latin1": {"陳", "€", "a\u0304", "Œ"},
		"big5":   {"ñ", "Ł", "简", "䂖", "😀", "㐅a"},
	} {
		for _, text := range texts {
			got, err := zh(t, encoding, text)
			var fault *upstream.HeaderError
			if !errors.As(err, &fault) || got != "" || !strings.Contains(fault.Reason, "utf8, base64") {
				t.Errorf("%s of %s goes out as %q, %v", encoding, text, got, err)
			}
			if strings.Contains(fmt.Sprint(err), text) {
				t.Errorf("the error holds the value: %v", err)
			}
		}
	}
}

// Given an account name that an app could take for another, then only an encoding
// that escapes it may carry it.
func TestT10T12AccountNamesInEachEncoding(t *testing.T) {
	for _, encoding := range upstream.Encodings() {
		escapes := slices.Contains([]string{"base64", "percent", "rfc8187"}, encoding)
		h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Iam-User", Template: "{iamsmart.account}", Encoding: encoding})
		for account, ok := range map[string]bool{
			"chan.tm": true, "HOME\\chan": true, "chan@example.test": true,
			"chan,admin": escapes, "chan;admin": escapes, "100%": escapes, " chan": escapes, "chan ": escapes, "chan\u00a0": escapes,
			"陳大文": encoding != "latin1", "許": escapes || encoding == "utf8",
			"": false, "chan\r\nX-Role: admin": false, "chan\x00": false, "chan%0d%0aX-Role: admin": false, "\u202enimda": false, "chan\u200b": false,
			"chan\xff": false, "chan\ufffd": false, strings.Repeat("a", 257): false,
			strings.Repeat("a", 256): encoding != "base64" && encoding != "rfc8187", // counted as it goes out
			strings.Repeat("陳", 80):  encoding == "utf8" || encoding == "big5",
		} {
			header, err := stamped(h, upstream.Identity{Account: account}, nil)
			if !ok {
				requireHeaderError(t, h, upstream.Identity{Account: account}, "X-Iam-User")
				continue
			}
			back, failed := read[encoding](header.Get("X-Iam-User"))
			if err != nil || failed != nil || back != account {
				t.Errorf("%s: %q goes out as %q, %v", encoding, account, header, err)
			}
		}
	}
}

func TestOfAFallbackTheFirstWithAValueGoes(t *testing.T) {
	const template = "{iamsmart.name.zh|account.nick|name.en}"
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Name", Template: "Dr {iamsmart.name.zh|account.nick|name.en}"})
	for want, id := range map[string]upstream.Identity{
		"Dr 陳大文":  {NameZH: "陳大文", NameEN: "CHAN, Tai Man", Attributes: map[string][]string{"nick": {"TM"}}},
		"Dr TM":   {NameEN: "CHAN, Tai Man", Attributes: map[string][]string{"nick": {"TM"}}},
		"Dr CHAN": {NameEN: "CHAN", Attributes: map[string][]string{"nick": {""}}},
		"":        {Account: "chan"},
	} {
		header, err := stamped(h, id, nil)
		if got := header.Get("X-Name"); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", template, got, err, want)
		}
	}
	if got := h.ProfileFields(); !slices.Equal(got, []string{"name.zh", "name.en"}) {
		t.Errorf("iAM Smart is asked for %q", got)
	}
	if got := h.Attributes(); !slices.Equal(got, []string{"nick"}) {
		t.Errorf("attributes %q", got)
	}
}

// A header that may hold the account is one of an account, whatever it holds.
func TestT12AFallbackWithTheAccountIsHeldToItsRules(t *testing.T) {
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Iam-User", Template: "{iamsmart.account.login|account}"})
	login := func(s string) upstream.Identity {
		return upstream.Identity{Account: "chan", Attributes: map[string][]string{"login": {s}}}
	}
	if header, err := stamped(h, login("Chan.TM"), nil); err != nil || header.Get("X-Iam-User") != "Chan.TM" {
		t.Errorf("%q, %v", header, err)
	}
	if header, err := stamped(h, login(""), nil); err != nil || header.Get("X-Iam-User") != "chan" {
		t.Errorf("%q, %v", header, err)
	}
	for _, bad := range []string{"chan,admin", "100%", strings.Repeat("a", 257)} {
		requireHeaderError(t, h, login(bad), "X-Iam-User")
	}
	requireHeaderError(t, h, upstream.Identity{}, "X-Iam-User")
	requireHeaderError(t, h, upstream.Identity{Account: "chan", Attributes: map[string][]string{"login": {"a", "b"}}}, "X-Iam-User")
}

func TestSeveralValuesGoAsTheOperatorSays(t *testing.T) {
	spec := func(joined string, lines bool, encoding string) upstream.HeaderSpec {
		return upstream.HeaderSpec{Name: "X-Ward", Template: "W-{iamsmart.account.ward}", Joined: joined, Lines: lines, Encoding: encoding}
	}
	many := slices.Repeat([]string{strings.Repeat("w", 40)}, 65)
	for _, c := range []struct {
		spec   upstream.HeaderSpec
		values []string
		want   []string // nil: an error
	}{
		{spec("", false, ""), []string{"2A"}, []string{"W-2A"}},
		{spec("", false, ""), []string{"2A", "3B"}, nil},
		{spec("", false, ""), []string{"2A", "2A"}, nil},
		{spec(",", false, ""), []string{"2A"}, []string{"W-2A"}},
		{spec(",", false, ""), []string{"2A", "3B"}, []string{"W-2A,W-3B"}},
		{spec(", ", false, ""), []string{"2A", "3B"}, []string{"W-2A, W-3B"}},
		{spec("", true, ""), []string{"2A", "3,B"}, []string{"W-2A", "W-3,B"}},
		{spec(",", false, ""), []string{"2A", "3,B"}, nil},
		{spec(", ", false, ""), []string{"2A", "3,B"}, nil},
		{spec(",", false, ""), []string{"3,B"}, nil}, // one value would become two
		{spec("::", false, ""), []string{"a:", "b"}, nil},
		{spec(",", false, "percent"), []string{"2A", "3,B"}, []string{"W-2A,W-3%2CB"}},
		{spec("-", false, "percent"), []string{"2A", "3B"}, nil}, // a hyphen is not escaped
		{spec("=", false, "base64"), []string{"2A", "3B"}, nil},
		{spec("|", false, "big5"), []string{"大", "文"}, []string{"W-\xa4\x6a|W-\xa4\xe5"}},
		{spec("|", false, "big5"), []string{"育", "文"}, nil}, // \xa8\x7c: the bar is its second byte
		{spec(",", false, ""), []string{"2A", ""}, nil},
		{spec(",", false, ""), []string{"", ""}, []string{}},
		{spec(",", false, ""), many, nil},
		{spec("", true, ""), many[:64], []string{}}, // replaced below
		{spec("", true, ""), slices.Repeat([]string{strings.Repeat("w", 70)}, 60), nil},
		{spec("", true, ""), []string{"ok", strings.Repeat("w", 1023)}, nil},
		{spec("", true, ""), []string{"ok", "a\nb"}, nil},
	} {
		if len(c.values) == 64 {
			c.want = slices.Repeat([]string{"W-" + many[0]}, 64)
		}
		h := mustHeaders(t, c.spec)
		id := upstream.Identity{Attributes: map[string][]string{"ward": c.values}}
		if c.want == nil {
			requireHeaderError(t, h, id, "X-Ward")
			continue
		}
		header, err := stamped(h, id, http.Header{"X-Ward": {"admin"}})
		if got := header["X-Ward"]; err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q %v of %q: %q, %v; want %q", c.spec.Joined, c.spec.Lines, c.values, got, err, c.want)
		}
	}
	two := mustHeaders(t, upstream.HeaderSpec{Name: "X-Ward", Template: "{iamsmart.account.ward}/{iamsmart.account.role}", Lines: true})
	attributes := map[string][]string{"ward": {"2A", "3B"}, "role": {"nurse"}}
	if header, err := stamped(two, upstream.Identity{Attributes: attributes}, nil); err != nil || !slices.Equal(header["X-Ward"], []string{"2A/nurse", "3B/nurse"}) {
		t.Errorf("%q, %v", header, err)
	}
	attributes["role"] = []string{"nurse", "cook"}
	requireHeaderError(t, two, upstream.Identity{Attributes: attributes}, "X-Ward")
}

func TestAMistakeInWhatStandsBehindATemplateIsExplained(t *testing.T) {
	const ward = "{iamsmart.account.ward}"
	for _, c := range []struct {
		spec upstream.HeaderSpec
		want string
	}{
		{upstream.HeaderSpec{Template: "a", Encoding: "big-5"}, `unknown encoding "big-5"; expected one of: utf8, latin1, big5, base64, percent, rfc8187 (did you mean 'big5'?)`},
		{upstream.HeaderSpec{Template: "職員 {iamsmart.account}", Encoding: "latin1"}, "latin1 does not have every character"},
		{upstream.HeaderSpec{Template: ward, Joined: ",", Lines: true}, "joined and lines exclude each other"},
		{upstream.HeaderSpec{Template: ward, Joined: "a"}, `"a" is no separator`},
		{upstream.HeaderSpec{Template: ward, Joined: "  "}, "not blanks alone"},
		{upstream.HeaderSpec{Template: ward, Joined: "\r\n"}, "is no separator"},
		{upstream.HeaderSpec{Template: ward, Joined: "，"}, "is no separator"},
		{upstream.HeaderSpec{Template: ward, Joined: "---------"}, "1 to 8 signs"},
		{upstream.HeaderSpec{Template: "{iamsmart.account}" + ward, Lines: true}, "holds one value"},
		{upstream.HeaderSpec{Template: "{iamsmart.person}", Joined: ","}, "nothing in the template has several values"},
		{upstream.HeaderSpec{Template: strings.Repeat("é", 200) + "{iamsmart.account}", Encoding: "percent"}, "1200 bytes of literals, and a value may have 256"},
	} {
		c.spec.Name = "X-Iam"
		_, err := upstream.NewHeaders([]upstream.HeaderSpec{c.spec})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"X-Iam"`) {
			t.Errorf("%+v: error %v, want %q in it", c.spec, err, c.want)
		}
	}
}

// What goes out is read back as what went in, byte for byte over HTTP/1.1, or does
// not go out at all.
func TestEncodedBytesReachTheAppAsTheyAre(t *testing.T) {
	a := newApp(t)
	server := gatedBy(t, a, upstream.HeaderSpec{Name: "X-Latin", Template: "Muñoz{iamsmart.realm}", Encoding: "latin1"},
		upstream.HeaderSpec{Name: "X-Big", Template: "許功蓋{iamsmart.realm}峯", Encoding: "big5"},
		upstream.HeaderSpec{Name: "X-Lines", Template: "{iamsmart.account.ward}", Encoding: "big5", Lines: true})
	if status := say(t, server, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	_, header, _ := a.seen()
	for name, want := range map[string][]string{"X-Latin": {"Mu\xf1ozr"}, "X-Big": {"\xb3\x5c\xa5\x5c\xbb\x5cr\xfb\xdf"}, "X-Lines": {"\xb3\x5c", "\xa5\x5c"}} {
		if !slices.Equal(header[name], want) {
			t.Errorf("%s arrives as %q, want %q", name, header[name], want)
		}
	}
}

func FuzzHeaderValue(f *testing.F) {
	for i := range upstream.Encodings() {
		f.Add(byte(i), "陳, 大文", "a;b%", "|")
		f.Add(byte(i), "許", "育a ", ", ")
	}
	f.Fuzz(func(t *testing.T, n byte, one, two, separator string) {
		encoding := upstream.Encodings()[int(n)%len(upstream.Encodings())]
		h, err := upstream.NewHeaders([]upstream.HeaderSpec{{Name: "X-W", Template: "{iamsmart.account.w}", Encoding: encoding, Joined: separator, Lines: separator == ""}})
		if err != nil {
			return
		}
		header, err := stamped(h, upstream.Identity{Attributes: map[string][]string{"w": {one, two}}}, nil)
		if err != nil || one == "" && two == "" {
			if len(header) > 0 {
				t.Fatalf("%q, %v", header, err)
			}
			return
		}
		parts := header["X-W"]
		if separator != "" {
			parts = strings.Split(parts[0], separator)
		}
		if len(parts) != 2 {
			t.Fatalf("%q and %q in %s with %q are %q", one, two, encoding, separator, header)
		}
		for i, want := range []string{one, two} {
			if got, err := read[encoding](parts[i]); err != nil || got != want {
				t.Errorf("%q in %s is read as %q, %v", want, encoding, got, err)
			}
			if strings.ContainsFunc(parts[i], func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%q in %s holds a control character: %q", want, encoding, parts[i])
			}
		}
	})
}
