package caddyiamsmart_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"caddyiamsmart.example/caddyiamsmart"
)

// setup is a whole configuration in its JSON form, as the API takes it. A test
// spoils one thing of it.
type setup struct {
	t    *testing.T
	dir  string
	app  *caddyiamsmart.App
	gate *caddyiamsmart.Gate
	more []*caddyiamsmart.Gate
}

// formJSON is the accounts of a gate.
const formJSON = `{"kind":"form","url":"http://127.0.0.1:8080/login","user_field":"user","password_field":"pass"}`

func newSetup(t *testing.T) *setup {
	t.Helper()
	s := &setup{t: t, dir: t.TempDir()}
	s.credentials()
	s.app = &caddyiamsmart.App{
		Store: &caddyiamsmart.StoreConfig{Kind: "sqlite", File: s.path("iamsmart.db")},
		Realms: map[string]*caddyiamsmart.Realm{"default": {
			Environment: "simulator", ClientID: "client-one", ClientSecret: "{file." + s.path("secret") + "}",
			EnciphermentCerts: []caddyiamsmart.EnciphermentCert{{File: s.path("encipherment.pem")}},
		}},
	}
	s.gate = &caddyiamsmart.Gate{
		PublicURL:   "https://records.example.com",
		AccountsRaw: []json.RawMessage{json.RawMessage(formJSON)},
		HeaderUp:    []caddyiamsmart.HeaderUp{{Name: "X-Remote-User", Template: "{iamsmart.account}"}},
	}
	return s
}

// credentials are made once for all setups: keys take long.
var credentials map[string][]byte

func (s *setup) credentials() {
	s.t.Helper()
	w := &world{t: s.t, Dir: s.dir}
	if credentials == nil {
		w.credentials()
		credentials = map[string][]byte{"secret": []byte(w.read("secret")), "encipherment.pem": []byte(w.read("encipherment.pem"))}
	}
	for name, text := range credentials {
		w.write(name, text)
	}
}

func (s *setup) path(name string) string { return filepath.Join(s.dir, name) }

func (s *setup) write(name, text string) string {
	(&world{t: s.t, Dir: s.dir}).write(name, []byte(text))
	return s.path(name)
}

func (s *setup) realm() *caddyiamsmart.Realm { return s.app.Realms["default"] }

func (s *setup) cert() *caddyiamsmart.EnciphermentCert { return &s.realm().EnciphermentCerts[0] }

// json is the configuration that Caddy gets, with mends to its text.
func (s *setup) json(mends ...string) []byte {
	s.t.Helper()
	config := s.base(map[string]any{"iamsmart": s.app})
	var routes []map[string]any
	for _, gate := range append([]*caddyiamsmart.Gate{s.gate}, s.more...) {
		handler := caddyconfig.JSONModuleObject(gate, "handler", "iamsmart", nil)
		routes = append(routes, map[string]any{"handle": []json.RawMessage{handler}})
	}
	config["apps"].(map[string]any)["http"] = map[string]any{"servers": map[string]any{"one": map[string]any{
		"listen": []string{"127.0.0.1:0"}, "routes": routes, "automatic_https": map[string]any{"disable": true},
	}}}
	return []byte(strings.NewReplacer(mends...).Replace(string(caddyconfig.JSON(config, nil))))
}

// base is a Caddy that leaves no trace outside the folder.
func (s *setup) base(apps map[string]any) map[string]any {
	return map[string]any{
		"admin":   map[string]any{"disabled": true, "config": map[string]any{"persist": false}},
		"storage": map[string]any{"module": "file_system", "root": s.path("caddy")},
		"logging": map[string]any{"logs": map[string]any{"default": map[string]any{
			"writer": map[string]any{"output": "discard"},
		}}},
		"apps": apps,
	}
}

// fault is a configuration with one thing wrong, and what the error must say.
type fault struct {
	name  string
	spoil func(*setup)
	want  []string
}

func hold(t *testing.T, faults []fault) {
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			s := newSetup(t)
			secret := string(credentials["secret"])
			c.spoil(s)
			err := validateJSON(t, s.json())
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range c.want {
				if want = strings.ReplaceAll(want, "DIR", s.dir); !strings.Contains(plain(err.Error()), plain(want)) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds a secret: %v", err)
			}
		})
	}
}

// plain makes one of `api_base` and "API base", which are the same to a reader.
func plain(text string) string { return strings.ToLower(strings.ReplaceAll(text, "_", " ")) }

func TestConfigIsAcceptedAsItIs(t *testing.T) {
	for name, mend := range map[string]func(*setup){
		"as it is": func(*setup) {},
		"ITE":      func(s *setup) { s.realm().Environment = "ite" },
		"public address of the realm": func(s *setup) {
			s.realm().PublicURL, s.gate.PublicURL = s.gate.PublicURL, ""
		},
		"http on this machine": func(s *setup) { s.gate.PublicURL = "http://localhost:8080" },
		"PKCS#12 with a password": func(s *setup) {
			s.write("a.p12", string(pkcs12Of(s.t, s.path("encipherment.pem"), "s3cret")))
			s.cert().File, s.cert().Password = s.path("a.p12"), "{file."+s.write("password", "s3cret\n")+"}"
		},
		"two gates with the same accounts": func(s *setup) { s.more = append(s.more, s.another(s.gate.AccountsRaw[0])) },
		"two apps with other accounts": func(s *setup) {
			other := s.another(json.RawMessage(strings.Replace(formJSON, "8080", "8081", 1)))
			other.App = "second"
			s.more = append(s.more, other)
		},
		"the directive alone": func(s *setup) { s.more = append(s.more, new(caddyiamsmart.Gate)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t)
			mend(s)
			if err := validateJSON(t, s.json()); err != nil {
				t.Error(err)
			}
		})
	}
}

// another is a second gate of the same realm and app.
func (s *setup) another(accounts json.RawMessage) *caddyiamsmart.Gate {
	return &caddyiamsmart.Gate{PublicURL: "https://second.example.com", AccountsRaw: []json.RawMessage{accounts}}
}

func TestConfigFaultsOfARealmAreNamed(t *testing.T) {
	hold(t, []fault{
		{"no realm", func(s *setup) { s.app.Realms = nil },
			[]string{"no realm is configured", "add 'realm { … }'"}},
		{"a null realm", func(s *setup) { s.app.Realms["east"] = nil },
			[]string{"realm east: "}},
		{"no environment", func(s *setup) { s.realm().Environment = "" },
			[]string{"realm default: environment is missing", "write 'environment ite'"}},
		{"unknown environment", func(s *setup) { s.realm().Environment = "prod" },
			[]string{"realm default: environment: unknown word 'prod'", "expected ite or simulator"}},
		{"environment and api_base", func(s *setup) { s.realm().APIBase = "https://a.example/api/v1" },
			[]string{"realm default: environment and api_base/web_base exclude each other", "keep one"}},
		{"api_base without web_base", func(s *setup) { s.realm().Environment, s.realm().APIBase = "", "https://a.example/api/v1" },
			[]string{"realm default: ", "both 'api_base' and 'web_base'"}},
		{"http api_base elsewhere", func(s *setup) { s.bases("http://a.example/api/v1", "https://a.example/api/v1") },
			[]string{"realm default: ", "api_base: ", "use https"}},
		{"http web_base elsewhere", func(s *setup) { s.bases("https://a.example/api/v1", "http://a.example/api/v1") },
			[]string{"realm default: ", "web_base: ", "use https"}},
		{"api_base without a host", func(s *setup) { s.bases("/api/v1", "https://a.example/api/v1") },
			[]string{"realm default: ", "api_base: ", "https://host/api/v1"}},
		{"api_base with a query", func(s *setup) { s.bases("https://a.example/api/v1?x", "https://a.example/api/v1") },
			[]string{"realm default: ", "api_base: ", "query"}},
		{"api_base of an unset variable", func(s *setup) { s.bases("{env.IAMSMART_TEST_UNSET}", "https://a.example/api/v1") },
			[]string{"realm default: api_base: {env.IAMSMART_TEST_UNSET} is empty", "variable is not set"}},
		{"simulator elsewhere", func(s *setup) { s.realm().Simulator = "http://10.0.0.7:8181" },
			[]string{"realm default: environment: ", "loopback", "10.0.0.7"}},
		{"simulator of a name that looks near", func(s *setup) { s.realm().Simulator = "http://localhost.example.com" },
			[]string{"realm default: environment: ", "loopback"}},
		{"no client ID", func(s *setup) { s.realm().ClientID = "" },
			[]string{"realm default: client_id is missing"}},
		{"client ID with a blank", func(s *setup) { s.realm().ClientID = "client one" },
			[]string{"realm default: ", "client_id: ", "blanks"}},
		{"no client secret", func(s *setup) { s.realm().ClientSecret = "" },
			[]string{"realm default: client_secret is missing"}},
		{"client secret of an unset variable", func(s *setup) { s.realm().ClientSecret = "{env.IAMSMART_TEST_UNSET}" },
			[]string{"realm default: client_secret: {env.IAMSMART_TEST_UNSET} is empty", "variable is not set"}},
		{"client secret of a missing file", func(s *setup) { s.realm().ClientSecret = "{file." + s.path("none") + "}" },
			[]string{"realm default: client_secret: {file.DIR/none} is empty", "file is missing"}},
		{"client secret in an empty file", func(s *setup) { s.write("secret", "\n") },
			[]string{"realm default: client_secret: {file.DIR/secret} is empty", "missing, empty or not readable"}},
		{"client secret with a blank", func(s *setup) { s.write("secret", "s3cret \n") },
			[]string{"realm default: ", "client_secret: ", "ends with a blank"}},
		{"client secret as Caddy's early placeholder", func(s *setup) { s.realm().ClientSecret = "{http.request.uri.path.file.secret}" },
			[]string{"realm default: client_secret: ", "{file./path/to/file}"}},
	})
}

func (s *setup) bases(api, web string) {
	s.realm().Environment, s.realm().APIBase, s.realm().WebBase = "", api, web
}

func TestConfigFaultsOfACertificateAreNamed(t *testing.T) {
	certificate := func(s *setup) string { return s.part("CERTIFICATE") }
	hold(t, []fault{
		{"none", func(s *setup) { s.realm().EnciphermentCerts = nil },
			[]string{"realm default: encipherment_cert is missing", "PEM or PKCS#12"}},
		{"no file name", func(s *setup) { s.cert().File = "" },
			[]string{"realm default: encipherment_cert is missing"}},
		{"missing file", func(s *setup) { s.cert().File = s.path("none.pem") },
			[]string{"realm default: encipherment_cert: ", "DIR/none.pem", "no such file"}},
		{"a folder", func(s *setup) { s.cert().File = s.dir },
			[]string{"realm default: encipherment_cert: ", "DIR"}},
		{"too large", func(s *setup) { s.cert().File = s.write("a.pem", strings.Repeat("x", 1<<20+1)) },
			[]string{"realm default: encipherment_cert: DIR/a.pem: ", "larger than 1048576 bytes"}},
		{"wrong password", func(s *setup) {
			s.cert().File, s.cert().Password = s.write("a.p12", string(pkcs12Of(s.t, s.cert().File, "right"))), "s3cret"
		}, []string{"realm default: encipherment_cert: DIR/a.p12: ", "wrong password"}},
		{"no password", func(s *setup) {
			s.cert().File = s.write("a.p12", string(pkcs12Of(s.t, s.cert().File, "s3cret")))
		}, []string{"realm default: encipherment_cert: DIR/a.p12: ", "wrong password"}},
		{"password of an unset variable", func(s *setup) { s.cert().Password = "{env.IAMSMART_TEST_UNSET}" },
			[]string{"realm default: encipherment_cert: password: {env.IAMSMART_TEST_UNSET} is empty"}},
		{"key that does not fit", func(s *setup) { s.cert().File = s.write("a.pem", certificate(s)+newKeyPEM(s.t, 2048)) },
			[]string{"realm default: encipherment_cert: DIR/a.pem: ", "the private key does not belong to the certificate"}},
		{"no key", func(s *setup) { s.cert().File = s.write("a.pem", certificate(s)) },
			[]string{"realm default: encipherment_cert: DIR/a.pem: ", "no private key in the file"}},
		{"no certificate", func(s *setup) { s.cert().File = s.write("a.pem", s.part("PRIVATE KEY")) },
			[]string{"realm default: encipherment_cert: DIR/a.pem: ", "no certificate in the file"}},
		{"short key", func(s *setup) { s.cert().File = s.write("a.pem", certificate(s)+newKeyPEM(s.t, 1024)) },
			[]string{"realm default: encipherment_cert: DIR/a.pem: ", "1024 bits", "2048"}},
		{"neither PEM nor PKCS#12", func(s *setup) { s.cert().File = s.write("a.pem", "hello") },
			[]string{"realm default: encipherment_cert: DIR/a.pem: ", "neither PEM nor readable PKCS#12"}},
		{"the second of two", func(s *setup) {
			s.realm().EnciphermentCerts = append(s.realm().EnciphermentCerts, caddyiamsmart.EnciphermentCert{File: s.path("old.pem")})
		}, []string{"realm default: encipherment_cert: ", "DIR/old.pem"}},
	})
}

// part is one block of the good PEM file.
func (s *setup) part(kind string) string {
	text, err := os.ReadFile(s.path("encipherment.pem"))
	if err != nil {
		s.t.Fatal(err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == kind {
			return string(pem.EncodeToMemory(block))
		}
	}
	s.t.Fatalf("no %s", kind)
	return ""
}

func newKeyPEM(t *testing.T, bits int) string {
	t.Helper()
	t.Setenv("GODEBUG", os.Getenv("GODEBUG")+",rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}
