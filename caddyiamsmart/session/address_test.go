package session_test

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
)

const prefix = "/iamsmart"

func TestOrdinaryAddressesAreReturnedTo(t *testing.T) {
	for _, address := range []string{
		"/", "/index.php", "/records/ward-3/list.php?page=2&sort=name",
		"/app/list.do;jsessionid=1F2E3D4C5B6A.node1?x=1", "/app/;v=1/list", "/folder;a=b/page;c=d",
		"/files/a%2Fb", "/files/a%2fb/c", "/search/%A4%A4%A4%E5", "/%A5%5C%AF%E0/list.asp", // 功能 in Big5
		"/%E5%AE%89%E8%80%81/%E8%A8%98%E9%8C%84", "/search?q=%A5%5C&x=%5c%5cserver%5cshare",
		"/go?to=http://other.example/", "/go?to=//other.example//x", "/go?to=https%3A%2F%2Fother.example", "/?//other.example",
		"/a?b=c?d=e", `/scan?from=C:\scans\1.tif`, `/?\\other.example`, "/a?x=/../..", "/a?x=%0d%0a", "/?returnTo=/iamsmart/login", "/?x=%", "/?",
		"/a//b", "/a/b//", "/a.b/..c/...", "/.well-known/x", "/a@b", "/user@other.example", "/a:80/b", "/http://other.example/",
		"/~chan/", "/a%20b", "/a+b", "/%7Echan", "/50%25.pdf", "/100%25", "/a%2525", "/100%25/x%2520y", "/a,b!c$d&e'(f)*",
		"/iamsmarter", "/iamsmart-news", "/app/iamsmart/login", "/iamsmart.html",
		"/" + strings.Repeat("a", 511),
	} {
		if got := session.Address(address, prefix); got != address {
			t.Errorf("%q becomes %q", address, got)
		}
	}
}

func TestT46ThePagesOfTheGateAreNotReturnedTo(t *testing.T) {
	for _, address := range []string{
		"/iamsmart", "/iamsmart/", "/iamsmart/login", "/iamsmart/logout", "/iamsmart/callback?code=x&state=y", "/iamsmart?x=1",
		"/IAMSMART/login", "/iAmSmart/Callback", "/%69amsmart/login", "/%2569amsmart/login", "/iamsmart%2flogin", "/iamsmart%5Clogin",
		"/iamsmart%252flogin", "/iamsmart/x%00", "/iamsmart/language",
	} {
		if got := session.Address(address, prefix); got != "/" {
			t.Errorf("%q becomes %q", address, got)
		}
	}
	if got := session.Address("/iamsmart/login", "/gate"); got != "/iamsmart/login" {
		t.Errorf("under another prefix it becomes %q", got)
	}
}

func TestT47AddressesThatLeadAwayBecomeTheFirstPage(t *testing.T) {
	for _, address := range []string{
		"", "x", "index.php", "?x", "*", "#", ".", "..", "./", "../x", "other.example", "@other.example",
		"http://other.example/", "https:other.example", "HTTPS://records.example/", "javascript:alert(1)", "data:text/html,x",
		"//", "//other.example", "///other.example", "////other.example/%2f..", "/\\other.example", "\\/other.example", "\\\\other.example",
		"/\\\\other.example", "/a\\b", "//\\other.example", "/%5cother.example", "/%5Cother.example", "/%2fother.example", "/%2Fother.example",
		"/%2f%2fother.example", "/%5c%5cother.example", "/%5c/other.example", "/%255cother.example", "/%252fother.example",
		"/\tother.example", "/\t/other.example", "/\n/other.example", "/\r\n/other.example", "/%09/other.example", "/%0a/other.example",
		"/%0d%0aLocation:%20x", "/a%00b", "/a b", " /a", "/a ", "\t/a", "/a\x7f", "/a\x00", "/a\x1fb", "/a#b", "/#",
		"/.", "/..", "/./a", "/../a", "/a/..", "/a/../b", "/a/.", "/..//other.example", "/.//other.example", "/a/..//other.example",
		"/%2e%2e//other.example", "/%2E./other.example", "/.%2e/other.example", "/%252e%252e//other.example", "/a/..;/b", "/a/..;x=1/b",
		"/a/.;/b", "/a/..%3b/b", "/a/..%2fb", "/a%2f..%2fb", "/a/..%5cb", "/a%5c..%5cb", "/%2e", "/a/%2e/b",
		"/public/..%2F%5cgithub.com%2F%3f%2F..%2F..",
		"/a%zz", "/a%", "/a%2", "/%u002e%u002e/x",
		"/100%25/%252e%252e/a", "/%25%32%65%25%32%65/a", "/%25252e%25252e/a", "/%2525252e/a",
		"/" + strings.Repeat("a", 512), "/" + strings.Repeat("/a", 9999),
	} {
		if got := session.Address(address, prefix); got != "/" {
			t.Errorf("%q becomes %q", address, got)
		}
	}
}

// lands is the host that a browser goes to from the site when it reads an
// address as the URL standard says, more loosely than net/url: blanks around it
// go, tabs and line ends anywhere go, a backslash is a slash.
func lands(address string) string {
	address = strings.TrimFunc(address, func(r rune) bool { return r <= ' ' })
	address = strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(address)
	if !strings.HasPrefix(address, "//") {
		if scheme, _, ok := strings.Cut(address, ":"); ok && !strings.ContainsAny(scheme, "/?#") {
			return "by scheme " + scheme
		}
		return "records.example"
	}
	authority := strings.TrimLeft(address, "/")
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	return authority[strings.LastIndex(authority, "@")+1:]
}

// stays checks what Address made of anything: the first page, or what was asked
// for, if that is a path of this very site and of nothing of the gate's.
func stays(t *testing.T, target string) {
	t.Helper()
	got := session.Address(target, prefix)
	if got == "/" {
		return
	}
	if got != target {
		t.Errorf("%q becomes %q, neither itself nor the first page", target, got)
	}
	if got[0] != '/' || len(got) > 512 {
		t.Errorf("%q is no path, or one of %d bytes", got, len(got))
	}
	if host := lands(got); host != "records.example" {
		t.Errorf("%q leads a browser to %q", got, host)
	}
	base := &url.URL{Scheme: "https", Host: "records.example", Path: "/"}
	to, err := base.Parse(got)
	if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || to.User != nil {
		t.Errorf("%q is resolved to %v: %v", got, to, err)
		return
	}
	for range 3 { // and so does every path that a server behind may make of it
		if host := lands(to.Path); host != "records.example" {
			t.Errorf("%q, decoded to %q, leads to %q", got, to.Path, host)
		}
		for segment := range strings.SplitSeq(strings.ReplaceAll(to.Path, "\\", "/"), "/") {
			if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
				t.Errorf("%q, decoded to %q, climbs", got, to.Path)
			}
		}
		if lower := strings.ToLower(to.Path); lower == prefix || strings.HasPrefix(lower, prefix+"/") {
			t.Errorf("%q, decoded to %q, is the gate's own", got, to.Path)
		}
		again, err := url.PathUnescape(to.Path)
		if err != nil || again == to.Path {
			return
		}
		to.Path = again
	}
}

// TestT45NoAddressLeadsAway tries every combination of how an address may begin,
// what host it may name, and what may follow.
func TestT45NoAddressLeadsAway(t *testing.T) {
	marks := []string{"", "/", "\\", "%2f", "%5C", "%252f", "\t", "\n", "%09", "%0d", " ", "%20", ".", "..", "%2e%2e", ";", "..;", "@", ":", "\x00", "%00", "〱", "?", "#"}
	hosts := []string{"other.example", "records.example@other.example", "http://other.example", "https:other.example", "javascript:alert(1)", "%6fther.example", "2130706433"}
	tails := []string{"", "/", "/..", "/%2e%2e", "%2f..", "//", "?x=//y", "#@records.example"}
	tried := 0
	for _, first := range []string{"", "/", "//", "/a/", "/a;b/"} {
		for _, a := range marks {
			for _, b := range marks {
				for _, host := range hosts {
					for _, tail := range tails {
						stays(t, first+a+b+host+tail)
						tried++
					}
				}
			}
		}
	}
	if t.Logf("%d addresses", tried); tried < 100_000 {
		t.Errorf("only %d addresses were tried", tried)
	}
}

// TestT45CollectedAddresses tries what others have found to work on others,
// where such a collection lies beside the repository.
func TestT45CollectedAddresses(t *testing.T) {
	collected, err := os.ReadFile("../../../shared/corpus/openredirects.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	tried, first := 0, 0
	for line := range strings.Lines(string(collected)) {
		line = strings.TrimRight(line, "\r\n")
		for _, target := range []string{line, "/" + line, "/a/" + line, strings.TrimSpace(line)} {
			stays(t, target)
			tried++
		}
		if session.Address(line, prefix) == "/" {
			first++
		}
	}
	if t.Logf("%d addresses, %d of the lines become the first page", tried, first); tried < 4*500 {
		t.Errorf("only %d addresses were tried", tried)
	}
}
