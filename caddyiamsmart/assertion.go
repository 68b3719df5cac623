package caddyiamsmart

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// Assertion is a signed statement of who is calling, a JSON Web Token (RFC 7519), for
// applications that want to verify it: by the keys that the gate publishes at
// `<prefix>/jwks.json`. Its claims are `iss`, the public address; `sub`, the account;
// `aud`, `iat`, `nbf`, `exp`, `jti`; `auth_time`, when the person logged in, and
// `step_up_time`, when they showed themselves once more; `amr`, which is `["iamsmart"]`;
// `realm`, `app`, `link_method`; and those below.
type Assertion struct {
	// The header that holds it. Default: `X-IAmSmart-Assertion`.
	HeaderName string `json:"header,omitempty"`

	// Whom it is for. Each application takes its own value and no other, so that an
	// assertion for one is of no use at another. Required.
	Audience string `json:"audience,omitempty"`

	// How long each is good for, 10 seconds to 10 minutes; a new one is signed after
	// half of it. Default: 60s.
	Lifetime caddy.Duration `json:"lifetime,omitempty"`

	// How it is signed: `ES256`, or `RS256` for applications that know nothing newer.
	// Default: `ES256`.
	Algorithm string `json:"algorithm,omitempty"`

	// Further claims. Default: none.
	Claims []Claim `json:"claims,omitempty"`
}

// Claim is one further claim of an assertion.
type Claim struct {
	// Its name. Required.
	Name string `json:"name,omitempty"`

	// Its value, a template as that of `header_up`. Without a value the claim is left
	// out; of an attribute that has several it is a list. Required.
	Template string `json:"template,omitempty"`
}

const (
	defaultLifetime = time.Minute
	leastLifetime   = 10 * time.Second
	mostLifetime    = 10 * time.Minute
	maxAudience     = 256 // bytes
)

// parseAssertion reads 'assertion'.
func (g *Gate) parseAssertion(d *caddyfile.Dispenser) error {
	if g.Assertion != nil {
		return d.Err("assertion is given twice")
	}
	a := new(Assertion)
	args := d.RemainingArgs()
	if len(args) > 1 {
		return d.Errf("assertion: expected 'assertion [<Header>]' and a block, words found: %d", len(args))
	}
	if len(args) == 1 {
		a.HeaderName = args[0]
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := a.parse(d); err != nil {
			return err
		}
	}
	if err := a.check(); err != nil {
		return d.Errf("assertion: %v", err)
	}
	g.Assertion = a
	return nil
}

func (a *Assertion) parse(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "audience":
		return once(d, &a.Audience)
	case "lifetime":
		return duration(d, &a.Lifetime)
	case "algorithm":
		return word(d, &a.Algorithm, upstream.ES256, upstream.RS256)
	case "claim":
		args := d.RemainingArgs()
		if len(args) != 2 {
			return d.Errf("claim: expected 'claim <name> <template>', words found: %d; put text with blanks in quotes", len(args))
		}
		a.Claims = append(a.Claims, Claim{Name: args[0], Template: args[1]})
		return nil
	}
	return unknown(d, "assertion", "audience", "lifetime", "algorithm", "claim")
}

// check tells what is wrong with an assertion by itself.
func (a *Assertion) check() error {
	if a.Audience == "" {
		return errors.New("audience is missing: the name by which the application knows itself, for example its address")
	}
	if len(a.Audience) > maxAudience {
		return fmt.Errorf("audience: it is longer than %d bytes", maxAudience)
	}
	if life := time.Duration(a.Lifetime); life != 0 && (life < leastLifetime || life > mostLifetime) {
		return fmt.Errorf("lifetime: %s does not fit; it is %s to %s", life, leastLifetime, mostLifetime)
	}
	if err := oneOf("algorithm", a.Algorithm, upstream.ES256, upstream.RS256); err != nil {
		return err
	}
	probe, err := upstream.NewHeaders(nil)
	if err != nil {
		return err
	}
	return a.addTo(probe)
}

func (a *Assertion) header() string {
	if a.HeaderName == "" {
		return upstream.AssertionHeader
	}
	return a.HeaderName
}

// addTo has the headers know the claims, and the name that nobody else may send.
func (a *Assertion) addTo(h *upstream.Headers) error {
	claims := make([]upstream.ClaimSpec, len(a.Claims))
	for i, c := range a.Claims {
		claims[i] = upstream.ClaimSpec(c)
	}
	return h.WithAssertion(a.header(), claims)
}

func (g *Gate) provisionAssertion() error {
	a := g.Assertion
	if a == nil {
		return nil
	}
	if err := a.check(); err != nil {
		return err
	}
	a.HeaderName = textproto.CanonicalMIMEHeaderKey(a.header())
	if a.Lifetime == 0 {
		a.Lifetime = caddy.Duration(defaultLifetime)
	}
	if a.Algorithm == "" {
		a.Algorithm = upstream.ES256
	}
	return a.addTo(g.headers)
}

// asserted is an assertion that is sent until it is half as old as it may become.
type asserted struct {
	text string
	till time.Time
}

// stampAssertion writes the assertion of a session into the headers of a request.
func (g *Gate) stampAssertion(ctx context.Context, header http.Header, d *desk, who session.Linked, s *stamp) error {
	now := signNow()
	last := s.asserted.Load()
	if last == nil || !now.Before(last.till) {
		text, err := g.assert(ctx, d, who, s, now)
		if err != nil {
			return err
		}
		last = &asserted{text, now.Add(time.Duration(g.Assertion.Lifetime) / 2)}
		s.asserted.Store(last)
	}
	return upstream.StampAssertion(header, g.Assertion.HeaderName, last.text)
}

func (g *Gate) assert(ctx context.Context, d *desk, who session.Linked, s *stamp, now time.Time) (string, error) {
	claims, err := g.claims(s.identity, now)
	if err != nil {
		return "", err
	}
	claims["auth_time"] = who.LoginAt().Unix()
	if at := who.SteppedUpAt(); at.Unix() > 0 {
		claims["step_up_time"] = at.Unix()
	}
	key, err := d.signer.current(ctx, now)
	if err != nil {
		return "", err
	}
	return key.Sign(claims)
}

// claims are all of an assertion but those that only a login knows.
func (g *Gate) claims(id upstream.Identity, now time.Time) (map[string]any, error) {
	claims, err := g.headers.Claims(id)
	if err != nil {
		return nil, err
	}
	if id.Account == "" {
		return nil, errors.New("making assertion: the account has no name")
	}
	maps.Copy(claims, map[string]any{
		"iss": g.origin, "aud": g.Assertion.Audience, "sub": id.Account, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Duration(g.Assertion.Lifetime)).Unix(),
		"amr": []string{"iamsmart"}, "realm": g.Realm, "app": g.App, "link_method": id.LinkMethod,
	})
	return claims, nil
}

// jwks publishes the keys by which assertions are verified.
func (g *Gate) jwks(w http.ResponseWriter, r *http.Request, d *desk) error {
	if d.signer == nil {
		return g.refuse(w, http.StatusNotFound, "not_found")
	}
	keys, err := d.signer.published(r.Context(), signNow())
	if err != nil {
		ref := g.logRefusal(problem{status: http.StatusServiceUnavailable, cause: err})
		w.Header().Set("X-IAmSmart-Ref", ref)
		return g.refuse(w, http.StatusServiceUnavailable, "refused")
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(jwksKept/time.Second)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return json.NewEncoder(w).Encode(upstream.Published(g.Assertion.Algorithm, keys))
}
