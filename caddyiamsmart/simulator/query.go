package simulator

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxQuery = 4096

var statePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,36}$`)

// parameter is one that getQR knows.
type parameter struct {
	name     string
	required bool
}

// qrParameters are in the order in which they are looked for.
var qrParameters = []parameter{
	{"clientID", true}, {"responseType", true}, {"source", true}, {"redirectURI", true}, {"scope", true},
	{"lang", false}, {"state", false}, {"brokerPage", false}, {"ticketID", false},
}

// sources are the browsers that getQR serves. The values for apps (App_Link and its kind) have calls of their own.
var sources = []string{
	"Android_Chrome", "Android_Firefox", "Android_Edge", "Android_Samsung", "Android_Huawei", "Android_Xiaomi",
	"Android_IMS_InAppBrowser", "iOS_Safari", "iOS_Chrome", "iOS_Firefox", "iOS_Edge", "iOS_IMS_InAppBrowser", "PC_Browser",
}

// qrRequest is a getQR query that broke no rule.
type qrRequest struct {
	client      *client
	redirectURI string
	scope       string
	state       string // empty where none was sent
	lang        string
	brokerPage  bool
	mobile      bool
	ticket      *ticket // of a flow without login; nil in a login
}

// byQR reports whether the person scans the page with another device.
func (q qrRequest) byQR() bool { return !q.mobile || !q.brokerPage }

// checkQR reads the raw query of getQR. The parameters are returned beside an error too, as far as they could be read.
func (s *Simulator) checkQR(rawQuery string) (qr qrRequest, parameters map[string]string, err error) {
	parameters, err = parseQuery(rawQuery)
	if err != nil {
		return qr, parameters, err
	}
	for _, p := range qrParameters {
		value, there := parameters[p.name]
		if p.required && !there {
			return qr, parameters, ruleParamMissing.broken("%s is missing", p.name)
		}
		if there && value == "" {
			return qr, parameters, ruleParamEmpty.broken("%s is empty", p.name)
		}
	}
	if qr.client = s.clients[parameters["clientID"]]; qr.client == nil {
		return qr, parameters, ruleClientUnknown.broken("clientID %q is not registered", clip(parameters["clientID"]))
	}
	if got := parameters["responseType"]; got != "code" {
		return qr, parameters, ruleResponseType.broken("responseType is %q", clip(got))
	}
	if got := parameters["source"]; !slices.Contains(sources, got) {
		return qr, parameters, ruleSource.broken("source is %q", clip(got))
	}
	qr.mobile = parameters["source"] != "PC_Browser"
	qr.redirectURI, qr.scope = parameters["redirectURI"], parameters["scope"]
	if !slices.Contains(qr.client.RedirectURIs, qr.redirectURI) {
		return qr, parameters, ruleRedirectURI.broken("redirectURI is %q", clip(qr.redirectURI))
	}
	if err = checkScope(qr.scope, qr.client.Scopes); err != nil {
		return qr, parameters, err
	}
	if qr.state = parameters["state"]; qr.state != "" && !statePattern.MatchString(qr.state) {
		return qr, parameters, ruleState.broken("state has %d characters, or others than allowed", utf8.RuneCountInString(qr.state))
	}
	if qr.lang, err = s.checkLang(cmp.Or(parameters["lang"], langHK)); err != nil {
		return qr, parameters, err
	}
	if qr.brokerPage, err = s.checkBrokerPage(parameters); err != nil {
		return qr, parameters, err
	}
	if id, there := parameters["ticketID"]; there {
		qr.ticket, err = s.checkTicket(qr.client, id, qr.scope)
	}
	return qr, parameters, err
}

// parseQuery splits a query as strictly as it can be meant: no doubled names, no broken escapes, no + that one side reads as a space
// and the other as a plus.
func parseQuery(raw string) (map[string]string, error) {
	parameters := map[string]string{}
	if len(raw) > maxQuery {
		return parameters, ruleQueryLength.broken("the query has %d bytes", len(raw))
	}
	if raw == "" {
		return parameters, nil
	}
	for _, pair := range strings.Split(raw, "&") {
		name, value, err := parsePair(pair)
		if err != nil {
			return parameters, err
		}
		if _, twice := parameters[name]; twice {
			return parameters, ruleParamTwice.broken("%s came twice", name)
		}
		parameters[name] = value
	}
	return parameters, nil
}

func parsePair(pair string) (name, value string, err error) {
	name, escaped, hasValue := strings.Cut(pair, "=")
	if !hasValue || strings.Contains(pair, ";") || !visibleASCII(pair) {
		return "", "", ruleQueryEncoding.broken("%q is no name=value pair", clip(pair))
	}
	if !slices.ContainsFunc(qrParameters, func(p parameter) bool { return p.name == name }) {
		return "", "", ruleParamUnknown.broken("getQR does not know %q", clip(name))
	}
	if strings.Contains(escaped, "+") {
		return "", "", ruleQueryPlus.broken("%s holds a bare plus", name)
	}
	value, err = url.PathUnescape(escaped)
	if err != nil || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", "", ruleQueryEncoding.broken("%s holds a broken escape, a control character or no UTF-8", name)
	}
	return name, value, nil
}

func checkScope(scope string, approved []string) error {
	var seen []string
	for _, name := range strings.Split(scope, " ") {
		if !slices.Contains(knownScopes, name) || slices.Contains(seen, name) {
			return ruleScopeForm.broken("scope holds %q, unknown or twice", clip(name))
		}
		seen = append(seen, name)
	}
	for _, name := range seen {
		if !slices.Contains(approved, name) {
			return ruleScopeApproved.broken("the scope %s is not approved for this client", name)
		}
	}
	return nil
}

func (s *Simulator) checkLang(given string) (string, error) {
	for _, lang := range []string{langEN, langHK, langCN} {
		if given == lang || !s.options.Variants.StrictSpelling && strings.EqualFold(given, lang) {
			return lang, nil
		}
	}
	return "", ruleLang.broken("lang is %q", clip(given))
}

func (s *Simulator) checkBrokerPage(parameters map[string]string) (bool, error) {
	given, there := parameters["brokerPage"]
	if !there {
		return false, nil
	}
	word := given
	if !s.options.Variants.StrictSpelling {
		word = strings.ToLower(given)
	}
	if word != "true" && word != "false" {
		return false, ruleBrokerPage.broken("brokerPage is %q", clip(given))
	}
	return word == "true", nil
}
