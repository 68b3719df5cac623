package form

import (
	"reflect"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// Whatever an app's page holds, a block with it reads back as what was meant,
// or is not written.
func FuzzBlock(f *testing.F) {
	for _, seed := range [][3]string{
		{"http://app.example/doku.php?id=start&do=login", "Logged in as:", `\(<bdi>([^<]+)</bdi>`},
		{"http://app.example/a#b", `say "hello"`, "`"},
		{"https://app.example/{$HOME}", "{env.HOME} {file./etc/passwd}", "{block}"},
		{"http://app.example/", "歡迎 # no comment", `ends in \`},
		{"http://app.example/", "not", "{"}, {"x", "}", "\n}\n"}, {"", " a ", "<<END"}, {"http://a/", `\"`, `a"b\`}, {"import", "&(x)", "'"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, url, text, pattern string) {
		meant := &Form{
			URL: url, UserField: text, PasswordField: "pass", Account: pattern, Logout: "/logout",
			Success: []Rule{{Sign: "body", Value: text}, {Not: true, Sign: "body", Value: pattern}},
			Failure: []Rule{{Sign: "location", Value: url}},
			Expired: []Rule{{Sign: "body", Value: text}}, SecondFactor: []Rule{{Sign: "json", Value: text}},
			Confirm: &Confirm{Path: url, Text: text},
		}
		written, err := meant.block("# a comment")
		if err != nil {
			return
		}
		read, err := readBlock(written)
		if err != nil {
			t.Fatalf("%v:\n%s", err, written)
		}
		if !reflect.DeepEqual(read, meant) {
			t.Fatalf("meant %+v, read %+v:\n%s", meant, read, written)
		}
		// As part of a whole file, where Caddy replaces and imports.
		blocks, err := caddyfile.Parse("Caddyfile", []byte("example.com {\n\tiamsmart {\n"+written+"\t}\n}\n"))
		if err != nil || len(blocks) != 1 || len(blocks[0].Segments) != 1 {
			t.Fatalf("%d blocks, %v:\n%s", len(blocks), err, written)
		}
		tokens := blocks[0].Segments[0]
		d := caddyfile.NewDispenser(tokens[2 : len(tokens)-1])
		d.Next()
		read = new(Form)
		if err := read.UnmarshalCaddyfile(d); err != nil || !reflect.DeepEqual(read, meant) {
			t.Fatalf("%v: meant %+v, in a file %+v:\n%s", err, meant, read, written)
		}
	})
}

// Whatever a server sends, what a probe reads of a page is where it says, and
// what it would put into a rule is in the source.
func FuzzView(f *testing.F) {
	for _, seed := range []string{
		`<p>Logged in as: <b>alice</b></p><a href="/logout?k=1">Log <i>out</i></a>`,
		`<script>alert("no");top.location.href='/in'</script><meta http-equiv=refresh content="0;url=/x">`,
		`<frameset><frame src=/a></frameset><a href=x><img alt=登出></a><a>`, "<title>\x00</title>\r\n&amp;<textarea></p>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p := readPage(nil, []byte(source), "text/html; charset=utf-8")
		s := p.seen()
		for _, r := range s.view.runs {
			if r.text == "" || r.begin < 0 || r.begin+len(r.text) > len(p.text) || p.text[r.begin:r.begin+len(r.text)] != r.text {
				t.Fatalf("%q is not at %d", r.text, r.begin)
			}
			for _, phrase := range phrases(r.text, "alice") {
				if !p.holds(phrase) || !writable(phrase) {
					t.Fatalf("%q can be no rule", phrase)
				}
			}
		}
		for _, at := range occurrences(s, "alice") {
			_ = patternAt(s, at, len("alice"))
		}
	})
}
