package form

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// outcome is everything that the rules may look at.
type outcome struct {
	login   *answer         // to the POST
	final   *answer         // at the end of its redirects
	changed map[string]bool // cookies that the login set to a new value
	form    bool            // the login form is in the final page
	asks    bool            // the final page asks for a password, by whatever form
}

type verdict int

const (
	doubt verdict = iota // the zero value: what nobody decided is no yes
	yes
	no
	barred // the password is right, and the account may not be used
)

// judge weighs the app's answer. The reason is for the log and says how to get
// out of a doubt; for barred, it is the state.
func (s *settings) judge(o outcome) (verdict, string) {
	if inTrouble(o.login.status) || inTrouble(o.final.status) {
		return doubt, fmt.Sprintf("the app answered the login with status %d", max(o.login.status, o.final.status))
	}
	if s.readsData() && o.final.page.data != nil && o.final.page.data.err != nil {
		return doubt, fmt.Sprintf("the answer says that it is JSON, and cannot be read as such: %v", o.final.page.data.err)
	}
	succeeded, failed := s.succeeded(o), s.failed(o)
	stated, looks := s.stated(o), s.looks(o)
	switch {
	case stated != "" && failed && len(s.failure) > 0:
		return doubt, "the rules of failure and of a state of the account hold both"
	case stated != "":
		return barred, string(stated)
	case succeeded && failed:
		return doubt, "the rules of success and of failure hold both"
	case looks != "" && !failed:
		return barred, string(looks)
	case succeeded:
		return yes, ""
	case failed:
		return no, "the app said no"
	default:
		return doubt, fmt.Sprintf("neither success nor failure holds for its answer (status %d, form %t, redirect %t, cookies changed %d)",
			o.login.status, o.form, o.login.location != nil, len(o.changed))
	}
}

func (s *settings) succeeded(o outcome) bool {
	if len(s.success) == 0 {
		// In data for a script no form can be missed.
		return len(o.changed) > 0 && !o.asks && o.final.page.data == nil && o.login.status < http.StatusBadRequest && o.final.status < http.StatusBadRequest
	}
	return !slices.ContainsFunc(s.success, func(r Rule) bool { return r.holds(o) == r.Not })
}

func (s *settings) failed(o outcome) bool {
	if len(s.failure) == 0 {
		return o.form
	}
	return slices.ContainsFunc(s.failure, func(r Rule) bool { return r.holds(o) })
}

// readsData tells whether a rule looks into answers in JSON.
func (s *settings) readsData() bool {
	reads := func(r Rule) bool { return r.Sign == "json" }
	return slices.ContainsFunc(slices.Concat(s.success, s.failure, s.expired, s.secondFactor), reads)
}

// holds tells whether the sign is there; it leaves Not to the caller.
func (r Rule) holds(o outcome) bool {
	switch r.Sign {
	case "status":
		return strconv.Itoa(o.login.status) == r.Value
	case "location":
		return o.login.location != nil && strings.HasPrefix(o.login.location.RequestURI(), r.Value)
	case "cookie":
		return o.changed[r.Value]
	case "body":
		return o.final.page.holds(r.Value)
	case "json":
		return o.final.page.data.holds(r.Value)
	}
	return false
}

func validateSuccess(rules []Rule) error {
	positive := len(rules) == 0
	for i, rule := range rules {
		if err := rule.validate(successSigns); err != nil {
			return fmt.Errorf("success %d: %w", i+1, err)
		}
		positive = positive || !rule.Not
	}
	if !positive {
		return errors.New("success: at least one rule must be without 'not': an absence proves nothing")
	}
	return nil
}

// validateStated takes the rules of an option of which one is enough.
func validateStated(option string, rules []Rule) error {
	for i, rule := range rules {
		if err := rule.validate(statedSigns); err != nil {
			return fmt.Errorf("%s %d: %w", option, i+1, err)
		}
		if rule.Not {
			return fmt.Errorf("%s %d: 'not' is for success only", option, i+1)
		}
	}
	return nil
}

func (r Rule) validate(signs []string) error {
	if !slices.Contains(signs, r.Sign) {
		return fmt.Errorf("found sign %q, expected one of %s", r.Sign, strings.Join(signs, ", "))
	}
	switch {
	case r.Value == "":
		return fmt.Errorf("%s: a value is required", r.Sign)
	case r.Sign == "status":
		return validateStatus(r.Value)
	case r.Sign == "json":
		return validateData(r.Value)
	case r.Sign == "location" && !strings.HasPrefix(r.Value, "/"):
		return errors.New("location: expected a path that begins with /, without scheme and host")
	}
	return nil
}

func validateStatus(value string) error {
	status, err := strconv.Atoi(value)
	switch {
	case err != nil, status < http.StatusOK, status > 599, strconv.Itoa(status) != value:
		return fmt.Errorf("status: found %q, expected a number such as 200 or 302", value)
	case inTrouble(status):
		return fmt.Errorf("status: %d is always told as \"cannot check now\", so no rule can use it", status)
	}
	return nil
}
