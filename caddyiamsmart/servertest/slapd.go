package servertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Directory is a running OpenLDAP server.
type Directory struct {
	URL       string // ldap://, with and without StartTLS
	SecureURL string // ldaps://
	CA        string // the PEM file of who vouches for the server at 127.0.0.1

	// The suffix of the directory, the account that may read all but passwords,
	// and the one that may do everything. Both have Password, which stands in
	// PasswordFile too.
	Suffix, Reader, Admin, Password, PasswordFile string
}

// The files of the Debian packages slapd and ldap-utils.
const (
	slapdModules = "/usr/lib/ldap"
	slapdSchemas = "/etc/ldap/schema"
)

var slapdReady = regexp.MustCompile(`(slapd starting)`)

// Slapd starts OpenLDAP with the entries of an LDIF text below
// dc=example,dc=com, in which the suffix itself and the reader are there
// already. The password policy overlay is on; its default policy is
// cn=policy,dc=example,dc=com where the text holds one.
func Slapd(t testing.TB, ldif string) Directory {
	t.Helper()
	slapd, slapadd := findSystem(t, "slapd"), findSystem(t, "slapadd")
	for _, dir := range []string{slapdModules, slapdSchemas} {
		if _, err := os.Stat(dir); err != nil {
			missing(t, "slapd has no files in "+dir)
		}
	}
	temp := t.TempDir()
	d := Directory{
		URL:       fmt.Sprintf("ldap://127.0.0.1:%d", FreePort(t)),
		SecureURL: fmt.Sprintf("ldaps://127.0.0.1:%d", FreePort(t)),
		Suffix:    "dc=example,dc=com",
		Reader:    "cn=gate,dc=example,dc=com",
		Admin:     "cn=admin,dc=example,dc=com",
		Password:  "reader-" + rand.Text(),
		CA:        filepath.Join(temp, "server.pem"),

		PasswordFile: filepath.Join(temp, "password"),
	}
	writeFile(t, d.PasswordFile, d.Password)
	key := filepath.Join(temp, "server.key")
	writeCertificate(t, d.CA, key)
	data := filepath.Join(temp, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(temp, "slapd.conf")
	writeFile(t, config, strings.NewReplacer("MODULES", slapdModules, "SCHEMAS", slapdSchemas, "CERT", d.CA, "KEY", key,
		"TEMP", temp, "PASSWORD", d.Password).Replace(`
include SCHEMAS/core.schema
include SCHEMAS/cosine.schema
include SCHEMAS/inetorgperson.schema
modulepath MODULES
moduleload back_mdb
moduleload ppolicy
pidfile TEMP/slapd.pid
argsfile TEMP/slapd.args
TLSCertificateFile CERT
TLSCertificateKeyFile KEY
database mdb
suffix "dc=example,dc=com"
rootdn "cn=admin,dc=example,dc=com"
rootpw PASSWORD
directory TEMP/data
overlay ppolicy
ppolicy_default "cn=policy,dc=example,dc=com"
ppolicy_use_lockout
limits dn.exact="cn=gate,dc=example,dc=com" size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=gate,dc=example,dc=com" read by * none
`))
	entries := filepath.Join(temp, "entries.ldif")
	writeFile(t, entries, `dn: dc=example,dc=com
objectClass: organization
objectClass: dcObject
o: Example
dc: example

dn: cn=gate,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: gate
userPassword: `+d.Password+"\n\n"+ldif)
	if output, err := exec.Command(slapadd, "-q", "-f", config, "-l", entries).CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, output)
	}
	server := exec.Command(slapd, "-d", "none", "-f", config, "-h", d.URL+" "+d.SecureURL)
	server.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "LDAPNOINIT=1"}
	start(t, server, slapdReady)
	awaitListener(t, strings.TrimPrefix(d.URL, "ldap://")) // it listens a moment after it says so
	awaitListener(t, strings.TrimPrefix(d.SecureURL, "ldaps://"))
	return d
}

// awaitListener returns when something listens at the address.
func awaitListener(t testing.TB, address string) {
	t.Helper()
	for until := time.Now().Add(startTime); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("nothing listens at %s within %s", address, startTime)
}

// findSystem is find for programs of the administrator, which may be off PATH.
func findSystem(t testing.TB, program string) string {
	t.Helper()
	path := filepath.Join("/usr/sbin", program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return find(t, program)
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeCertificate writes a key and a certificate for 127.0.0.1 that vouches for
// itself.
func writeCertificate(t testing.TB, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "private test server"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}
