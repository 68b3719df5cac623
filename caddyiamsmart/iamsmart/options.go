package iamsmart

import (
	"fmt"
	"slices"
	"strings"
)

// Protocol chooses between the readings of what public sources leave open about iAM Smart. The zero value of every field is
// the likeliest reading; see [Options] for the words that each takes.
type Protocol struct {
	// Paths is the family of paths of the calls after the login: "account" (default), as known from services that log
	// people in with iAM Smart, or "sister", as documented for the sister system of the same office.
	Paths string `json:"paths,omitempty"`
	// Path gives single functions a path of their own, below the API base and beginning with a slash: see [Functions] for
	// the names.
	Path map[Function]string `json:"path,omitempty"`
	// SignatureEncoding is how the signature's Base64 stands in its header: "percent" (default), percent-encoded with
	// upper-case hex, or "raw".
	SignatureEncoding string `json:"signature_encoding,omitempty"`
	// GetKeyBody is the body of calls without parameters: "empty" (default), or "object" for {}. What is sent is signed.
	GetKeyBody string `json:"getkey_body,omitempty"`
	// KeyPadding is the padding under which content keys come: "pkcs1" (default, PKCS#1 v1.5), "oaep-sha1" or
	// "oaep-sha256".
	KeyPadding string `json:"key_padding,omitempty"`
	// KeyText is what lies within the padding: "raw" (32 bytes), "base64" (their Base64), or "auto" (default), which tells
	// them, and hex, by their length.
	KeyText string `json:"key_text,omitempty"`
	// ExpiresIn is what expiresIn means: "duration" (milliseconds of life), "absolute" (milliseconds since 1970), or "auto"
	// (default), which tells them by their size.
	ExpiresIn string `json:"expires_in,omitempty"`
	// BrokerPage is how the login address asks for the page that opens the app on a phone: "lower" (default) for
	// brokerPage=true, "capital" for True, or "omit" to never ask.
	BrokerPage string `json:"broker_page,omitempty"`
	// RedirectURI is how a callback's address stands inside the JSON of a request: "plain" (default), or "encoded", percent-
	// encoded.
	RedirectURI string `json:"redirect_uri,omitempty"`
	// ProfileScope is the scope that a profile request needs: "profiles" (default) for eidapi_profiles, or "auth" where
	// eidapi_auth is enough.
	ProfileScope string `json:"profile_scope,omitempty"`
	// CallbackCEK is the content key that opens a callback: "match" (default), the one that getKey gave, or "own", the one
	// that the callback itself brings. Anybody who knows the certificate can make the latter, so "own" needs another proof
	// of where callbacks come from.
	CallbackCEK string `json:"callback_cek,omitempty"`
	// CallbackReply is the body of the reply to a callback: "json" (default) for {}, or "empty".
	CallbackReply string `json:"callback_reply,omitempty"`
	// DirectLogin is for people who start in the iAM Smart app: "off" (default); "plain", which exchanges their code like
	// any other; or "marked", which says isDirectLogin with it.
	DirectLogin string `json:"direct_login,omitempty"`
}

// Option is one open point of the protocol.
type Option struct {
	// Name is its word in configurations.
	Name string
	// Values are the words that it takes; the first is the default.
	Values []string
	// Text says in one line what is open and what the words mean.
	Text string

	field func(*Protocol) *string
}

// options is the one list of them: parsers, documentation and the test of all combinations go by it.
var options = []Option{
	{
		Name: "paths", Values: []string{"account", "sister"},
		Text:  "paths of the calls after the login: under `/account`, or as the sister system of the same office has them",
		field: func(p *Protocol) *string { return &p.Paths },
	},
	{
		Name: "signature_encoding", Values: []string{"percent", "raw"},
		Text:  "the Base64 of the signature in its header: percent-encoded, or as it is",
		field: func(p *Protocol) *string { return &p.SignatureEncoding },
	},
	{
		Name: "getkey_body", Values: []string{"empty", "object"},
		Text:  "body of getKey and revokeKey: none, or `{}`; what is sent is signed",
		field: func(p *Protocol) *string { return &p.GetKeyBody },
	},
	{
		Name: "key_padding", Values: []string{"pkcs1", "oaep-sha1", "oaep-sha256"},
		Text:  "RSA padding of the content key: PKCS#1 v1.5, or OAEP with one of two hashes",
		field: func(p *Protocol) *string { return &p.KeyPadding },
	},
	{
		Name: "key_text", Values: []string{"auto", "raw", "base64"},
		Text:  "the content key within the padding: told by its length, 32 bytes, or their Base64",
		field: func(p *Protocol) *string { return &p.KeyText },
	},
	{
		Name: "expires_in", Values: []string{"auto", "duration", "absolute"},
		Text:  "expiresIn of keys and tokens: told by its size, a lifetime, or a moment since 1970; all in milliseconds",
		field: func(p *Protocol) *string { return &p.ExpiresIn },
	},
	{
		Name: "broker_page", Values: []string{"lower", "capital", "omit"},
		Text:  "how a phone's login address asks for the page that opens the app: `true`, `True`, or not at all",
		field: func(p *Protocol) *string { return &p.BrokerPage },
	},
	{
		Name: "redirect_uri", Values: []string{"plain", "encoded"},
		Text:  "the callback's address inside the JSON of a request: as it is, or percent-encoded",
		field: func(p *Protocol) *string { return &p.RedirectURI },
	},
	{
		Name: "profile_scope", Values: []string{"profiles", "auth"},
		Text:  "scope that a profile request needs: `eidapi_profiles`, or `eidapi_auth` alone",
		field: func(p *Protocol) *string { return &p.ProfileScope },
	},
	{
		Name: "callback_cek", Values: []string{"match", "own"},
		Text:  "content key that opens a callback: that of getKey, or the callback's own, which needs `callback { … }` in the realm",
		field: func(p *Protocol) *string { return &p.CallbackCEK },
	},
	{
		Name: "callback_reply", Values: []string{"json", "empty"},
		Text:  "body of the reply to a callback: `{}`, or none",
		field: func(p *Protocol) *string { return &p.CallbackReply },
	},
	{
		Name: "direct_login", Values: []string{"off", "plain", "marked"},
		Text:  "people who start in the iAM Smart app: not served, their code exchanged like any other, or with isDirectLogin",
		field: func(p *Protocol) *string { return &p.DirectLogin },
	},
}

// Options lists the open points that take one of a few words. [Protocol].Path is the only one that does not.
func Options() []Option { return slices.Clone(options) }

// Default is the word that holds where none is given.
func (o Option) Default() string { return o.Values[0] }

// Get is the word that holds in p.
func (o Option) Get(p Protocol) string {
	if word := *o.field(&p); word != "" {
		return word
	}
	return o.Default()
}

// Set puts a word into p. The error names the words there are.
func (o Option) Set(p *Protocol, word string) error {
	if !slices.Contains(o.Values, word) {
		return fmt.Errorf("%s is %q, expected one of %s", o.Name, word, strings.Join(o.Values, ", "))
	}
	*o.field(p) = word
	return nil
}

// completed is p with every word filled in. Its errors name the option.
func (p Protocol) completed() (Protocol, error) {
	for _, o := range options {
		if err := o.Set(&p, o.Get(p)); err != nil {
			return p, err
		}
	}
	for function, path := range p.Path {
		if err := checkPath(function, path); err != nil {
			return p, err
		}
	}
	return p, nil
}
