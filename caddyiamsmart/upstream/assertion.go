package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// AssertionHeader is the header of assertions unless the operator names another.
const AssertionHeader = "X-IAmSmart-Assertion"

// ClaimSpec is one claim of an assertion as the operator configures it.
type ClaimSpec struct {
	// Name of the claim.
	Name string
	// Template is that of [HeaderSpec]. A claim without a value is left out; of an
	// attribute that has several it is a list.
	Template string
}

// ownClaims are those that the gate writes by itself.
var ownClaims = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "amr", "acr", "azp", "auth_time", "step_up_time", "realm", "app", "link_method"}

const (
	maxClaims    = 32
	maxClaimName = 64 // bytes
)

// claim is one claim of an assertion.
type claim struct {
	name     string
	template template
}

func newClaim(spec ClaimSpec) (claim, error) {
	switch {
	case spec.Name == "" || len(spec.Name) > maxClaimName || textFault(spec.Name, plainText) != "":
		return claim{}, fmt.Errorf("the name %q is none: 1 to %d bytes of text", spec.Name, maxClaimName)
	case slices.Contains(ownClaims, spec.Name):
		return claim{}, fmt.Errorf("the gate writes %s by itself; choose another name", spec.Name)
	}
	parsed, err := parseTemplate(spec.Template, plainText)
	if err != nil {
		return claim{}, err
	}
	return claim{spec.Name, parsed}, nil
}

// plainText is how claims are written: JSON escapes what it must.
var plainText = func() *encoding {
	e, err := findEncoding("")
	if err != nil {
		panic(err)
	}
	return e
}()

// WithAssertion adds an assertion to the headers: its claims, and its own header's name,
// which no other header may have. The error names what is wrong.
func (h *Headers) WithAssertion(name string, claims []ClaimSpec) error {
	if Fold(name) != Fold(AssertionHeader) { // that one nobody can map, and everybody's is scrubbed
		if err := checkName(name); err != nil {
			return fmt.Errorf("reading header %q: %w", name, err)
		}
		if i := slices.IndexFunc(h.names, func(other string) bool { return Fold(other) == Fold(name) }); i >= 0 {
			return fmt.Errorf("reading header %q: apps cannot tell it from %q, which is mapped already", name, h.names[i])
		}
		h.names = append(h.names, textproto.CanonicalMIMEHeaderKey(name))
	}
	if len(claims) > maxClaims {
		return fmt.Errorf("there are %d claims, and may be %d", len(claims), maxClaims)
	}
	for _, spec := range claims {
		one, err := newClaim(spec)
		if err != nil {
			return fmt.Errorf("claim %s: %w", spec.Name, err)
		}
		if slices.ContainsFunc(h.claims, func(c claim) bool { return c.name == one.name }) {
			return fmt.Errorf("claim %s is given twice", one.name)
		}
		h.claims = append(h.claims, one)
	}
	h.noteOpenID()
	return nil
}

// Claims are those of the operator for a person, and why there can be none.
func (h *Headers) Claims(id Identity) (map[string]any, error) {
	made := make(map[string]any, len(h.claims)+len(ownClaims))
	for _, c := range h.claims {
		texts, reason := c.template.render(&id, plainText)
		switch {
		case reason != "":
			return nil, fmt.Errorf("making assertion: claim %s: %s", c.name, reason)
		case len(texts) == 0 && c.template.usesAccount():
			return nil, fmt.Errorf("making assertion: claim %s: it has no value", c.name)
		}
		for _, text := range texts {
			if reason := textFault(text, plainText); reason != "" {
				return nil, fmt.Errorf("making assertion: claim %s: %s", c.name, reason)
			}
			if len(text) > c.template.limit() {
				return nil, fmt.Errorf("making assertion: claim %s: the value is longer than %d bytes", c.name, c.template.limit())
			}
		}
		switch len(texts) {
		case 0:
		case 1:
			made[c.name] = texts[0]
		default:
			made[c.name] = texts
		}
	}
	return made, nil
}

// maxAssertion bounds an assertion, so that servers behind take the header.
const maxAssertion = 6 << 10 // bytes

// StampAssertion writes an assertion into the headers of a request.
func StampAssertion(header http.Header, name, assertion string) error {
	if len(assertion) > maxAssertion || strings.ContainsAny(assertion, "\r\n") {
		return errors.New("making assertion: it is longer than servers take")
	}
	header[name] = []string{assertion}
	return nil
}
