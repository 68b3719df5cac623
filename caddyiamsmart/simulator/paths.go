package simulator

import (
	"fmt"
	"strings"
)

// family is which documents spell a path so. The calls of a login have one path alone.
type family int

const (
	everyFamily family = iota
	accountFamily
	sisterFamily
)

const apiPrefix = "/api/v1/"

// path is one way to spell a call. The account family's first spelling is the call's name.
type path struct {
	family family
	call   string
}

// paths are the calls by their path below the prefix.
var paths = map[string]path{
	callGetKey:      {everyFamily, callGetKey},
	callRevokeKey:   {everyFamily, callRevokeKey},
	callQR:          {everyFamily, callQR},
	callGetToken:    {everyFamily, callGetToken},
	callProfile:     {everyFamily, callProfile},
	callStepUp:      {everyFamily, callStepUp},
	callForm:        {accountFamily, callForm},
	callSigning:     {accountFamily, callSigning},
	callPDFSigning:  {accountFamily, callPDFSigning},
	callAcknowledge: {accountFamily, callAcknowledge},

	"account/auth/eme/initiateRequest": {accountFamily, callForm},
	"formFilling/initiateRequest":      {sisterFamily, callForm},
	"signing/initiateRequest":          {sisterFamily, callSigning},
	"pdfsigning/initiateRequest":       {sisterFamily, callPDFSigning},
	"signing/ackResult":                {sisterFamily, callAcknowledge},

	callAnonymousForm: {accountFamily, callAnonymousForm},
	callAnonymousSign: {accountFamily, callAnonymousSign},
	callAnonymousPDF:  {accountFamily, callAnonymousPDF},
	callFormResult:    {accountFamily, callFormResult},
	callSignResult:    {accountFamily, callSignResult},
	callPDFResult:     {accountFamily, callPDFResult},

	"formFilling/anonymous/initiateRequest": {sisterFamily, callAnonymousForm},
	"signing/anonymous/initiateRequest":     {sisterFamily, callAnonymousSign},
	"pdfsigning/anonymous/initiateRequest":  {sisterFamily, callAnonymousPDF},
	"formFilling/anonymous/getResult":       {sisterFamily, callFormResult},
	"signing/anonymous/getResult":           {sisterFamily, callSignResult},
	"pdfsigning/anonymous/getResult":        {sisterFamily, callPDFResult},
}

// callName is the name of a call that is spelled in any way; another text stays as it is.
func callName(spelled string) string {
	if p, known := paths[spelled]; known {
		return p.call
	}
	return spelled
}

// findCall is the call that a path leads to.
func (s *Simulator) findCall(escaped string) (call string, found bool) {
	spelled, below := strings.CutPrefix(escaped, apiPrefix)
	p, known := paths[spelled]
	return p.call, below && known && s.options.Variants.serves(p.family)
}

// handlers are what answers each call but getQR.
func (s *Simulator) handlers() map[string]func(*request) (any, error) {
	return map[string]func(*request) (any, error){
		callGetKey:        s.getKey,
		callRevokeKey:     s.revokeKey,
		callGetToken:      s.getToken,
		callProfile:       s.initiate(functionProfile),
		callForm:          s.initiate(functionForm),
		callStepUp:        s.initiate(functionStepUp),
		callSigning:       s.initiate(functionSigning),
		callPDFSigning:    s.initiate(functionPDFSigning),
		callAcknowledge:   s.acknowledge,
		callAnonymousForm: s.initiateAnonymous(functionAnonymousForm),
		callAnonymousSign: s.initiateAnonymous(functionAnonymousSigning),
		callAnonymousPDF:  s.initiateAnonymous(functionAnonymousPDF),
		callFormResult:    s.result(functionAnonymousForm),
		callSignResult:    s.result(functionAnonymousSigning),
		callPDFResult:     s.result(functionAnonymousPDF),
	}
}

// knownCall refuses a name under which nothing could happen.
func knownCall(call string) (string, error) {
	name := callName(call)
	if _, known := paths[name]; !known && name != callDecide && name != callCallback {
		return "", fmt.Errorf("unknown call %q", clip(call))
	}
	return name, nil
}
