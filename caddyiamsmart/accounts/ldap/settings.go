package ldap

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	maxServers    = 8
	maxAttributes = 64
	maxCA         = 1 << 20 // bytes of the file
)

// settings is the configuration with its placeholders resolved. It stays out of
// the exported fields, so that what a placeholder stands for is never written
// back into a configuration or a log.
type settings struct {
	servers    []*server
	startTLS   bool
	roots      *x509.CertPool // nil: the system's
	bindDN     string
	password   string
	base       string
	user       filter
	name       string
	key        string
	keyMust    bool // an entry without key is not accepted
	hkic       string
	attributes []string // lower case
	wanted     []string // all that is asked of the directory but for the hkic
}

func (l *LDAP) resolve(repl *caddy.Replacer) (settings, error) {
	if l.Bind == nil {
		return settings{}, errors.New("bind: the DN and the password of an account that looks for entries are required")
	}
	r := accounts.Settings{With: repl}
	set := settings{
		startTLS: r.Text("tls", l.TLS) != "off",
		bindDN:   r.Text("bind", l.Bind.DN),
		password: r.Text("bind", l.Bind.Password),
		base:     r.Text("base", l.Base),
		name:     r.Text("name", l.Name),
		key:      r.Text("key", l.Key),
		hkic:     r.Text("hkic", l.HKIC),
	}
	var urls []string
	for _, u := range l.URLs {
		urls = append(urls, r.Text("url", u))
	}
	for _, name := range l.Attributes {
		set.attributes = append(set.attributes, strings.ToLower(r.Text("attributes", name)))
	}
	tls, ca, user := r.Text("tls", l.TLS), r.Text("ca", l.CA), r.Text("user", l.User)
	if r.Err != nil {
		return settings{}, r.Err
	}

	if tls != "" && tls != "starttls" && tls != "off" {
		return settings{}, fmt.Errorf("tls: found %q, expected starttls or off", tls)
	}
	if err := set.readServers(urls); err != nil {
		return settings{}, err
	}
	if err := set.readCA(ca); err != nil {
		return settings{}, err
	}
	if set.bindDN == "" || set.password == "" {
		return settings{}, errors.New("bind: the DN and the password of an account that looks for entries are required")
	}
	if dn, err := ldapv3.ParseDN(set.base); err != nil || len(dn.RDNs) == 0 {
		return settings{}, errors.New("base: expected a DN such as ou=staff,dc=example,dc=com")
	}
	var err error
	if set.user, err = parseFilter(user); err != nil {
		return settings{}, fmt.Errorf("user: %w", err)
	}
	return set, set.readAttributes()
}

// readServers reads the addresses and holds passwords off a network without TLS.
func (s *settings) readServers(urls []string) error {
	if len(urls) == 0 || len(urls) > maxServers {
		return fmt.Errorf("url: found %d addresses, expected one to %d", len(urls), maxServers)
	}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" || u.User != nil || u.Opaque != "" ||
			strings.TrimPrefix(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return errors.New("url: expected ldaps://host or ldap://host, with :port where it is another than usual, and no more")
		}
		sv := &server{url: u.Scheme + "://" + u.Host, host: u.Hostname(), ldaps: u.Scheme == "ldaps"}
		if slices.ContainsFunc(s.servers, func(known *server) bool { return known.url == sv.url }) {
			return fmt.Errorf("url: %s is given twice", sv.url)
		}
		if !s.startTLS && !sv.ldaps && !loopback(sv.host) {
			return fmt.Errorf("tls: 'off' is accepted for servers on a loopback address only, and %s is none: passwords would go over the network in clear", sv.url)
		}
		port := u.Port()
		switch {
		case port != "":
		case sv.ldaps:
			port = ldapv3.DefaultLdapsPort
		default:
			port = ldapv3.DefaultLdapPort
		}
		sv.address = net.JoinHostPort(sv.host, port)
		s.servers = append(s.servers, sv)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *settings) readCA(file string) error {
	if file == "" {
		return nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("ca: %w", err)
	}
	if info.Size() > maxCA {
		return fmt.Errorf("ca: %s is over 1 MiB", file)
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("ca: %w", err)
	}
	s.roots = x509.NewCertPool()
	if !s.roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("ca: %s holds no certificate in PEM", file)
	}
	return nil
}

// attributeName matches names and object identifiers, without options.
var attributeName = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]{0,127}|[0-9]+(\.[0-9]+){1,30})$`)

// secretAttributes hold what a password could be tried against.
var secretAttributes = []string{"userpassword", "unicodepwd", "dbcspwd", "authpassword", "pwdhistory", "sambantpassword", "sambalmpassword",
	"krbprincipalkey", "ms-mcs-admpwd"}

// readAttributes settles which attribute is what, and whether the operator may
// have it.
func (s *settings) readAttributes() error {
	if s.name == "" {
		if len(s.user.attributes) > 1 {
			return fmt.Errorf("name: 'user' compares {username} with %s, so say which of them is the account's name",
				strings.Join(s.user.attributes, " and "))
		}
		s.name = s.user.attributes[0]
	}
	s.keyMust = s.key != ""
	if !s.keyMust {
		s.key = "entryUUID"
		if slices.ContainsFunc(s.user.attributes, func(a string) bool { return a == "samaccountname" || a == "userprincipalname" }) {
			s.key = objectGUID
		}
	}
	if len(s.attributes) > maxAttributes {
		return fmt.Errorf("attributes: found %d, expected at most %d", len(s.attributes), maxAttributes)
	}
	for option, names := range map[string][]string{"name": {s.name}, "key": {s.key}, "hkic": {s.hkic}, "attributes": s.attributes} {
		for _, name := range names {
			switch {
			case option == "hkic" && name == "":
			case !attributeName.MatchString(name):
				return fmt.Errorf("%s: found %q, expected the name of an attribute", option, name)
			case slices.Contains(secretAttributes, strings.ToLower(name)):
				return fmt.Errorf("%s: %s holds passwords", option, name)
			case option != "hkic" && strings.EqualFold(name, s.hkic):
				return fmt.Errorf("%s: %s holds the numbers of identity cards, which go nowhere", option, name)
			}
		}
	}
	for _, name := range slices.Concat([]string{s.name, s.key, "displayName", "cn"}, stateAttributes, s.attributes) {
		if !slices.ContainsFunc(s.wanted, func(known string) bool { return strings.EqualFold(known, name) }) {
			s.wanted = append(s.wanted, name)
		}
	}
	return nil
}
