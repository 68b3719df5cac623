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
	20012: {KindConfig, errors.New("this client has no permission for this call; check its scopes in the portal")},
	20015: {KindConfig, errors.New("the scope is not one that this client was given")},
	30001: {KindKey, errors.New("the encipherment certificate is missing or has expired at iAM Smart")},
	30002: {KindKey, errors.New("the content key is missing or has expired")},
	30003: {KindKey, errors.New("iAM Smart could not encrypt")},
	30004: {KindKey, errors.New("iAM Smart could not decrypt")},
	40000: {KindDenied, errors.New("the person cancelled")},
	40001: {KindDenied, errors.New("the person refused")},
	40002: {KindFailed, errors.New("the authentication failed")},
	40003: {KindTimedOut, errors.New("the person did not answer in time")},
	40004: {KindExpiredCode, errors.New("the code is unknown, expired or spent")},
	// The next two are of the platform that the sister system runs on; its sample of a refused getKey bears the second.
	99990: {KindUnavailable, errors.New("iAM Smart met an error of its own")},
	99992: {KindConfig, errors.New("this client is not authorised; check client ID and secret")},
}

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
