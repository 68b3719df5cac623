package ldap_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/accounts/ldap"
)

// Given a block with everything in it, when Caddy reads it, then the JSON that
// it becomes says the same.
func TestCaddyfileBecomesJSON(t *testing.T) {
	const block = `ldap ldaps://dc1.example.com ldap://dc2.example.com:3389 {
		tls starttls
		ca /etc/caddy/ca.pem
		bind cn=gate,dc=example,dc=com {env.LDAP_PASSWORD}
		base "ou=All Staff,dc=example,dc=com"
		user (&(objectClass=person)(uid={username}))
		name uid
		key entryUUID
		hkic employeeNumber
		attributes title ou
		attributes memberOf
	}`
	const want = `{"urls":["ldaps://dc1.example.com","ldap://dc2.example.com:3389"],"tls":"starttls","ca":"/etc/caddy/ca.pem",` +
		`"bind":{"dn":"cn=gate,dc=example,dc=com","password":"{env.LDAP_PASSWORD}"},"base":"ou=All Staff,dc=example,dc=com",` +
		`"user":"(\u0026(objectClass=person)(uid={username}))","name":"uid","key":"entryUUID","hkic":"employeeNumber",` +
		`"attributes":["title","ou","memberOf"]}`
	var l ldap.LDAP
	if err := l.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(&l)
	if err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v\nwant   %s", got, err, want)
	}
}

// Given a block with a mistake, when it is loaded, then the error says what was
// found and what was expected and, where the text shows it, the file and line.
func TestMistakesInTheCaddyfile(t *testing.T) {
	t.Setenv("IAMSMART_TEST_PASSWORD", "hidden")
	notCA := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notCA, []byte("hidden"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := map[string]string{
		"bind": "bind cn=gate {env.IAMSMART_TEST_PASSWORD}", "base": "base dc=example", "user": "user (uid={username})",
	}
	with := func(option, line string, more ...string) string {
		text := "ldap ldaps://a {"
		for _, o := range []string{"bind", "base", "user"} {
			if o == option {
				text += "\n\t" + line
			} else {
				text += "\n\t" + good[o]
			}
		}
		for _, line := range more {
			text += "\n\t" + line
		}
		return text + "\n}"
	}
	at := func(urls string, lines ...string) string {
		return strings.Replace(with("", "", lines...), "ldaps://a", urls, 1)
	}
	if _, err := tryLoad(with("", "")); err != nil {
		t.Fatalf("without a mistake: %v", err)
	}
	for _, tt := range []struct {
		name, block string
		want        []string
	}{
		{"no address", at(""), []string{"address of a server", ":1"}},
		{"no block", "ldap ldaps://a", []string{"bind <dn> <password>"}},
		{"no base", with("base", ""), []string{"'base <dn>'"}},
		{"no filter", with("user", ""), []string{"'user <filter>'"}},
		{"no password", with("bind", "bind cn=gate"), []string{"too little", "bind <dn> <password>", ":2"}},
		{"an empty password", with("bind", `bind cn=gate ""`), []string{"too little", ":2"}},
		{"a base with blanks", with("base", "base ou=All Staff,dc=example"), []string{"quotes", ":3"}},
		{"base twice", with("", "", "base dc=b"), []string{"second 'base'", ":5"}},
		{"unknown option", with("", "", "filter (uid=x)"), []string{"unknown option 'filter'", "tls, ca, bind, base, user, name, key, hkic, attributes", ":5"}},
		{"misspelt option", with("", "", "attribute title"), []string{"did you mean 'attributes'?", ":5"}},
		{"no attributes", with("", "", "attributes"), []string{"attributes <name...>", ":5"}},
		{"tls on", with("", "", "tls on"), []string{"found 'on'", "starttls or off", ":5"}},
		{"tls misspelt", with("", "", "tls startls"), []string{"did you mean 'starttls'?", ":5"}},
		{"a filter without name", with("user", "user (uid=*)"), []string{"{username}", ":4"}},
		{"a block in the block", "ldap ldaps://a {\n\tbind cn=gate pass {\n\t}\n}", []string{"unknown option '{'", ":2"}},

		{"http", at("https://a"), []string{"url: expected ldaps://"}},
		{"a path", at("ldaps://a/dc=example"), []string{"url: expected ldaps://"}},
		{"a password in the address", at("ldaps://me:hidden@a"), []string{"url: expected ldaps://"}},
		{"no host", at("ldaps://:636"), []string{"url: expected ldaps://"}},
		{"a socket", at("ldapi:///var/run/slapd"), []string{"url: expected ldaps://"}},
		{"an address twice", at("ldaps://a ldaps://a"), []string{"ldaps://a is given twice"}},
		{"nine addresses", at("ldaps://a ldaps://b ldaps://c ldaps://d ldaps://e ldaps://f ldaps://g ldaps://h ldaps://i"), []string{"found 9 addresses"}},
		{"no TLS over a network", at("ldap://127.0.0.1 ldap://dc1.example.com", "tls off"), []string{"loopback", "ldap://dc1.example.com"}},
		{"no such CA", with("", "", "ca /no/such/file"), []string{"ca: "}},
		{"a CA that is none", with("", "", "ca "+notCA), []string{"holds no certificate"}},
		{"a password that is not set", with("bind", "bind cn=gate {env.IAMSMART_NOT_SET}"), []string{"bind: {env.IAMSMART_NOT_SET} is empty"}},
		{"Caddy's own reading of {file.x}", with("bind", "bind cn=gate {http.request.uri.path.file.x}"), []string{"absolute path"}},
		{"a base that is none", with("base", "base example.com"), []string{"base: expected a DN"}},
		{"half a filter", with("user", "user (&(a=b)(uid={username})"), []string{"user: this is no LDAP filter"}},
		{"two names", with("user", "user (|(uid={username})(mail={username}))"), []string{"name: ", "uid and mail"}},
		{"no attribute", with("", "", "name u*d"), []string{`name: found "u*d"`}},
		{"an attribute with options", with("", "", "attributes cn;lang-en"), []string{"attributes: found"}},
		{"the password hash as attribute", with("", "", "attributes userPassword"), []string{"holds passwords"}},
		{"the card's number as attribute", with("", "", "hkic hkid", "attributes title HKID"), []string{"hkid holds the numbers"}},
		{"the card's number as key", with("", "", "hkic hkid", "key hkid"), []string{"key: hkid holds the numbers"}},
		{"65 attributes", with("", "", "attributes"+strings.Repeat(" a", 65)), []string{"found 65"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tryLoad(tt.block)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not hold %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %q repeats a secret", err)
			}
		})
	}
}

// Given JSON with a mistake that a Caddyfile cannot make, when it is loaded,
// then it is refused.
func TestMistakesInJSON(t *testing.T) {
	t.Setenv("IAMSMART_TEST_PASSWORD", "hidden")
	for name, change := range map[string]func(*ldap.LDAP){
		"no bind":     func(l *ldap.LDAP) { l.Bind = nil },
		"half a bind": func(l *ldap.LDAP) { l.Bind = &ldap.Bind{DN: "cn=gate"} },
		"no base":     func(l *ldap.LDAP) { l.Base = "" },
		"no filter":   func(l *ldap.LDAP) { l.User = "" },
		"tls on":      func(l *ldap.LDAP) { l.TLS = "on" },
		"no servers":  func(l *ldap.LDAP) { l.URLs = nil },
	} {
		l := &ldap.LDAP{URLs: []string{"ldaps://a"}, Bind: &ldap.Bind{DN: "cn=gate", Password: "{env.IAMSMART_TEST_PASSWORD}"}, Base: "dc=a", User: "(uid={username})"}
		if err := provision(l); err != nil {
			t.Fatalf("without the mistake: %v", err)
		}
		change(l)
		if provision(l) == nil {
			t.Errorf("%s: it was accepted", name)
		}
	}
}

// Given a trace of Caddy's handlers, when the module is written into it, then
// the service account's password is not.
func TestModuleLogsItselfRedacted(t *testing.T) {
	l := &ldap.LDAP{URLs: []string{"ldaps://a"}, Bind: &ldap.Bind{DN: "cn=gate", Password: "hidden"}, Base: "dc=a", User: "(uid={username})"}
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	buf, err := encoder.EncodeEntry(zapcore.Entry{}, []zapcore.Field{zap.Any("module", l)})
	if err != nil || strings.Contains(buf.String(), "hidden") || !strings.Contains(buf.String(), `"kind":"ldap"`) {
		t.Errorf("it logs itself as %s, %v", buf, err)
	}
	if id := l.CaddyModule().ID; id != "iamsmart.accounts.ldap" || caddy.ModuleID(id).Name() != l.Kind() {
		t.Errorf("id %q, kind %q", id, l.Kind())
	}
}
