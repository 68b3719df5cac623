package session

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// CookiePrefix begins the name of every cookie of every gate. Nothing that
// bears it goes upstream, and an upstream may not set one.
//
// New browsers keep script from setting a __Host-Http- cookie; older ones read
// the prefix as __Host-, which binds the cookie to this host and to TLS.
const CookiePrefix = "__Host-Http-iamsmart-"

// tag tells the cookies of one realm and app from those of another on the same
// host name. It separates, it does not hide.
func tag(realm, app string) string {
	sum := sha256.Sum256([]byte(realm + "\x00" + app))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}

// cookieNames are those of one gate.
type cookieNames struct {
	session, pending, language string
	flow                       string // how the name of each flow begins
}

func namesOf(realm, app string) cookieNames {
	base := CookiePrefix + tag(realm, app)
	return cookieNames{session: base + "-s", pending: base + "-p", language: base + "-l", flow: base + "-f-"}
}

// set writes one cookie. A maxAge of zero makes it end with the browser.
func set(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   int(maxAge / time.Second),
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

func drop(w http.ResponseWriter, name string) { set(w, name, "", -time.Second) }

// only returns the value of the one cookie of that name. Two of one name mean
// that somebody else set one of them (a sibling domain, a script): then neither
// is believed.
func only(r *http.Request, name string) (string, bool) {
	found := r.CookiesNamed(name)
	if len(found) != 1 || found[0].Value == "" {
		return "", false
	}
	return found[0].Value, true
}

// sealer seals one kind of value for one gate.
type sealer struct {
	name   string
	codecs []securecookie.Codec
}

// newSealer makes a sealer from derived keys of 64 bytes, newest first: the
// first seals, all open. The name is part of what is authenticated.
func newSealer(name string, keys [][]byte, maxAge time.Duration) sealer {
	s := sealer{name: name}
	for _, k := range keys {
		c := securecookie.New(k[:32], k[32:64])
		c.SetSerializer(securecookie.NopEncoder{})
		c.MaxAge(int(maxAge / time.Second))
		s.codecs = append(s.codecs, c)
	}
	return s
}

func (s sealer) seal(plain []byte) (string, error) {
	// The library encrypts in place, and tries the next codec with what is left.
	return securecookie.EncodeMulti(s.name, slices.Clone(plain), s.codecs[0])
}

var errSealed = errors.New("a sealed value could not be opened")

// open returns what seal sealed. The library's own error is not passed on: it
// would tell which check failed.
func (s sealer) open(sealed string) ([]byte, error) {
	// Base64 passes over line ends, so one value would have many spellings, and
	// the cache many entries for one session.
	if sealed == "" || strings.ContainsAny(sealed, "\r\n") {
		return nil, errSealed
	}
	var plain []byte
	if err := securecookie.DecodeMulti(s.name, sealed, &plain, s.codecs...); err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// Remembered returns the language that this browser chose, or "".
func (m *Manager) Remembered(r *http.Request) string {
	value, _ := only(r, m.names.language)
	return value
}

// Remember keeps a language for a year.
func (m *Manager) Remember(w http.ResponseWriter, language string) {
	set(w, m.names.language, language, 365*24*time.Hour)
}
