package iamsmart

import (
	"errors"
	"net/http"
	"strconv"
)

// codeSuccess is the number of D00000.
const codeSuccess = 0

// parseCode takes the number out of a code: one capital letter, which differs between the sister systems and carries no
// meaning, and five digits.
func parseCode(code string) (number int, ok bool) {
	if len(code) != 6 || code[0] < 'A' || code[0] > 'Z' {
		return 0, false
	}
	for _, digit := range []byte(code[1:]) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
	}
	number, err := strconv.Atoi(code[1:])
	return number, err == nil
}

// meaning is what we know of one number: what to do about it, and a hint for the operator.
type meaning struct {
	kind Kind
	hint error
}

// meanings has a row for every code that is known. Hints are for the operator's log.
var meanings = map[int]meaning{
	20000: {KindUnavailable, errors.New("iAM Smart met an error of its own")},
	20001: {KindConfig, errors.New("a parameter is missing")},
	20002: {KindConfig, errors.New("a parameter is empty")},
	20003: {KindConfig, errors.New("a parameter is not valid; check the client ID and this machine's clock")},
	20004: {KindFailed, errors.New("the request counts as a repeated one")},
	20005: {KindConfig, errors.New("the signature method is not accepted")},
	20006: {KindConfig, errors.New("the signature is not accepted; check the client secret")},
	20007: {KindConfig, errors.New("the source is not accepted")},
	20008: {KindConfig, errors.New("the redirect address is not registered")},
	20009: {KindExpiredToken, errors.New("the access token is unknown or has expired")},
	20010: {KindGone, errors.New("the person's openID does not exist any more")},
	20011: {KindFailed, errors.New("the business ID was used before")},
	20012: {KindScope, errors.New("this client has no permission for this call; check its scopes in the portal")},
	20013: {KindConfig, errors.New("the business identifier is another one's")},
	20015: {KindScope, errors.New("the scope is not one that this client was given")},
	20022: {KindKey, errors.New("iAM Smart could not encrypt")},
	20026: {KindConfig, errors.New("access is denied to this client")},
	20027: {KindFailed, errors.New("what was asked for is not there")},
	30001: {KindKey, errors.New("the encipherment certificate is missing or has expired at iAM Smart")},
	30002: {KindKey, errors.New("the content key is missing or has expired")},
	30003: {KindKey, errors.New("iAM Smart could not encrypt")},
	30004: {KindKey, errors.New("iAM Smart could not decrypt")},
	40000: {KindDenied, errors.New("the person cancelled")},
	40001: {KindDenied, errors.New("the person refused")},
	40002: {KindFailed, errors.New("the authentication failed")},
	40003: {KindTimedOut, errors.New("the person did not answer in time")},
	40004: {KindExpiredCode, errors.New("the code is unknown, expired or spent")},
	40035: {KindMismatch, errors.New("the HKIC number does not fit")},
	50001: {KindDenied, errors.New("the person refused to give the profile")},
	50002: {KindFailed, errors.New("the profile request failed")},
	50003: {KindTimedOut, errors.New("the person did not answer the profile request in time")},
	60000: {KindDenied, errors.New("the person cancelled the form filling")},
	60001: {KindDenied, errors.New("the person refused the form filling")},
	60002: {KindFailed, errors.New("the form filling failed")},
	60003: {KindTimedOut, errors.New("the person did not answer the form filling in time")},
	70000: {KindDenied, errors.New("the person cancelled the signing")},
	70001: {KindDenied, errors.New("the person refused to sign")},
	70002: {KindFailed, errors.New("the signing failed")},
	70003: {KindTimedOut, errors.New("the person did not sign in time")},
	70004: {KindNotAllowed, errors.New("the person's iAM Smart cannot sign; that takes iAM Smart+")},
	70005: {KindMismatch, errors.New("the signer's HKIC number is not the one that was asked for")},
	70006: {KindFailed, errors.New("the acknowledgement of the signature failed")},
	71000: {KindDenied, errors.New("the person cancelled the bulk signing")},
	71001: {KindDenied, errors.New("the person refused the bulk signing")},
	71002: {KindFailed, errors.New("the bulk signing failed")},
	71003: {KindTimedOut, errors.New("the person did not answer the bulk signing in time")},
	71004: {KindFailed, errBulkSigning},
	71005: {KindFailed, errBulkSigning},
	71006: {KindFailed, errBulkSigning},
	71007: {KindFailed, errors.New("the bulk signing is not pending")},
	71008: {KindFailed, errors.New("the token of the bulk signing is not there")},
	71009: {KindFailed, errors.New("department or service differ within the bulk signing")},
	77000: {KindFailed, errors.New("the step-up while signing failed")},
	77001: {KindFailed, errors.New("the face was not recognised while signing")},
	77002: {KindFailed, errors.New("the identity card could not be read while signing")},
	77003: {KindFailed, errors.New("the person's phone cannot read the identity card")},
	77004: {KindFailed, errors.New("the waiting period after the last step-up is not over")},
	80001: {KindDenied, errors.New("the person refused to authenticate again")},
	80002: {KindFailed, errors.New("the re-authentication failed")},
	80003: {KindTimedOut, errors.New("the person did not authenticate again in time")},
	// The rest is of the platform that the sister system runs on; its sample of a refused getKey bears 99992.
	1:     {KindUnavailable, errors.New("a part of iAM Smart did not answer")}, // S00001 and C00001
	10001: {KindConfig, errors.New("this client is suspended")},
	99990: {KindUnavailable, errors.New("iAM Smart met an error of its own")},
	99991: {KindUnavailable, errors.New("iAM Smart could not send a mail")},
	99992: {KindConfig, errors.New("this client is not authorised; check client ID and secret")},
}

// errBulkSigning stands for the numbers whose meaning within bulk signing, which this package does not begin, is not known.
var errBulkSigning = errors.New("a failure of bulk signing")

// meaningOf never fails: a number that is not in the table is a plain failure.
func meaningOf(number int) meaning {
	if m, known := meanings[number]; known {
		return m
	}
	return meaning{KindFailed, errors.New("a code without known meaning")}
}

// keyTrouble tells whether a refusal is one that a fresh content key may mend. The documents ask for one renewal and one
// repetition then, which is safe: whoever could not read the request has not acted on it.
func keyTrouble(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Number >= 30001 && failure.Number <= 30004
}

// overloaded tells whether an HTTP status says that the service cannot answer now, whatever the body says.
func overloaded(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
}
