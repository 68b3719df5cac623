package simulator

import "slices"

// function is what a person can be asked for beyond a login.
type function struct {
	title     string // for the phone, in English
	call      string // the call that begins it
	scope     string // that client and token need
	anonymous bool   // by ticket and login page, not by token and callback
	// The codes of a request that was not approved; cancel is empty where there is none.
	cancel, reject, fail, timeout string
	// read takes the function's own parameters.
	read func(*Simulator, *parameters, *ask)
	// signs asks for a person who may sign.
	signs bool
}

const (
	callProfile       = "account/auth/profile/initiateRequest"
	callForm          = "account/eme/initiateRequest"
	callStepUp        = "account/stepup/initiateRequest"
	callSigning       = "account/signing/initiateRequest"
	callPDFSigning    = "account/pdfsigning/initiateRequest"
	callAcknowledge   = "account/signing/ackResult"
	callAnonymousForm = "anonymous/eme/initiateRequest"
	callAnonymousSign = "anonymous/signing/initiateRequest"
	callAnonymousPDF  = "anonymous/pdfsigning/initiateRequest"
	callFormResult    = "anonymous/eme/getResult"
	callSignResult    = "anonymous/signing/getResult"
	callPDFResult     = "anonymous/pdfsigning/getResult"

	scopeAuth     = "eidapi_auth"
	scopeProfiles = "eidapi_profiles"
	scopeForm     = "eidapi_formFilling"
	scopeSign     = "eidapi_sign"
	scopeStepUp   = "eidapi_fr"
)

var (
	functionProfile = &function{title: "Profile", call: callProfile, scope: scopeProfiles,
		reject: "D50001", fail: "D50002", timeout: "D50003", read: (*Simulator).readProfile}
	functionForm = &function{title: "Form filling", call: callForm, scope: scopeProfiles,
		cancel: "D60000", reject: "D60001", fail: "D60002", timeout: "D60003", read: (*Simulator).readFormFilling}
	functionStepUp = &function{title: "Re-authentication", call: callStepUp, scope: scopeStepUp,
		reject: "D80001", fail: "D80002", timeout: "D80003", read: func(*Simulator, *parameters, *ask) {}}
	functionSigning = &function{title: "Signing", call: callSigning, scope: scopeSign, signs: true,
		cancel: "D70000", reject: "D70001", fail: "D70002", timeout: "D70003", read: (*Simulator).readSigning}
	functionPDFSigning = &function{title: "PDF signing", call: callPDFSigning, scope: scopeSign, signs: true,
		cancel: "D70000", reject: "D70001", fail: "D70002", timeout: "D70003", read: (*Simulator).readPDFSigning}
	functionAnonymousForm = &function{title: "Form filling without login", call: callAnonymousForm, scope: scopeForm, anonymous: true,
		cancel: "D60000", reject: "D60001", fail: "D60002", timeout: "D60003", read: (*Simulator).readFormFilling}
	functionAnonymousSigning = &function{title: "Signing without login", call: callAnonymousSign, scope: scopeSign, anonymous: true, signs: true,
		cancel: "D70000", reject: "D70001", fail: "D70002", timeout: "D70003", read: (*Simulator).readSigning}
	functionAnonymousPDF = &function{title: "PDF signing without login", call: callAnonymousPDF, scope: scopeSign, anonymous: true, signs: true,
		cancel: "D70000", reject: "D70001", fail: "D70002", timeout: "D70003", read: (*Simulator).readPDFSigning}
)

// ask is what a service wants of a person.
type ask struct {
	function    *function
	client      *client
	businessID  string
	state       string
	redirectURI string   // registered, once decoded
	title       string   // of the form or the document, for the phone
	fields      []string // of profile and form filling
	digest      []byte   // to be signed
	hashCode    string   // digest as it was sent
	algorithm   string
	hkicHash    string
}

// decisions are the words by which a request is decided.
var decisions = []string{"approve", "reject", "cancel", "timeout", "fail"}

// outcome is the code that a decision comes to; empty where the function does not know the decision.
func (f *function) outcome(decision string) string {
	switch decision {
	case "approve":
		return codeSuccess
	case "reject":
		return f.reject
	case "cancel":
		return f.cancel
	case "timeout":
		return f.timeout
	case "fail":
		return f.fail
	}
	return ""
}

// decisions are the words that f knows, for the phone's buttons.
func (f *function) decisions() []string {
	return slices.DeleteFunc(slices.Clone(decisions), func(word string) bool { return f.outcome(word) == "" })
}
