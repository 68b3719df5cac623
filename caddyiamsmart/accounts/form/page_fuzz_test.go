package form

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// The reader and the finder of forms take whatever a server sends. For any
// bytes: nothing panics or takes long, each control belongs to one form at
// most, and what was typed goes where a form that holds both fields says, in
// the body of a POST and never in an address.
func FuzzLoginForm(f *testing.F) {
	for _, seed := range []string{
		`<form method=post><input name=u><input name=p type=password></form>`,
		`<table><form method=post action=/in><tr><td><input name=u><td><input name=p></form></table>`,
		`<form><input name=q></form><form method=POST id=a><input name=u></form><input form=a name=p>`,
		`<input form=late name=u><input form=late name=p><form method=post id=late><button formaction=x></form>`,
		`<form method=post><fieldset disabled><legend><input name=u></legend><input name=p></fieldset></form>`,
		`<form method=post><template><input name=u></template><select name=p><option>1<option selected>2</select>`,
		`<form method=post enctype=multipart/form-data accept-charset="x big5"><textarea name=u>` + "\n\r\n" + `</textarea><input name=p><input type=file name=f><input type=image name=i>`,
		`<base href="http://other/"><form method=post action="?a=b#c"><input name=u><input name=p><input type=hidden name=_charset_>`,
		"\xfe\xff\x00<\x00f", "<meta charset=utf-16><form method=post><input name=u><input name=p>", "<select><select><option><form>", "</form></select></fieldset></template>",
	} {
		f.Add([]byte(seed), "text/html")
	}
	for _, name := range []string{"testdata/token.php", "testdata/simple.php", "testdata/big5.php"} {
		page, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page, "text/html; charset=big5")
	}
	at := &url.URL{Scheme: "http", Host: "app.example", Path: "/login", RawQuery: "a=b"}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		p := readPage(at, body, contentType)
		owners := make(map[*control]int)
		for _, form := range p.forms {
			for _, c := range form.controls {
				owners[c]++
			}
		}
		for _, c := range p.loose {
			owners[c]++
		}
		for _, n := range owners {
			if n != 1 {
				t.Fatalf("a control has %d owners", n)
			}
		}
		for _, form := range p.forms {
			if r, err := p.submission(form, nil); err == nil && r.url == nil {
				t.Fatal("a submission without address")
			}
		}

		form := p.loginForm("u", "p")
		if form == nil {
			return
		}
		if !p.holdsLogin("u", "p") {
			t.Fatal("the login form is found, and yet not in the page")
		}
		const user, password = "typed-user-7Q", "typed-password-7Q"
		r, err := p.submission(form, map[string]string{"u": user, "p": password})
		if err != nil {
			return
		}
		if r.method != http.MethodPost {
			t.Fatalf("the login form is sent by %s", r.method)
		}
		if strings.Count(string(r.body), user) != 1+strings.Count(string(body), user) && !strings.Contains(string(body), "typed-") {
			t.Fatalf("the name is not in the body once: %q", r.body)
		}
		if strings.Contains(r.url.String(), "typed-") && !strings.Contains(string(body), "typed-") {
			t.Fatalf("what was typed is in the address: %s", r.url)
		}
	})
}

// Given the longest page that is read, made to be slow, when it is read, then
// that takes a moment.
func TestReadingTheWorstPageIsQuick(t *testing.T) {
	at := &url.URL{Scheme: "http", Host: "app.example", Path: "/"}
	for _, piece := range []string{
		"<form>", "<input name=u>", "<fieldset disabled><input name=u>", "<select><option>", "<option>x<b>", "<input form=a>",
		"<form id=a></form>", "<a href=/>", "<b>", "&amp;", "<textarea>", "<template>", "<!--", "<input " + strings.Repeat("a=b ", 50) + ">",
	} {
		body := []byte("<form method=post><select name=s><option>" + strings.Repeat(piece, worstPage/len(piece)))
		began := time.Now()
		p := readPage(at, body[:worstPage], "text/html")
		p.loginForm("u", "p")
		p.holdsLogin("u", "p")
		for _, f := range p.forms[:min(len(p.forms), 10)] {
			if _, err := p.submission(f, nil); err != nil {
				t.Errorf("%s: %v", piece, err)
			}
		}
		took := time.Since(began)
		if took > 10*time.Second {
			t.Errorf("a page of %q took %s", piece, took)
		}
		t.Logf("%-40.40q %s", piece, took)
	}
}
