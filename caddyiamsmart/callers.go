package caddyiamsmart

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// callers are those who may call back.
type callers struct {
	ranges []netip.Prefix
	ca     *x509.CertPool
}

func (c *CallbackConfig) provision() (callers, error) {
	var may callers
	if c == nil {
		return may, nil
	}
	for _, text := range c.Allow {
		text, err := required("allow", text)
		if err != nil {
			return may, err
		}
		one, err := addressRange(text)
		if err != nil {
			return may, fmt.Errorf("allow: %w", err)
		}
		may.ranges = append(may.ranges, one)
	}
	file, err := resolve(c.ClientCA)
	if err != nil {
		return may, fmt.Errorf("client_ca: %w", err)
	}
	if file == "" {
		return may, nil
	}
	data, err := readBounded(file, maxCertFile)
	if err != nil {
		return may, fmt.Errorf("client_ca: %w", err)
	}
	may.ca = x509.NewCertPool()
	if !may.ca.AppendCertsFromPEM(data) {
		return may, fmt.Errorf("client_ca: %s holds no certificate in PEM form", file)
	}
	return may, nil
}

// addressRange reads an address or a range of them.
func addressRange(text string) (netip.Prefix, error) {
	if one, err := netip.ParseAddr(text); err == nil && one.Zone() == "" {
		return netip.PrefixFrom(one.Unmap(), one.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		return prefix, fmt.Errorf("'%s' is neither an address nor a range, as in 203.0.113.0/24", text)
	}
	if prefix != prefix.Masked() {
		return prefix, fmt.Errorf("'%s' has bits beyond its length; write %s", text, prefix.Masked())
	}
	if prefix.Bits() == 0 {
		return prefix, fmt.Errorf("'%s' is everybody; leave 'allow' out, or name the addresses", text)
	}
	return prefix, nil
}

// limited tells whether anybody is kept out.
func (c callers) limited() bool { return len(c.ranges) > 0 || c.ca != nil }

var (
	errCallerAddress = errors.New("a callback from an address that 'allow' does not name")
	errNoClientCert  = errors.New("a callback without client certificate; if iAM Smart sends one, let the site ask for it: tls { client_auth { mode request } }")
	errClientCert    = errors.New("a callback whose client certificate is not of the authority in 'client_ca', or has ended")
)

// admit tells whether r comes from one who may call back.
func (c callers) admit(r *http.Request) error {
	if len(c.ranges) > 0 && !c.fromRange(r) {
		return errCallerAddress
	}
	if c.ca == nil {
		return nil
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return errNoClientCert
	}
	options := x509.VerifyOptions{
		Roots: c.ca, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, between := range r.TLS.PeerCertificates[1:] {
		options.Intermediates.AddCert(between)
	}
	if _, err := r.TLS.PeerCertificates[0].Verify(options); err != nil {
		return errClientCert
	}
	return nil
}

func (c callers) fromRange(r *http.Request) bool {
	text, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	text, _, _ = strings.Cut(text, "%") // the zone of a link-local address
	address, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	for _, one := range c.ranges {
		if one.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}
