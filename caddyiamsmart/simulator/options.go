package simulator

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Client is one e-Service that is registered with the simulator, as it would be in the self-service portal.
type Client struct {
	// ID is the client ID: 1 to 64 visible ASCII characters.
	ID string
	// Secret is the client secret; its characters, as they stand, are the key of the request signature. The openIDs of this client
	// are derived from it too, so that they outlive a restart with the same secret.
	Secret string
	// Certificate is the encipherment certificate. Its RSA public key, of 2048 to 4096 bits, wraps the CEK. Once it has expired,
	// getKey answers D30001.
	Certificate *x509.Certificate
	// RedirectURIs are the registered addresses, absolute http or https URLs without fragment. getQR compares character by character.
	RedirectURIs []string
	// CallbackURIs are the registered addresses to which results are posted, as absolute as the others.
	CallbackURIs []string
	// DirectURI is the registered address for direct logins from the app's catalogue of services; empty means none.
	DirectURI string
	// Scopes are those this client may ask for; nil means eidapi_auth alone.
	Scopes []string
}

// Options sets up a Simulator. Zero durations mean the defaults; negative ones are an error.
type Options struct {
	// Clients are the registered e-Services; at least one.
	Clients []Client
	// Persons can be chosen on the login page; nil means Persons().
	Persons []Person
	// CodeLife is how long the code of a redirect can be exchanged; default 30 s, the shortest that is published.
	CodeLife time.Duration
	// Skew is how far a request's timestamp may lie from Now, either way; default 5 min. Nonces are remembered twice as long.
	Skew time.Duration
	// TokenLife is the lifetime that getToken states for the access token; default 4 h.
	TokenLife time.Duration
	// KeyLife is how long a CEK is valid; default 24 h.
	KeyLife time.Duration
	// QRLife is how long a login page waits for its decision; default 4 min. Whatever is pressed later counts as a time-out (D40003).
	QRLife time.Duration
	// RequestLife is how long a request waits on a person's phone; default 18 min. Then its callback says so.
	RequestLife time.Duration
	// RateLimit is how many signed calls a client may make in a second; over it, 429 with Retry-After. Zero means any number.
	RateLimit int
	// CallbackClient posts the callbacks: its transport holds root certificates and a client certificate, where the service asks for
	// them. Redirects are not followed, and ten seconds bound each post. Nil means a client with the system's roots.
	CallbackClient *http.Client
	// Variants chooses other readings of what is not known for certain.
	Variants Variants
	// Hosts are further host names or addresses, without port, under which the simulator may be addressed. Loopback always is.
	Hosts []string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log receives one JSON line per call, per callback and per violation, never a secret, code, key or openID; nil means none.
	Log io.Writer
}

const (
	defaultCodeLife    = 30 * time.Second
	defaultSkew        = 5 * time.Minute
	defaultTokenLife   = 4 * time.Hour
	defaultKeyLife     = 24 * time.Hour
	defaultQRLife      = 4 * time.Minute
	defaultRequestLife = 18 * time.Minute

	minKeyBits = 2048
	maxKeyBits = 4096
)

// knownScopes are the scopes that iAM Smart publishes.
var knownScopes = []string{
	"eidapi_auth", "eidapi_profiles", "eidapi_formFilling", "eidapi_sign", "eidapi_fr", "eidapi_bulksign", "eidapi_sua",
}

func (o Options) withDefaults() (Options, error) {
	for _, d := range []struct {
		name     string
		value    *time.Duration
		standard time.Duration
	}{
		{"CodeLife", &o.CodeLife, defaultCodeLife},
		{"Skew", &o.Skew, defaultSkew},
		{"TokenLife", &o.TokenLife, defaultTokenLife},
		{"KeyLife", &o.KeyLife, defaultKeyLife},
		{"QRLife", &o.QRLife, defaultQRLife},
		{"RequestLife", &o.RequestLife, defaultRequestLife},
	} {
		if *d.value < 0 {
			return o, fmt.Errorf("option %s: %v is negative", d.name, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	if o.RateLimit < 0 {
		return o, fmt.Errorf("option RateLimit: %d is negative", o.RateLimit)
	}
	o.CallbackClient = callbackClient(o.CallbackClient)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Persons == nil {
		o.Persons = Persons()
	}
	return o, o.Variants.check()
}

// callbackClient is a client of its own, so that what New changes does not reach its owner.
func callbackClient(given *http.Client) *http.Client {
	own := http.Client{}
	if given != nil {
		own = *given
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// check says what of a registration the portal would not have taken.
func (c Client) check() error {
	if c.ID == "" || len(c.ID) > 64 || !visibleASCII(c.ID) {
		return errors.New("the ID must be 1 to 64 visible ASCII characters")
	}
	if c.Secret == "" {
		return errors.New("the secret is empty")
	}
	if c.Certificate == nil {
		return errors.New("the encipherment certificate is missing")
	}
	public, ok := c.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return fmt.Errorf("the encipherment certificate holds a key of type %T, not RSA", c.Certificate.PublicKey)
	}
	if bits := public.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return fmt.Errorf("the encipherment certificate's key has %d bits, not %d to %d", bits, minKeyBits, maxKeyBits)
	}
	for _, uri := range c.RedirectURIs {
		if err := checkRedirectURI(uri); err != nil {
			return fmt.Errorf("redirect URI %q: %w", uri, err)
		}
	}
	for _, uri := range c.CallbackURIs {
		if err := checkRedirectURI(uri); err != nil {
			return fmt.Errorf("callback URI %q: %w", uri, err)
		}
	}
	if c.DirectURI != "" {
		if err := checkRedirectURI(c.DirectURI); err != nil {
			return fmt.Errorf("direct URI %q: %w", c.DirectURI, err)
		}
	}
	for _, scope := range c.Scopes {
		if !slices.Contains(knownScopes, scope) {
			return fmt.Errorf("scope %q is not one of %s", scope, strings.Join(knownScopes, ", "))
		}
	}
	return nil
}

func checkRedirectURI(uri string) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return errors.New("not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return errors.New("not an absolute http or https URL")
	case strings.Contains(uri, "#") || u.User != nil:
		return errors.New("has a fragment or a user name")
	case !visibleASCII(uri):
		return errors.New("holds blanks or characters that are not ASCII")
	}
	return nil
}

// visibleASCII reports whether s holds nothing but the ASCII characters from ! to ~.
func visibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
