package form

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

func init() {
	caddy.RegisterModule(&Form{})
}

// Form checks a name and a password with the login form of the legacy app. It
// visits the app as a browser would, judges the answer by rules, and logs out
// again. A random name with a random password is tried first, and every ten
// minutes: if the rules would let that in, nobody is let in.
type Form struct {
	// The address of the app's login page, as the gate reaches the app: http
	// or https. The page's form and every redirect have to stay at this
	// scheme, host and port. Required.
	URL string `json:"url,omitempty"`

	// The name of the form's input for the user name. Required.
	UserField string `json:"user_field,omitempty"`

	// The name of the form's input for the password. Required.
	PasswordField string `json:"password_field,omitempty"`

	// The signs of a login that worked. All of them must hold, and at least
	// one must be without `not`. Default: a cookie changed on the login, and no
	// page with a password field, no JSON and no error status came back.
	Success []Rule `json:"success,omitempty"`

	// The signs by which the app states that name or password is wrong. One of
	// them is enough. An answer with neither success nor failure is told as
	// "cannot check now". Default: the login form comes again.
	Failure []Rule `json:"failure,omitempty"`

	// The signs by which the app says that the password is right and has
	// expired, so that a new one has to be chosen in the app first. One of them
	// is enough, and it beats success. Default: the page at the end of the
	// redirects has a form with two or more password fields, not the login form,
	// and the app did not say no.
	Expired []Rule `json:"expired,omitempty"`

	// The signs by which the app says that the password is right and that it
	// wants a second factor, which the gate cannot give. One of them is enough,
	// and it beats success. Default: the page at the end of the redirects has a
	// field for a one-time code, by its autocomplete or its name, not the login
	// form, and the app did not say no.
	SecondFactor []Rule `json:"second_factor,omitempty"`

	// A page that has to agree with the signs of success. Default: none is
	// asked, and each yes is held against a wrong password for the same name,
	// and has to come once more after that. It costs the account one wrong try
	// in the app.
	Confirm *Confirm `json:"confirm,omitempty"`

	// A regular expression that finds the account's name in the page that
	// `confirm` names or, without that, in the page after the login. Its first
	// group counts, or all of it where it has no group. Default: the typed name
	// in lower case, and only names of at most 64 ASCII letters, digits and
	// `. _ - @` are accepted.
	Account string `json:"account,omitempty"`

	// How the address (path and query) of the app's logout begins. The first
	// link or form after the login whose address begins so is used, so that a
	// token in it is sent along; where there is none, this address is fetched.
	// Default: no logout; the app's session ends by the app's own time-out.
	Logout string `json:"logout,omitempty"`

	set    settings
	logger *zap.Logger
	slots  chan struct{}
	canary accounts.Canary
}

// Rule is one sign in the app's answer to a login.
type Rule struct {
	// True if the sign must be absent. Allowed for `success` only. Default:
	// false.
	Not bool `json:"not,omitempty"`

	// What to look at: `status`, the number of the answer to the login;
	// `location`, the start of the path and query to which that answer
	// redirects; `cookie`, the name of a cookie that the login set to a new
	// value, allowed for `success` only; `body`, text in the source of the page
	// at the end of the redirects; `json`, a value in that answer where its
	// Content-Type is JSON. Required.
	Sign string `json:"sign,omitempty"`

	// The number, start, name or text to look for. For `json` it is
	// `<path>=<value>`: the path has up to 8 names with dots between them, and a
	// number in it counts in a list from 0, as in `user.roles.0=staff`. The value
	// is compared as it is written, a string without its quotes: `ok=true` holds
	// for true and for "true", `id=42` not for 42.0. A JSON answer of more than
	// 256 KiB, more than 32 levels, or with a name twice in one object is
	// "cannot check now" wherever a rule looks into JSON. Required.
	Value string `json:"value,omitempty"`
}

// Confirm is a page that looks different to somebody who is logged in.
type Confirm struct {
	// The path of the page, with its query if it has one. Required.
	Path string `json:"path,omitempty"`

	// Text that the source of the page holds for somebody who is logged in,
	// and does not hold for anybody else. Required.
	Text string `json:"text,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*Form) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "iamsmart.accounts.form",
		New: func() caddy.Module { return new(Form) },
	}
}

// Kind implements [accounts.Source].
func (*Form) Kind() string { return "form" }

// Provision resolves placeholders and reads the settings. It opens no
// connection, since `caddy validate` runs it too.
func (f *Form) Provision(ctx caddy.Context) error {
	f.logger = ctx.Logger()
	f.slots = make(chan struct{}, maxChecks)
	set, err := f.resolve(caddy.NewReplacer())
	if err != nil {
		return fmt.Errorf("accounts form: %w", err)
	}
	f.set = set
	return nil
}

// Validate refuses settings under which a yes would prove nothing or no check
// could succeed.
func (f *Form) Validate() error {
	if err := f.set.validate(); err != nil {
		return fmt.Errorf("accounts form: %w", err)
	}
	return nil
}

func (s *settings) validate() error {
	if err := s.validateURL(); err != nil {
		return err
	}
	if s.userField == "" || s.passwordField == "" {
		return errors.New("fields: the names of the user and the password field are required")
	}
	if s.userField == s.passwordField {
		return errors.New("fields: user and password cannot be the same field")
	}
	if err := validateSuccess(s.success); err != nil {
		return err
	}
	if err := errors.Join(validateStated("failure", s.failure), validateStated("expired", s.expired),
		validateStated("second_factor", s.secondFactor)); err != nil {
		return err
	}
	if s.confirm != nil {
		if s.confirm.text == "" {
			return errors.New("confirm: the text is required")
		}
		if err := s.validatePath("confirm", s.confirm.path); err != nil {
			return err
		}
	}
	if s.logout != "" {
		return s.validatePath("logout", s.logout)
	}
	return nil
}

func (s *settings) validateURL() error {
	switch {
	case s.url.Scheme != "http" && s.url.Scheme != "https", s.url.Hostname() == "":
		return errors.New("url: expected http://… or https://… with a host name")
	case s.url.User != nil:
		return errors.New("url: a user name or password in the address is not allowed")
	case s.url.Fragment != "":
		return errors.New("url: a #fragment never reaches the app, leave it out")
	}
	return nil
}

// validatePath holds the gate to the app's origin: "//host" is a path that
// leads elsewhere.
func (s *settings) validatePath(option, path string) error {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || !sameOrigin(s.url, s.url.ResolveReference(u)) {
		return fmt.Errorf("%s: expected a path of the app that begins with one /", option)
	}
	return nil
}

// LoginPath is the path of the login page.
func (f *Form) LoginPath() string { return f.set.url.Path }

// Interface guards
var (
	_ accounts.LoginPage       = (*Form)(nil)
	_ caddy.Module             = (*Form)(nil)
	_ caddy.Provisioner        = (*Form)(nil)
	_ caddy.Validator          = (*Form)(nil)
	_ caddyfile.Unmarshaler    = (*Form)(nil)
	_ accounts.Source          = (*Form)(nil)
	_ accounts.PasswordChecker = (*Form)(nil)
)
