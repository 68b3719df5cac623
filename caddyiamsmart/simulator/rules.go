package simulator

import (
	"fmt"
	"time"
)

// rule is one check. Its name is stable: tests announce violations by it. Its code is what the call is refused with: a code of iAM
// Smart, or three digits for an HTTP status.
type rule struct {
	name, code, remedy string
}

// declared lists every rule in the order of this file, for the start page.
var declared []*rule

func declare(name, code, remedy string) *rule {
	r := &rule{name, code, remedy}
	declared = append(declared, r)
	return r
}

// broken is the refusal of a request that breaks the rule. The detail never quotes a secret, code, key or openID.
func (r *rule) broken(format string, args ...any) error {
	return &refusal{code: r.code, rule: r, detail: fmt.Sprintf(format, args...)}
}

// refusal is why a call is not served.
type refusal struct {
	code   string
	rule   *rule // nil where the test asked for this failure
	detail string

	retryAfter time.Duration // stated beside an HTTP status
	page       bool          // as of a gateway
}

func (r *refusal) Error() string { return r.code + ": " + r.detail }

// Rules of every request, and of the common headers of signed ones.
var (
	ruleHost        = declare("host", "403", "Address the simulator by a loopback name, or allow the host name.")
	rulePath        = declare("path", "404", "Use the paths under /api/v1 exactly as documented.")
	ruleMethod      = declare("method", "405", "getQR is a GET, every other call a POST.")
	rulePostQuery   = declare("post-query", "D20003", "Send nothing in the query of a POST: parameters belong into headers and body.")
	ruleBodySize    = declare("body-size", "413", "Keep the body to 10 MiB.")
	ruleBodyRead    = declare("body-read", "400", "Send the body in full, at the length that was announced.")
	ruleContentType = declare("content-type", "D20003", "Send Content-Type: application/json with every POST.")

	ruleHeaderMissing    = declare("header-missing", "D20001", "Send clientID, signatureMethod, timestamp, nonce and signature as headers.")
	ruleHeaderEmpty      = declare("header-empty", "D20002", "None of the five headers may be empty.")
	ruleHeaderTwice      = declare("header-twice", "D20003", "Send each of the five headers once.")
	ruleSignatureMethod  = declare("signature-method", "D20005", "signatureMethod is HmacSHA256, letter by letter.")
	ruleClientUnknown    = declare("client-unknown", "D20003", "Use the client ID that is registered.")
	ruleTimestampForm    = declare("timestamp-form", "D20003", "timestamp is a positive decimal number, digits only.")
	ruleTimestampScale   = declare("timestamp-scale", "D20003", "timestamp counts milliseconds since 1970, not seconds and not microseconds.")
	ruleTimestampSkew    = declare("timestamp-skew", "D20003", "Set the clock by NTP, and take the time when the request is sent.")
	ruleTimestampOrder   = declare("timestamp-order", "D20003", "Never send a timestamp lower than one sent before.")
	ruleNonceForm        = declare("nonce-form", "D20003", "nonce is 1 to 36 visible ASCII characters.")
	ruleSignatureRaw     = declare("signature-raw", "D20006", "Percent-encode the Base64 of the signature for the header.")
	ruleSignatureEncoded = declare("signature-encoded", "D20006", "Send the Base64 of the signature as it is. (With the variant raw-signature-only.)")
	ruleSignatureForm    = declare("signature-form", "D20006", "signature is the padded standard Base64 of 32 bytes, with only + / = percent-encoded.")
	ruleSignatureWrong   = declare("signature-wrong", "D20006", "Sign clientID, signatureMethod, timestamp, nonce and the raw body, joined without separators, by HMAC-SHA256 under the characters of the client secret.")
	ruleNonceReuse       = declare("nonce-reuse", "D20004", "Make a new random nonce for every request, also when repeating one.")
	ruleNonceFlood       = declare("nonce-flood", "429", "Send fewer requests: the simulator cannot remember more nonces.")
)

// Rules of bodies and of the encrypted content.
var (
	ruleBodyUnwanted = declare("body-unwanted", "D20003", "This call has no parameters: send no body, or {}, and sign just that.")
	ruleKeyBody      = declare("getkey-body", "D20003", "Send getKey the body that is demanded. (With the variants getkey-empty and getkey-object.)")
	ruleBodyJSON     = declare("body-json", "D20003", "The body is one JSON object in UTF-8, each member once.")
	ruleBodyMissing  = declare("body-missing", "D20001", "The body needs the member content.")
	ruleBodyEmpty    = declare("body-empty", "D20002", "The member content must not be empty.")
	ruleBodyType     = declare("body-type", "D20003", "The member content is a string.")
	ruleBodyUnknown  = declare("body-unknown", "D20003", "The body holds content and nothing else; parameters go inside, encrypted.")

	ruleKEKExpired    = declare("kek-expired", "D30001", "Renew the encipherment certificate.")
	ruleCEKNone       = declare("cek-none", "D30002", "Call security/getKey before the first encrypted call.")
	ruleCEKEnded      = declare("cek-ended", "D30002", "Renew the CEK before issueAt plus expiresIn, and drop it after revokeKey.")
	ruleContentBase64 = declare("content-base64", "D30004", "content is padded standard Base64 without line breaks.")
	ruleContentLength = declare("content-length", "D30004", "content is 4 bytes of IV length, 12 of IV, the ciphertext and 16 of tag.")
	ruleContentIV     = declare("content-iv", "D30004", "The IV length is 12, written as four bytes, most significant first.")
	ruleDecryptFailed = declare("decrypt-failed", "D30004", "Encrypt by AES-256-GCM under the current CEK, without additional data, the tag at the end.")
	ruleIVReuse       = declare("iv-reuse", "D30004", "Make a new random IV for every encryption: reuse under one key breaks AES-GCM. (Noted, not refused.)")
	ruleFieldsJSON    = declare("fields-json", "D20003", "The clear text of content is one JSON object in UTF-8, each member once.")
	ruleFieldMissing  = declare("field-missing", "D20001", "Send every required parameter.")
	ruleFieldEmpty    = declare("field-empty", "D20002", "No parameter may be empty.")
	ruleFieldType     = declare("field-type", "D20003", "Send the parameter in the documented JSON type.")
	ruleFieldLength   = declare("field-length", "D20003", "Keep each parameter to its length: businessID 36, formNum 20, department 100, others 255 characters.")
	ruleFieldValue    = declare("field-value", "D20003", "Send one of the documented values.")
	ruleFieldUnknown  = declare("field-unknown", "D20003", "Send no parameter that the call does not know.")
	ruleGrantType     = declare("grant-type", "D20003", "grantType is authorization_code.")
	ruleCodeUnknown   = declare("code-unknown", "D40004", "Send the code of the redirect as it came.")
	ruleCodeClient    = declare("code-client", "D40004", "A code belongs to the client ID that began the login.")
	ruleCodeReused    = declare("code-reused", "D40004", "A code can be exchanged once; answer a repeated callback without exchanging again.")
	ruleCodeExpired   = declare("code-expired", "D40004", "Exchange the code at once when the redirect arrives.")
	ruleDirectMark    = declare("direct-mark", "D40004", "Send isDirectLogin true for codes that came to the address of direct logins, and for no others.")
	ruleVerifier      = declare("code-verifier", "D40004", "Send the code_verifier that came with the code, and none where none came.")
)

// Rules of getQR's query.
var (
	ruleQueryLength   = declare("query-length", "D20003", "Keep the query to 4096 bytes.")
	ruleQueryEncoding = declare("query-encoding", "D20003", "Percent-encode the query properly: name=value pairs in UTF-8, joined by &.")
	ruleQueryPlus     = declare("query-plus", "D20003", "Encode a space as %20 and a plus as %2B.")
	ruleParamTwice    = declare("param-twice", "D20003", "Send each parameter once.")
	ruleParamUnknown  = declare("param-unknown", "D20003", "Send no parameter that getQR does not know; names are case-sensitive.")
	ruleParamMissing  = declare("param-missing", "D20001", "getQR needs clientID, responseType, source, redirectURI and scope.")
	ruleParamEmpty    = declare("param-empty", "D20002", "No parameter may be empty; leave an optional one out.")
	ruleResponseType  = declare("response-type", "D20003", "responseType is code.")
	ruleSource        = declare("source", "D20007", "source is one of the documented browsers, PC_Browser for any desktop.")
	ruleRedirectURI   = declare("redirect-uri", "D20008", "redirectURI equals a registered address, character by character once decoded.")
	ruleScopeForm     = declare("scope-form", "D20015", "scope lists known scopes, each once, with one space between; names are case-sensitive.")
	ruleScopeApproved = declare("scope-approved", "D20012", "Ask only for scopes that are approved for this client.")
	ruleState         = declare("state", "D20003", "state is at most 36 of A-Z, a-z, 0-9, _ and -.")
	ruleLang          = declare("lang", "D20003", "lang is en-US, zh-HK or zh-CN.")
	ruleBrokerPage    = declare("broker-page", "D20003", "brokerPage is true or false.")
)

// Rules of the calls that ask a person for more than a login.
var (
	ruleBusinessID      = declare("business-id", "D20003", "businessID is 1 to 36 visible ASCII characters.")
	ruleBusinessIDTwice = declare("business-id-twice", "D20011", "Make a new businessID for every request.")
	ruleTokenUnknown    = declare("token-unknown", "D20009", "Send the accessToken of getToken as it came.")
	ruleTokenClient     = declare("token-client", "D20009", "An accessToken belongs to the client ID that got it.")
	ruleTokenExpired    = declare("token-expired", "D20009", "Keep to the token's issueAt plus expiresIn; log in again after that.")
	ruleTokenFlow       = declare("token-flow", "D20009", "A token serves the flow it was made in: getResult without login, the other calls with one.")
	ruleTokenSpent      = declare("token-spent", "D20009", "Fetch the result of a flow without login once.")
	ruleOpenIDUnknown   = declare("openid-unknown", "D20010", "Send the openID as getToken gave it, without decoding or encoding.")
	ruleOpenIDOther     = declare("openid-other", "D20010", "accessToken and openID come from the same getToken.")
	ruleCallApproved    = declare("call-approved", "D20012", "Have the scope of the call approved for this client.")
	ruleTokenScope      = declare("token-scope", "D20015", "Ask in getQR for all scopes that later calls need.")
	ruleCallbackURI     = declare("callback-uri", "D20008", "redirectURI is a registered callback address, plain or percent-encoded once.")
	ruleRedirectForm    = declare("redirect-form", "D20008", "Send redirectURI in the form that is demanded. (With the variants redirect-encoded and redirect-plain.)")
	ruleListedField     = declare("listed-field", "D20003", "profileFields and eMEFields list documented fields, each once.")
	ruleListEmpty       = declare("list-empty", "D20002", "Ask for at least one field.")
	ruleCallbackType    = declare("callback-type", "D20003", "Leave callbackContentType out, or say application/json: the parts of the other form are not documented.")
	ruleHashForm        = declare("hash-form", "D20003", "hashCode, docDigest and HKICHash are padded standard Base64 of a digest: SHA-256 for all but SHA256withRSA.")
	ruleSigAlgo         = declare("sig-algo", "D20003", "sigAlgo is SHA256withRSA or NONEwithRSA.")
	ruleSigAlgoSM       = declare("sig-algo-sm", "D20003", "Use an RSA algorithm: the simulator has no SM2 and SM3, which Go's library lacks.")
	ruleUserType        = declare("user-type", "D70004", "Ask for signatures only where getToken says userType sign.")
	ruleHKIC            = declare("hkic-hash", "D70005", "HKICHash is the Base64 of the SHA-256 of the person's HKIC number without its check digit.")
	ruleSigningResult   = declare("signing-result", "D20003", "signingResult is SR001, SR002 or SR003.")
	ruleAckUnknown      = declare("ack-unknown", "D70006", "Acknowledge signing requests alone, by their businessID.")
	ruleAckEarly        = declare("ack-early", "D70006", "Acknowledge after the callback or getResult.")
	ruleAckTwice        = declare("ack-twice", "D70006", "Acknowledge each signing request once.")
	ruleTicketUnknown   = declare("ticket-unknown", "D20003", "Send getQR the ticketID that the call before gave to this client.")
	ruleTicketUsed      = declare("ticket-used", "D20003", "A ticketID serves one decision.")
	ruleTicketExpired   = declare("ticket-expired", "D20003", "Send the browser to getQR at once: a ticketID serves 18 minutes.")
	ruleTicketScope     = declare("ticket-scope", "D20015", "Ask in getQR for the scope of the function that the ticketID stands for.")
	ruleResultBusiness  = declare("result-business-id", "D20003", "A businessID for getResult is that of the request.")
	ruleCallbackRefused = declare("callback-refused", "400", "Answer every proper callback by a status of 200 to 299, also one that came before.")
)

// codeTexts are the messages of the codes, in the simulator's own words.
var codeTexts = map[string]string{
	"D00000": "SUCCESS",
	"D20000": "unknown exception",
	"D20001": "a required parameter is missing",
	"D20002": "a parameter is empty",
	"D20003": "a parameter is invalid",
	"D20004": "duplicated request",
	"D20005": "unsupported signature method",
	"D20006": "signature verification failed",
	"D20007": "unsupported source",
	"D20008": "callback URL not registered",
	"D20009": "accessToken absent or expired",
	"D20010": "openID does not exist",
	"D20011": "duplicated businessID",
	"D20012": "insufficient permission",
	"D20015": "scope mismatch",
	"D30001": "KEK missing or expired",
	"D30002": "CEK missing or expired",
	"D30003": "encryption exception",
	"D30004": "decryption exception",
	"D40000": "the person cancelled",
	"D40001": "the person rejected",
	"D40002": "authentication failed",
	"D40003": "authentication timed out",
	"D40004": "code absent, used or expired",
	"D50001": "the person rejected the profile request",
	"D50002": "profile request failed",
	"D50003": "profile request timed out",
	"D60000": "the person cancelled form filling",
	"D60001": "the person rejected form filling",
	"D60002": "form filling failed",
	"D60003": "form filling timed out",
	"D70000": "the person cancelled signing",
	"D70001": "the person rejected signing",
	"D70002": "signing failed",
	"D70003": "signing timed out",
	"D70004": "the person may not sign",
	"D70005": "HKIC mismatch",
	"D70006": "acknowledgement failed",
	"D80001": "the person rejected re-authentication",
	"D80002": "re-authentication failed",
	"D80003": "re-authentication timed out",
}

func codeText(code string) string {
	if text, ok := codeTexts[code]; ok {
		return text
	}
	return "failure"
}
