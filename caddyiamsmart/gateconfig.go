package caddyiamsmart

import "github.com/caddyserver/caddy/v2"

// SharedAccount is an account that several persons use.
type SharedAccount struct {
	// The account's name. Required.
	Account string `json:"account,omitempty"`

	// How many persons may be linked to it; 0 for none, and then they are told that
	// it is nobody's own. Default: 0.
	Persons int `json:"persons,omitempty"`
}

// SessionConfig says how long a login lasts.
type SessionConfig struct {
	// End a session after this time without a page being opened or a form being
	// sent. What is under way then, as websockets and downloads, ends with it; an
	// upload keeps it alive until it has been answered. Default: 15m.
	Idle caddy.Duration `json:"idle,omitempty"`

	// End a session this long after login, whatever happens. Default: 13h.
	Max caddy.Duration `json:"max,omitempty"`

	// Paths that scripts of the application ask for by themselves, exact or
	// `/folder/*`: requests for them do not keep a session alive, even where they
	// are sent by POST. Default: none.
	Passive []string `json:"passive,omitempty"`
}

// PagesConfig says what the gate's own pages say.
type PagesConfig struct {
	// The registered name of the online service. Default: `this service`, in
	// each language.
	Service string `json:"service,omitempty"`

	// The name of the home: `Sunshine Home`. Default: `this home`, in each language.
	Home string `json:"home,omitempty"`

	// Whom people ask for help: `the duty manager, extension 12`. Default:
	// `your supervisor`, in each language.
	Contact string `json:"contact,omitempty"`

	// The address of the privacy notice. Default: no link.
	Privacy string `json:"privacy,omitempty"`

	// The first language: `zh-HK`, `zh-CN`, `en`, or `browser` for what the
	// browser asks for. People can switch. Default: `zh-HK`.
	Language string `json:"language,omitempty"`

	// The official iAM Smart artwork for the button, an SVG or PNG file from
	// the design guideline package. Default: none; no lookalike is drawn.
	Logo string `json:"logo,omitempty"`
}
