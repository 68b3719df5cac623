// Package simulator is a strict stand-in for iAM Smart, to develop and test an e-Service against where the real system cannot be
// reached. It is an [http.Handler] that serves the four calls of a login under /api/v1, the pages on which a person plays the phone,
// and an account of everything that a client did wrong.
//
// It shares no code with the protocol client of this module, on purpose: a mistake in the signing or in the encryption of the one is
// then not repeated, and hidden, by the other.
//
// # What it serves
//
//	POST /api/v1/security/getKey     hands out the content-encryption key (CEK), wrapped for the client's certificate
//	POST /api/v1/security/revokeKey  ends that key
//	GET  /api/v1/auth/getQR          the login page: a person is chosen and approves, rejects, cancels or waits too long
//	POST /api/v1/auth/getToken       exchanges the code of the redirect for the token and the person's openID
//	POST /simulator/decide           the buttons of the login page: request, person, decision=approve|reject|cancel|timeout
//	GET  /simulator/log              the violations so far, as JSON
//	GET  /                           a page that explains all this and lists the last calls, the violations and the rules
//
// # Strictness
//
// Whatever the protocol says of a request is checked, and each check has a rule with a name that does not change, a code of iAM Smart
// (or an HTTP status) and a remedy; the start page lists them all. A request that breaks a rule is refused with that code and noted as
// a [Violation]; the rule iv-reuse alone is noted without a refusal, because the real system need not notice while the damage is done.
// A refused API call is answered by HTTP 200 with the code in the envelope, as iAM Smart does; a refused getQR is a page with status
// 400. What a test itself asked for (FailNext, DropKey) is no violation.
//
// Tests put [Simulator.Watch] behind New, and thereby fail on every violation that they did not announce.
//
// Where public sources disagree about the real system, the zero value of [Variants] is the likeliest reading and its fields are the
// others.
//
// # Not for production
//
// Anybody who reaches the pages can log in as any of the test persons: that is their purpose. Requests whose Host is not a loopback
// name or address are therefore refused unless Options.Hosts names it, which also keeps out web sites that rebind their own name to
// 127.0.0.1.
package simulator
