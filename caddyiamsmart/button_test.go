package caddyiamsmart_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

const (
	ownLogin   = `<form action=/login method=post><input name=user><input type=password name=pass></form>`
	foreignWay = "default-src 'none'; form-action 'self'"
)

// theLink is what stands in the application's page, in each language.
func theLink(w *world, in string) (zh, en, cn string) {
	link := func(lang, button, site, more string) string {
		return `<` + in + ` lang="` + lang + `"><a href="` + w.Gate + `/iamsmart/login" target="_top">` + button + `</a> <a href="https://www.iamsmart.gov.hk/` + site + `/" target="_blank" rel="noopener">` + more + `</a></` + in + `>`
	}
	const button, more = "&#26234;&#26041;&#20415;&#30331;&#20837;", "&#20102;&#35299;&#26356;&#22810;"
	return link("zh-HK", button, "tc", more), link("en", "Login with iAM Smart", "en", "More info"), link("zh-CN", button, "sc", more)
}

// Given an application whose login page stays open, when people open it, then a link to
// the gate's stands in it, and not another byte is changed; any other answer, and whoever
// is logged in, gets what the application says.
func TestALinkStandsInTheApplicationsOwnLoginPage(t *testing.T) {
	big5, err := traditionalchinese.Big5.NewEncoder().String(`<html lang=zh-Hant><meta charset=big5><h1>許功蓋 登入</h1>`)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("<html>" + ownLogin)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(ownLogin))
	zip.Close()
	w := newWorld(t, site{Gate: "mode optional\nbutton /signin\n"})
	zhLink, enLink, cnLink := theLink(w, "p")
	const html = "text/html; charset=utf-8"
	for name, c := range map[string]struct {
		kind, page string
		status     int
		headers    map[string]string // of the answer
		want       string            // where it differs from page
	}{
		"a plain page":           {html, "<h1>登入</h1>" + ownLogin + "<p>x", 200, nil, "<h1>登入</h1>" + ownLogin + zhLink + "<p>x"},
		"in English":             {html, "<html lang=en-GB>" + ownLogin, 200, nil, "<html lang=en-GB>" + ownLogin + enLink},
		"in simplified Chinese":  {html, `<html lang="zh-Hans">` + ownLogin, 200, nil, `<html lang="zh-Hans">` + ownLogin + cnLink},
		"in Big5":                {"text/html", big5 + ownLogin, 200, nil, big5 + ownLogin + zhLink},
		"in Big5, by its header": {"text/html; charset=Big5", "\xb3\x5c" + ownLogin + "\xb3\x5c", 200, nil, "\xb3\x5c" + ownLogin + zhLink + "\xb3\x5c"},
		"careless":               {html, `<FORM><INPUT TYPE=Password></Form ><br/><!-- </form> -->`, 200, nil, `<FORM><INPUT TYPE=Password></Form >` + zhLink + `<br/><!-- </form> -->`},
		"a search form before":   {html, "<form><input type=search></form>" + ownLogin, 200, nil, "<form><input type=search></form>" + ownLogin + zhLink},
		"ends of forms that are none": {html, `<form><input type=password><!-- </form> --><script>"</form>"</script><textarea></form></textarea><a title="</form>">x</a><template></form></template></form>`, 200, nil,
			`<form><input type=password><!-- </form> --><script>"</form>"</script><textarea></form></textarea><a title="</form>">x</a><template></form></template></form>` + zhLink},
		"forms that are none":                  {html, "<!--" + ownLogin + "--><script>" + ownLogin + "</script><template>" + ownLogin + "</template>", 200, nil, ""},
		"a policy":                             {html, ownLogin, 200, map[string]string{"Content-Security-Policy": foreignWay, "Etag": `"a"`}, ownLogin + zhLink},
		"compressed all the same":              {html, packed.String(), 200, map[string]string{"Content-Encoding": "gzip"}, ""},
		"too large":                            {html, ownLogin + strings.Repeat("x", 256<<10), 200, nil, ""},
		"just not too large":                   {html, ownLogin + strings.Repeat("x", 256<<10-len(ownLogin)), 200, nil, ownLogin + zhLink + strings.Repeat("x", 256<<10-len(ownLogin))},
		"UTF-16":                               {"text/html", utf16, 200, nil, ""},
		"ISO-2022-JP":                          {"text/html; charset=iso-2022-jp", ownLogin, 200, nil, ""},
		"a frameset":                           {html, "<frameset><frame src=/x></frameset>", 200, nil, ""},
		"no login form":                        {html, "<p>Welcome</p>", 200, nil, ""},
		"an unfinished page":                   {html, "<form><input type=password><p", 200, nil, ""},
		"nothing":                              {html, "", 200, nil, ""},
		"plain text":                           {"text/plain", ownLogin, 200, nil, ""},
		"no type":                              {"", ownLogin, 200, nil, ""},
		"with trailers":                        {html, ownLogin, 200, map[string]string{"Trailer": "X-Sum"}, ""},
		"a login form in a script's eyes only": {html, "<noscript>" + ownLogin + "</noscript>", 200, nil, ""},
		"a failure":                            {html, ownLogin, 500, nil, ""},
		"not found":                            {html, ownLogin, 404, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var came *http.Request
			w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
				came = r
				rw.Header()["Content-Type"] = nil
				if c.kind != "" {
					rw.Header().Set("Content-Type", c.kind)
				}
				for name, value := range c.headers {
					rw.Header().Set(name, value)
				}
				rw.WriteHeader(c.status)
				_, _ = rw.Write([]byte(c.page))
			}
			ask := func(method, path string, headers map[string]string) *shown {
				return w.browser().ask(method, w.Gate+path, nil, func(r *http.Request) {
					r.Header.Set("Accept-Encoding", "identity") // else the client itself unpacks
					with(headers)(r)
				})
			}
			plain := map[string]string{"Accept-Encoding": "gzip", "If-None-Match": `"a"`, "Range": "bytes=0-3"}
			p := ask(http.MethodGet, "/signin", plain)
			want := c.want
			if want == "" {
				want = c.page
			}
			if p.StatusCode != c.status || p.body != want {
				t.Errorf("status %d, %d bytes:\n%.600q\nwant %d bytes:\n%.600q", p.StatusCode, len(p.body), p.body, len(want), want)
			}
			if came.Header.Get("Accept-Encoding") != "identity" || came.Header.Get("Range") != "" || came.Header.Get("If-None-Match") != "" {
				t.Errorf("the application was asked with %v", came.Header)
			}
			if policy := c.headers["Content-Security-Policy"]; p.Header.Get("Content-Security-Policy") != policy {
				t.Errorf("the policy is %q", p.Header.Get("Content-Security-Policy"))
			}
			if changed := c.want != ""; changed && (p.Header.Get("Etag") != "" || p.Header.Get("Content-Length") != strconv.Itoa(len(want))) {
				t.Errorf("it goes out with %v", p.Header)
			}
			for other, q := range map[string]*shown{
				"another path": ask(http.MethodGet, "/signin/x", nil), "the path in disguise": ask(http.MethodGet, "/x/..%2fsignin", nil), "a form": ask(http.MethodPost, "/signin", nil),
				"a script": ask(http.MethodGet, "/signin", map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}),
			} {
				if q.body != c.page {
					t.Errorf("%s is changed: %.300q", other, q.body)
				}
			}
		})
	}
	t.Run("it leads to the login, and who is logged in does not see it", func(t *testing.T) {
		w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", html)
			if r.URL.Path == "/signin" {
				_, _ = rw.Write([]byte(ownLogin))
			}
		}
		b := w.browser()
		b.visit("/signin").want(t, 200, "智方便登入")
		b.follow(b.decide(b.visit("/iamsmart/login"), "chan", "approve"))
		b.linkUp("chan.sm", "night-shift-7").want(t, 200)
		if p := b.visit("/signin"); p.body != ownLogin {
			t.Errorf("they see %q", p.body)
		}
	})
}

// A selector says where the link stands.
func TestASelectorSaysWhereTheLinkStands(t *testing.T) {
	const page = `<html><head><title id=a>x</title></head><body class="login wide"><div id=a>A</div><p class="b c">B</p><script id=d></script><img id=e>E`
	for selector, want := range map[string]string{
		`"#a"`: `<div id=a>|A`, `p.c`: `<p class="b c">|B`, `.b`: `<p class="b c">|B`, `div`: `<div id=a>|A`, `"#e"`: `<img id=e>|E`, `body.wide`: `<body class="login wide">|<div`,
		`"#d"`: "", `".absent"`: "",
	} {
		t.Run(selector, func(t *testing.T) {
			w := newWorld(t, site{Gate: "mode optional\nbutton /signin " + selector + "\n"})
			w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = rw.Write([]byte(page))
			}
			zhLink, _, _ := theLink(w, "span")
			got := strings.Replace(w.browser().visit("/signin").body, zhLink, "|", 1)
			if want == "" && got != page || want != "" && (!strings.Contains(got, want) || strings.Replace(got, "|", "", 1) != page) {
				t.Errorf("the page is %s", got)
			}
		})
	}
}

// Given a button that finds no place, then the log says once why, for each reason; once it
// has found one, the other answers at its path are no login pages, and nothing is said.
func TestTheLogSaysWhyThereIsNoLink(t *testing.T) {
	var status int
	var page, kind string
	newApp := func(t *testing.T) *world {
		w := newWorld(t, site{Gate: "mode optional\nbutton /signin\n"})
		w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", kind)
			rw.WriteHeader(status)
			_, _ = rw.Write([]byte(page))
		}
		return w
	}
	answers := []struct {
		status             int
		kind, page, reason string
	}{
		{401, "text/html", ownLogin, "its status is not 200"},
		{200, "application/xhtml+xml", ownLogin, "its Content-Type is not text/html"},
		{200, "text/html; charset=utf-16", ownLogin, "its character encoding"},
		{200, "text/html", ownLogin + strings.Repeat("x", 300<<10), "it is larger than 256 KiB"},
		{200, "text/html", "<p>Welcome", "it has no form with a password field"},
	}
	open := func(w *world) {
		for range 2 {
			for _, a := range answers {
				status, kind, page = a.status, a.kind, a.page
				w.browser().visit("/signin").want(w.t, a.status)
			}
		}
	}
	t.Run("never a link", func(t *testing.T) {
		w := newApp(t)
		open(w)
		for _, a := range answers {
			if n := strings.Count(w.log(), a.reason); n != 1 {
				t.Errorf("the log says %d times that %s", n, a.reason)
			}
		}
	})
	t.Run("once a link", func(t *testing.T) {
		w := newApp(t)
		status, kind, page = 200, "text/html", ownLogin
		w.browser().visit("/signin").want(t, 200, "智方便登入")
		open(w)
		if strings.Contains(w.log(), "stays as it is") {
			t.Error("the log complains of pages that are no login pages")
		}
	})
}

// Given an application that sends its login page in parts, slowly, then it arrives whole,
// with the link; one that breaks off arrives nowhere as if it were whole.
func TestALoginPageInPartsGetsItsLink(t *testing.T) {
	w := newWorld(t, site{Gate: "mode optional\nbutton /signin\n"})
	zhLink, _, _ := theLink(w, "p")
	breaks := false
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		for n := range len(ownLogin) {
			_, _ = rw.Write([]byte(ownLogin[n : n+1]))
			http.NewResponseController(rw).Flush()
			if breaks && n > len(ownLogin)/2 {
				panic(http.ErrAbortHandler)
			}
		}
	}
	if p := w.browser().visit("/signin"); p.body != ownLogin+zhLink {
		t.Errorf("it is %q", p.body)
	}
	breaks = true
	if p, err := w.browser().try(http.MethodGet, w.Gate+"/signin", nil, nil); err == nil && p.StatusCode == 200 {
		t.Errorf("half a page arrives as a whole one: %q", p.body)
	}
}
