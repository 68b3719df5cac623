package iamsmart_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// axis is one open point of the protocol: the words of the client's option against the readings of the simulator.
type axis struct {
	// readings are the simulator's, by the words of its variants; "" is the reading that it has by itself.
	readings []string
	// strict are those of them with which a client must agree: one word passes there, beside tolerant.
	strict []string
	// tolerant is a word that takes every reading.
	tolerant string
	// passes says for each word under which readings the exchange comes to its end.
	passes map[string][]string
	// rule is what the simulator finds broken in every other cell; "" where only the client can find out.
	rule string
	// silent marks a refusal that a person reads at iAM Smart, so that no error of ours can name the option.
	silent bool

	exchange func(*trial) error
}

var errRefusedPage = errors.New("iAM Smart showed its own page of refusal")

var matrix = map[string]axis{
	"paths": {
		readings: []string{"", "paths-account", "paths-sister"}, strict: []string{"paths-account", "paths-sister"},
		passes: map[string][]string{"account": {"", "paths-account"}, "sister": {"", "paths-sister"}},
		rule:   "path", exchange: (*trial).formFilling,
	},
	"signature_encoding": {
		readings: []string{"", "raw-signature", "raw-signature-only"}, strict: []string{"", "raw-signature-only"},
		passes: map[string][]string{"percent": {"", "raw-signature"}, "raw": {"raw-signature", "raw-signature-only"}},
		rule:   "signature-", exchange: (*trial).login,
	},
	"getkey_body": {
		readings: []string{"", "getkey-empty", "getkey-object"}, strict: []string{"getkey-empty", "getkey-object"},
		passes: map[string][]string{"empty": {"", "getkey-empty"}, "object": {"", "getkey-object"}},
		rule:   "getkey-body", exchange: (*trial).login,
	},
	"key_padding": {
		readings: []string{"", "oaep-sha1", "oaep-sha256"}, strict: []string{"", "oaep-sha1", "oaep-sha256"},
		passes:   map[string][]string{"pkcs1": {""}, "oaep-sha1": {"oaep-sha1"}, "oaep-sha256": {"oaep-sha256"}},
		exchange: (*trial).login,
	},
	"key_text": {
		readings: []string{"", "base64-key"}, strict: []string{"", "base64-key"}, tolerant: "auto",
		passes:   map[string][]string{"auto": {"", "base64-key"}, "raw": {""}, "base64": {"base64-key"}},
		exchange: (*trial).login,
	},
	"expires_in": {
		readings: []string{"", "absolute-expiry"}, strict: []string{"", "absolute-expiry"}, tolerant: "auto",
		passes:   map[string][]string{"auto": {"", "absolute-expiry"}, "duration": {""}, "absolute": {"absolute-expiry"}},
		exchange: (*trial).login,
	},
	"broker_page": {
		readings: []string{"", "strict-spelling"},
		passes:   map[string][]string{"lower": {"", "strict-spelling"}, "capital": {""}, "omit": {"", "strict-spelling"}},
		rule:     "broker-page", silent: true, exchange: (*trial).phonePage,
	},
	"redirect_uri": {
		readings: []string{"", "redirect-plain", "redirect-encoded"}, strict: []string{"redirect-plain", "redirect-encoded"},
		passes: map[string][]string{"plain": {"", "redirect-plain"}, "encoded": {"", "redirect-encoded"}},
		rule:   "redirect-form", exchange: (*trial).formFilling,
	},
	"profile_scope": {
		readings: []string{"", "auth-scope-profiles"},
		passes:   map[string][]string{"profiles": {"", "auth-scope-profiles"}, "auth": {"auth-scope-profiles"}},
		rule:     "token-scope", exchange: (*trial).profile,
	},
	"callback_cek": {
		readings: []string{"", "fresh-callback-key"},
		passes:   map[string][]string{"match": {""}, "own": {"", "fresh-callback-key"}},
		exchange: (*trial).openedCallback,
	},
	"callback_reply": {
		readings: []string{"", "bare-callback"},
		passes:   map[string][]string{"json": {"", "bare-callback"}, "empty": {"", "bare-callback"}},
		exchange: (*trial).repliedCallback,
	},
	"direct_login": {
		readings: []string{"direct-plain", "direct-marked"}, strict: []string{"direct-plain", "direct-marked"},
		passes: map[string][]string{"off": {}, "plain": {"direct-plain"}, "marked": {"direct-marked"}},
		rule:   "direct-mark field-unknown", exchange: direct,
	},
}

// Given the list of options that configurations go by, then each word of each
// meets each reading of the simulator in a whole exchange over HTTP; where the two do not fit, the error names the option to try
// and the simulator's log names the rule; and where they must agree, no two words pass.
func TestEveryOptionAgainstEveryReading(t *testing.T) {
	var names []string
	for _, option := range iamsmart.Options() {
		names = append(names, option.Name)
		t.Run(option.Name, func(t *testing.T) {
			a, there := matrix[option.Name]
			if !there {
				t.Fatal("the option has no cells")
			}
			if got := slices.Sorted(maps.Keys(a.passes)); !slices.Equal(got, slices.Sorted(slices.Values(option.Values))) {
				t.Fatalf("there are cells for %v, the option takes %v", got, option.Values)
			}
			for _, reading := range a.readings {
				var passed []string
				for _, word := range option.Values {
					t.Run(word+" against "+cmpOr(reading, "default"), func(t *testing.T) {
						if a.cell(t, option.Name, word, reading) && word != a.tolerant {
							passed = append(passed, word)
						}
					})
				}
				if slices.Contains(a.strict, reading) && len(passed) != 1 {
					t.Errorf("where %q is read, %v pass: the option does nothing there", reading, passed)
				}
			}
		})
	}
	for name := range matrix {
		if !slices.Contains(names, name) {
			t.Errorf("there are cells for %s, which is no option", name)
		}
	}
}

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// cell makes one exchange and tells whether it came to its end.
func (a axis) cell(t *testing.T, name, word, reading string) bool {
	tr := newTrial(t, map[string]string{name: word}, strings.Fields(reading)...)
	err := a.exchange(tr)
	var broken []string
	for _, v := range tr.sim.Violations() {
		broken = append(broken, v.Rule)
	}
	if slices.Contains(a.passes[word], reading) {
		if err != nil || len(broken) > 0 {
			t.Errorf("it should pass: %v, rules broken: %v", err, broken)
		}
		return err == nil
	}
	switch {
	case err == nil:
		t.Error("it passes, although the two do not fit")
	case !a.silent && !strings.Contains(err.Error(), name):
		t.Errorf("the error does not name the option: %v", err)
	}
	for _, rule := range broken {
		if !slices.ContainsFunc(strings.Fields(a.rule), func(known string) bool { return strings.HasPrefix(rule, known) }) {
			t.Errorf("the rule %s was broken", rule)
		}
	}
	if refusedThere := a.rule != "" && word != "off"; refusedThere != (len(broken) > 0) {
		t.Errorf("rules broken: %v", broken)
	}
	return err == nil
}

func (tr *trial) login() error {
	_, err := tr.client.GetToken(context.Background(), tr.comeBack("").Code)
	return err
}

func (tr *trial) formFilling() error {
	_, err := tr.client.RequestFormFilling(context.Background(), iamsmart.FormFillingRequest{
		Request: tr.request(tr.token(tr.comeBack(""))), Form: aForm(),
	})
	return err
}

// profile logs in with no more scopes than the option says.
func (tr *trial) profile() error {
	token := tr.token(tr.comeBack("", slices.Compact([]string{iamsmart.ScopeAuth, tr.client.ProfileScope()})...))
	_, err := tr.client.RequestProfile(context.Background(), iamsmart.ProfileRequest{
		Request: tr.request(token), Fields: []iamsmart.Field{iamsmart.FieldNumber},
	})
	return err
}

// phonePage opens the login page on a phone.
func (tr *trial) phonePage() error {
	r, err := http.Get(tr.client.LoginURL(iamsmart.LoginRequest{
		RedirectURI: tr.back, State: "state-of-the-flow", Scopes: everyScope, Source: iamsmart.SourceAndroidChrome, BrokerPage: true,
	}))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %d, naming brokerPage: %t", errRefusedPage, r.StatusCode, strings.Contains(string(page), "brokerPage"))
	}
	return err
}

func (tr *trial) openedCallback() error {
	if err := tr.formFilling(); err != nil {
		return err
	}
	if err := tr.sim.Decide(tr.sim.Waiting()[0].ID, "approve"); err != nil {
		return err
	}
	_, err := tr.client.OpenCallback(context.Background(), tr.next())
	return err
}

// repliedCallback looks at the reply itself: iAM Smart reads its status only.
func (tr *trial) repliedCallback() error {
	if err := tr.openedCallback(); err != nil {
		return err
	}
	r, err := http.Post(tr.callback, "application/json", strings.NewReader("{}"))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if want := map[string]string{"json": "{}", "empty": ""}[tr.options["callback_reply"]]; string(body) != want {
		return fmt.Errorf("the reply is %q", body)
	}
	for _, c := range tr.sim.Callbacks() {
		if c.Status != http.StatusOK {
			return fmt.Errorf("a callback was answered by %d", c.Status)
		}
	}
	return err
}

// Given a person who says no, when iAM Smart sends them back with the reason or with
// the state alone, then it is a no.
func TestDenialUnderBothReadings(t *testing.T) {
	for _, reading := range []string{"", "bare-denial"} {
		tr := newTrial(t, nil, strings.Fields(reading)...)
		tr.sim.Watch(t)
		login := tr.client.LoginURL(iamsmart.LoginRequest{RedirectURI: tr.back, State: "state-of-the-flow", Scopes: everyScope})
		answer, err := iamsmart.ParseRedirect(decide(tr.url, login, url.Values{"decision": {"reject"}}))
		want(t, "the state", answer.State, "state-of-the-flow")
		want(t, "the kind", kindOf(t, err), iamsmart.KindDenied)
	}
}

// Every reading that the simulator has is tried against this client somewhere in this file or the next.
func TestEveryReadingIsTried(t *testing.T) {
	tried := map[string]bool{
		"bare-denial":      true, // above
		"resend-callbacks": true, // where callbacks are stored, by the gate
	}
	for _, a := range matrix {
		for _, reading := range a.readings {
			tried[reading] = true
		}
	}
	for _, c := range readings {
		for _, word := range strings.Fields(c.variants) {
			tried[word] = true
		}
	}
	for _, word := range simulator.VariantWords() {
		if !tried[word] {
			t.Errorf("no test tries the client against %s", word)
		}
	}
}
