package form

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	maxOpenings = 4  // accounts that are opened at once; more wait for a place
	maxFields   = 64 // of a registration form
)

// Registration opens accounts with the registration form of the legacy app. It
// visits the app as a browser would, fills in the form, sends it once, and judges
// the answer by rules.
type Registration struct {
	// The address of the app's registration page, as the gate reaches the app:
	// http or https. The page's form and every redirect have to stay at this
	// scheme, host and port. Required.
	URL string `json:"url,omitempty"`

	// What to fill in, field by field. Fields of the form that are not named here
	// are sent as the page has them, hidden tokens included. One of them has to
	// hold `{iamsmart.username}`: that is what the account is called. Required.
	Fields []RegistrationField `json:"fields,omitempty"`

	// The signs of an account that was opened, as in `accounts form`. All of them
	// must hold, and at least one must be without `not`. Default: the page that
	// comes back is not the registration form, asks for no new password or
	// one-time code, and is no error and no JSON.
	Success []Rule `json:"success,omitempty"`

	// The signs by which the app says that it opened none: the name is taken, a
	// value is not accepted. One of them is enough. An answer with neither success
	// nor failure is told as "cannot tell". Default: the registration form comes
	// again.
	Failure []Rule `json:"failure,omitempty"`

	set    settings // address and rules
	fields []filling
	slots  chan struct{}
}

// RegistrationField is one field of a registration form.
type RegistrationField struct {
	// The name of the form's input, list, tick box or choice. Required.
	Name string `json:"name,omitempty"`

	// What is typed there: text, and the placeholders `{iamsmart.username}` and
	// `{iamsmart.password}`, which the person chose, `{iamsmart.name.en}`,
	// `{iamsmart.name.zh}`, `{iamsmart.birth_date}`, `{iamsmart.gender}`,
	// `{iamsmart.mobile}` and `{iamsmart.email}`. `\{` is a literal brace. Where
	// iAM Smart told no such value, nothing is typed. For a list, tick box or
	// choice it is the value that the page has for it. Required.
	Template string `json:"template,omitempty"`
}

// filling is a field with its template, parsed.
type filling struct {
	name string
	text template
}

// Provision resolves placeholders and reads the settings. It opens no connection.
func (r *Registration) Provision(caddy.Context) error {
	r.slots = make(chan struct{}, maxOpenings)
	if err := r.resolve(caddy.NewReplacer()); err != nil {
		return fmt.Errorf("register form: %w", err)
	}
	return nil
}

func (r *Registration) resolve(repl *caddy.Replacer) error {
	with := accounts.Settings{With: repl}
	r.set = settings{success: resolveRules(&with, "success", r.Success), failure: resolveRules(&with, "failure", r.Failure)}
	address := with.Text("url", r.URL)
	r.fields = nil
	for _, f := range r.Fields {
		name := with.Text("field", f.Name)
		text, err := parseTemplate(repl, f.Template)
		if err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		r.fields = append(r.fields, filling{name, text})
	}
	if with.Err != nil {
		return with.Err
	}
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("url: not an address") // the cause would repeat it, query and all
	}
	r.set.url = u
	return nil
}

// Validate refuses settings under which a yes would prove nothing or no account
// could be opened.
func (r *Registration) Validate() error {
	if err := r.validate(); err != nil {
		return fmt.Errorf("register form: %w", err)
	}
	return nil
}

// Takes are the keys of the values that the fields take: see [accounts.Opener].
func (r *Registration) Takes() (keys []string) {
	for _, v := range valueNames {
		key := v.key
		if slices.ContainsFunc(r.fields, func(f filling) bool { return f.text.uses(key) }) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (r *Registration) validate() error {
	if err := r.set.validateURL(); err != nil {
		return err
	}
	if len(r.fields) > maxFields {
		return fmt.Errorf("field: found %d, expected at most %d", len(r.fields), maxFields)
	}
	seen := make(map[string]bool)
	named := false
	for _, f := range r.fields {
		switch {
		case f.name == "":
			return errors.New("field: the name of the input is required")
		case seen[f.name]:
			return fmt.Errorf("field: found %s twice", f.name)
		case len(f.text) == 0:
			return fmt.Errorf("field %s: the template is required", f.name)
		}
		seen[f.name] = true
		named = named || f.text.uses("username")
	}
	if !named {
		return errors.New("field: expected one with {iamsmart.username}, which says what the account is called")
	}
	if err := validateSuccess(r.set.success); err != nil {
		return err
	}
	return validateStated("failure", r.set.failure)
}

// opened weighs the app's answer; again says that the registration form came
// again. The reason says how to get out of a doubt.
func (s *settings) opened(o outcome, again bool) (verdict, string) {
	final := o.final.page
	switch {
	case inTrouble(o.login.status) || inTrouble(o.final.status):
		return doubt, fmt.Sprintf("the app answered with status %d", max(o.login.status, o.final.status))
	case s.readsData() && final.data != nil && final.data.err != nil:
		return doubt, fmt.Sprintf("the answer says that it is JSON, and cannot be read as such: %v", final.data.err)
	}
	failed := again
	if len(s.failure) > 0 {
		failed = s.failed(o)
	}
	succeeded := !again && final.data == nil && !final.asksNewPassword() && !final.asksCode() &&
		o.login.status < http.StatusBadRequest && o.final.status < http.StatusBadRequest
	if len(s.success) > 0 {
		succeeded = s.succeeded(o)
	}
	switch {
	case succeeded && failed:
		return doubt, "the rules of success and of failure hold both"
	case succeeded:
		return yes, ""
	case failed:
		return no, "the app did not open the account"
	}
	return doubt, fmt.Sprintf("neither success nor failure holds for its answer (status %d, form %t, redirect %t)",
		o.login.status, again, o.login.location != nil)
}

// names are those of the fields that are filled in.
func (r *Registration) names() []string {
	var names []string
	for _, f := range r.fields {
		names = append(names, f.name)
	}
	return names
}

// formWith returns the first form that has all fields, ready to be filled in.
func (p *page) formWith(names []string) *form {
	for _, f := range p.forms {
		lacks := func(name string) bool { return f.field(name) == nil && len(f.choices(name)) == 0 }
		if !slices.ContainsFunc(names, lacks) {
			return f
		}
	}
	return nil
}

// asksFor tells whether the page has all fields, in whatever state.
func (p *page) asksFor(names []string) bool {
	holds := func(controls []*control) bool {
		lacks := func(name string) bool {
			return !slices.ContainsFunc(controls, func(c *control) bool { return c.name == name && (c.fillable() || c.ticked()) })
		}
		return !slices.ContainsFunc(names, lacks)
	}
	return holds(p.loose) || slices.ContainsFunc(p.forms, func(f *form) bool { return holds(f.controls) })
}

// Interface guards
var (
	_ caddy.Provisioner     = (*Registration)(nil)
	_ caddy.Validator       = (*Registration)(nil)
	_ caddyfile.Unmarshaler = (*Registration)(nil)
	_ accounts.Opener       = (*Registration)(nil)
)
