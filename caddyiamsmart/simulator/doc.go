// Package simulator is a strict stand-in for iAM Smart, to develop and test an e-Service against where the real system cannot be
// reached. It is an [http.Handler] that serves the calls of every function under /api/v1, the pages on which a person plays the phone,
// callbacks to the e-Service, and an account of everything that a client did wrong.
//
// It shares no code with the protocol client of this module, on purpose: a mistake in the signing or in the encryption of the one is
// then not repeated, and hidden, by the other.
//
// # What it serves
//
// Below /api/v1, the calls of a login:
//
//	POST security/getKey      hands out the content-encryption key (CEK), wrapped for the client's certificate
//	POST security/revokeKey   ends that key
//	GET  auth/getQR           the login page: a person is chosen and approves, rejects, cancels or waits too long
//	POST auth/getToken        exchanges the code of the redirect for the token and the person's openID
//
// The calls that ask a person who is logged in; the result comes by callback:
//
//	POST account/auth/profile/initiateRequest   name, number of the identity document, gender, day of birth
//	POST account/eme/initiateRequest            form filling; also account/auth/eme/… and formFilling/…
//	POST account/stepup/initiateRequest         re-authentication
//	POST account/signing/initiateRequest        signs a hash; also signing/…
//	POST account/pdfsigning/initiateRequest     signs a PDF; also pdfsigning/…
//	POST account/signing/ackResult              the client's word on a signature; also signing/…
//
// The calls of the flows without login; between the two stand getQR, with the ticketID of the first, and getToken:
//
//	POST anonymous/eme/{initiateRequest,getResult}          also formFilling/anonymous/…
//	POST anonymous/signing/{initiateRequest,getResult}      also signing/anonymous/…
//	POST anonymous/pdfsigning/{initiateRequest,getResult}   also pdfsigning/anonymous/…
//
// A person who ends such a flow is sent back with the function's own code, D60001 or D70001 say.
//
// Beside the API:
//
//	GET  /                        a page that explains all this and lists the last calls, callbacks, violations and the rules
//	POST /simulator/decide        the buttons of the login page: request, person, decision=approve|reject|cancel|timeout
//	GET  /simulator/phone         what waits on each person's phone, with buttons; also [Simulator.Waiting] and [Simulator.Decide]
//	GET  /simulator/app           the same for one ticketID, as if the app on this device were opened with it
//	POST /simulator/phone/decide  the buttons of both: request, decision
//	POST /simulator/direct        a person opens a service in the app's catalogue: client, person, error_code; also [Simulator.Address]
//	GET  /simulator/log           violations, calls and callbacks so far, as JSON, never a content
//	POST /simulator/control/…     for tests in another process, see below
//
// # Callbacks
//
// A decision is told to the request's redirectURI at once, by a goroutine of its own, or after Options.RequestLife that it timed out.
// The body is {txID, code, message, secretKey, content}; content, under the key that secretKey wraps, is {"content":{…}} with
// businessID and state, and the result if there is one. Tests wait for callbacks by [Simulator.Settle].
//
// SHA256withRSA signs the SHA-256 of the decoded hashCode; NONEwithRSA pads the 32 bytes themselves, without the name of a hash
// function. A pdfSignature is a detached CMS SignedData whose message digest is docDigest. All persons sign by one throw-away key.
//
// # Strictness
//
// Whatever the protocol says of a request is checked, and each check has a rule with a name that does not change, a code of iAM Smart
// (or an HTTP status) and a remedy; the start page lists them all. A request that breaks a rule is refused with that code and noted as
// a [Violation]; the rule iv-reuse alone is noted without a refusal, because the real system need not notice while the damage is done.
// So is callback-refused, which a client breaks by answering a proper callback with a status of 400 or more.
// A refused API call is answered by HTTP 200 with the code in the envelope, as iAM Smart does; a refused getQR is a page with status
// 400. What a test itself asked for (Inject, FailNext, DropKey) is no violation, nor is a call over Options.RateLimit.
//
// Tests put [Simulator.Watch] behind New, and thereby fail on every violation that they did not announce.
//
// Where public sources disagree about the real system, the zero value of [Variants] is the likeliest reading and its fields are the
// others.
//
// # Faults
//
// [Simulator.Inject] announces a [Fault] for the next requests to a call that are otherwise in order. A code, a status and a gateway's
// page take the place of the call: it is not carried out, so that its code and businessID stay good. A dropped, truncated, mislabelled
// or mixed-up answer comes after the call was carried out, which the client cannot know.
//
//	auth/getQR                  code, status, retry-after, html, latency, drop
//	simulator/decide            code
//	auth/getToken, …/getResult  code, status, retry-after, html, latency, drop, truncate, content-type, other-person, extra-fields
//	every other call            the same but for other-person
//	callback                    code, latency, drop, content-type, other-person, extra-fields, hold, malformed
//
// # Control
//
// Each is a POST of a JSON object as application/json, answered by one: with status 200, or 400 and {"error":"…"}. Members may be left
// out where zero or empty is meant.
//
//	fault     {"call":"auth/getToken","times":1,"fault":{"code":"D20000","status":429,"retryAfterSeconds":5,"html":true,
//	          "latencyMilliseconds":200,"drop":true,"truncate":true,"contentType":"text/plain","otherPerson":"wong",
//	          "extraFields":true,"hold":true,"malformed":true}}
//	waiting   {} gives {"waiting":[{"request":"…","call":"…","client":"…","person":"…","businessID":"…","until":"…"}]}
//	decide    {"request":"…","decision":"approve|reject|cancel|timeout|fail"}
//	settle    {} waits up to 12 s for callbacks under way, and gives {"settled":true,"callbacks":[…]}
//	drop-key  {"client":"…"}
//	person    {"person":"chan","englishName":"…","chineseName":"…"} registers somebody anew: lastModifiedDate moves
//	direct    {"client":"…","person":"chan","errorCode":"…","verifier":true} gives {"address":"…"}
//	reset     {} forgets everything but keys and nonces
//
// # Not for production
//
// Anybody who reaches the pages can log in as any of the test persons: that is their purpose. Requests whose Host is not a loopback
// name or address are therefore refused unless Options.Hosts names it, which also keeps out web sites that rebind their own name to
// 127.0.0.1.
package simulator
