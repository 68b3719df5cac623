package iamsmart

import (
	"errors"
	"net/http"
)

// withOptions adds to the error of a call which options may be set otherwise than iAM Smart wants it. It goes by what the
// refusal looks like from here, so it is a hint and not a finding.
func withOptions(err error, f Function, status int) error {
	var failure *Error
	if errors.As(err, &failure) {
		failure.Options = append(failure.Options, suspects(f, failure.Number, status)...)
	}
	return err
}

func suspects(f Function, number, status int) []string {
	if status == http.StatusNotFound && hasTwoPaths(f) {
		return []string{"paths"}
	}
	withoutParameters := f == FunctionGetKey || f == FunctionRevokeKey
	switch number {
	case 20001, 20002, 20003, 20008:
		if withoutParameters {
			return []string{"getkey_body"}
		}
		if hasCallback(f) {
			return []string{"redirect_uri"}
		}
	case 20006:
		if withoutParameters {
			return []string{"signature_encoding", "getkey_body"}
		}
		return []string{"signature_encoding"}
	case 20012, 20015:
		if f == FunctionProfile {
			return []string{"profile_scope"}
		}
	}
	return nil
}

// hasCallback tells the functions whose request holds an address to come back to.
func hasCallback(f Function) bool {
	switch f {
	case FunctionProfile, FunctionFormFilling, FunctionReauthentication, FunctionSigning, FunctionPDFSigning,
		FunctionAnonymousSigning, FunctionAnonymousPDFSigning:
		return true
	}
	return false
}

// optionsOfKey are the options that may keep a content key from being unwrapped.
func optionsOfKey(err error) []string {
	if errors.Is(err, errNotAKey) {
		return []string{"key_text"}
	}
	if errors.Is(err, errNoKeyFits) {
		return []string{"key_padding"}
	}
	return nil
}

// optionsOfTime are the options that may keep a lifetime from being understood.
func optionsOfTime(err error) []string {
	if errors.Is(err, errExpiresIn) {
		return []string{"expires_in"}
	}
	return nil
}
