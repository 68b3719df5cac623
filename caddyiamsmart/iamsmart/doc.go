/*
Package iamsmart speaks the iAM Smart e-service protocol: logging a person in, and asking a person for their verified profile,
for the filling of a form, for a re-authentication or for a signature. It knows nothing of web servers, sessions or links.

What follows is this project's own account of the protocol, put together from public material. The full specification is given
to registered e-services only. Wherever sources leave a choice, [Options] has an option, whose first word is the likeliest
reading; errors name the option that may mend them.

# A login

The browser goes to [Client.LoginURL]. iAM Smart shows a QR code, or opens its app on the same phone, and sends the browser
back to the redirect address. [ParseRedirect] reads what came back; [Client.GetToken] exchanges the code for a [Token] in a
call from server to server, and the token's OpenID is the person. Whether the state that came back is the state that this
browser was given is for the caller to check, before the code is spent. A code lives for half a minute to a minute and is good
once; a login without an end counts as failed after 18 minutes.

All scopes that are wanted later are asked for at the login. The token's end bounds every request with it. An openID is of one
Client ID alone: another service gets another one for the same person. It is opaque: it often looks percent-encoded, and is
never decoded, and compared byte for byte. LastModified moves when a verified name, the birth date or the gender changes, and
when somebody registers anew. There is no logout, no revocation of tokens and no notice of people who leave, at iAM Smart; a
person who has left is met as [KindGone].

# A direct login

A person can also start in the app's own list of services. They arrive at another registered address with a code and without
a state: see [ParseDirectRedirect] for what that means, and [Client.GetDirectToken]. The option direct_login is off unless a
service wants this.

# How a call is signed

Every POST bears five headers beside its content type: clientID; signatureMethod, always HmacSHA256; timestamp, milliseconds
since 1970; nonce, fresh each time, 36 characters at most; and signature. What is signed is the
values of the first four and the raw bytes of the body, as they go out, one after the other, nothing between. The key of the
HMAC is the characters of the client secret. The result is Base64, and then percent-encoded with upper-case hex (option
signature_encoding). Header names go out in the documents' case where HTTP/1.1 is spoken. How far clocks may differ, and how
long nonces are remembered, is not published; an error mentions a clock that is two minutes off.

A timestamp may not be before that of an earlier call, and calls that are under way at once may overtake each other. To send
one after the other would hold in any case, and let a crowd's codes, which live for half a minute, expire in the queue. So
calls that overlap share one timestamp, and a later one is given out when none is under way, or after ten seconds. What is
left: in a crowd without a gap of any length, two calls that are signed in the same instant at the end of such ten seconds may
arrive in the wrong order; and processes that share a Client ID are as much in order as their clocks agree. Where iAM Smart
is that strict, one process speaks for a Client ID.

# Bad days

A call that got no usable answer (no connection, a time-out, 5xx, a gateway's page, JSON that breaks off) is made again up to
twice within its deadline, after a short and random pause, if that is safe: getKey, revokeKey and the fetching of results may
be asked twice; getToken and the requests that begin something are repeated only if there was no connection, so that nothing
was sent. After five calls in a row without an answer, iAM Smart is left in peace for ten seconds, after each further try in
vain for twice as long, up to two minutes; calls are then refused at once with KindUnavailable, and [Error].RetryAt says until
when. The first call after that finds out for all. An answer that asks to wait (429, or Retry-After with 503) is heeded in the
same way. Any answer in form, a refusal too, shows that iAM Smart is there.

# The content key

Bodies are sealed with a content-encryption key (CEK) that iAM Smart chooses. getKey, the one call with neither a sealed body
nor a sealed answer (its body is empty, or {}: option getkey_body), brings it wrapped for the encipherment certificate that was
uploaded to the portal: RSA with PKCS#1 v1.5 padding (option key_padding), within it 32 raw bytes or the same as Base64 or hex
(option key_text). The certificate's public key is called KEK. While a CEK lives, every getKey brings that same CEK, wrapped for
the certificate of the day on which it was made; so after a change of certificates both keys are needed for a while, and the
answer's pubKey says which. It is not documented in which form, so three forms are compared and then all keys tried.
[Client.RevokeKey] ends a CEK before its time.

One CEK is held and renewed five minutes before its end, after a day at most, or when iAM Smart refuses it; if the same one
comes again, it is used to its end. A refusal with 30001 to 30004 has the call repeated under a new key. An answer that is
sealed under another key than its question is opened with that of a getKey, since a code cannot be spent again. The key before
the one in use is held for 18 minutes more. A [KeyStore] keeps both, sealed, for the next start and for other processes of the
same Client ID, so that iAM Smart is asked once in the life of a key.
The certificates can be replaced at any time ([Client.SetKeys], [Config].RereadKeys).

expiresIn is a lifetime or a moment, in milliseconds, told apart by its size: over 10^12 it is a moment (option expires_in).

# The envelope

A body is {"content": "..."}: Base64 of four bytes with the number 12, twelve bytes of initialisation vector, the cipher text
of AES-256 in Galois counter mode without additional data, and sixteen bytes of tag. The clear text is the JSON of the call's
parameters. Answers have the same content beside txID, code and message, which are in clear; some systems write msg.

# Requests

A request for a person who is logged in holds a business ID, which is never used twice, and a state, both from
[NewRequestID]; the person's access token and openID, within the sealed body and never in a header; the source, which is the
browser they sit at; and the registered address of the callback (as it is, or percent-encoded: option redirect_uri). Where each
function lies below the API base differs between documents (options paths and path).

	function                            scope                  asks the person
	[Client.RequestProfile]             eidapi_profiles (1)    for verified facts: HKIC number, names, birth date, gender
	[Client.RequestFormFilling]         eidapi_profiles        for what a form needs of their data
	[Client.RequestReauthentication]    eidapi_fr              to show once more that it is them
	[Client.RequestSigning]             eidapi_sign            to sign a hash; [Client.Acknowledge] answers
	[Client.RequestPDFSigning]          eidapi_sign            to sign a PDF; [Client.Acknowledge] answers

(1) or eidapi_auth: option profile_scope.

The answer says where the person is. If they logged in by scanning, iAM Smart notifies their phone, and the page asks them to
open the app. Otherwise they sit at that phone, and the page has a button with [Client.AppLink]. Whatever the person does then
comes as a callback, within 18 minutes. Requests begin only after the person has pressed a button.

[Client.RequestAnonymousFormFilling], [Client.RequestAnonymousSigning] and [Client.RequestAnonymousPDFSigning] are for people who
are not logged in. They give a ticket, with which the browser goes to LoginURL (scope eidapi_formFilling, or eidapi_sign); the
redirect brings code, state and business ID; GetToken exchanges the code; and [Client.AnonymousFormFilling],
[Client.AnonymousSignature] or [Client.AnonymousPDFSignature] fetches the result with the token, which may be good for that once
only. There is no callback.

Not here: bulk signing, the step-up while signing, and callbacks as multipart forms.

# Callbacks

A callback is a POST from iAM Smart to the address of the request: JSON with txID, code, message, secretKey and content. No
signature comes with it. secretKey is a CEK wrapped for the certificate, and the documents have it unwrapped and used. But the
certificate's public key is no secret, so anybody can make such a callback; and unwrapping what strangers send, under the
padding of PKCS#1 v1.5, invites them to learn from the answers. So [Client.OpenCallback] leaves secretKey alone and opens the
content with the CEK that getKey gave over TLS: what that opens came from iAM Smart. The option callback_cek has it the
documents' way, for a gateway that makes a fresh key for each callback; it then needs another proof of origin.

The clear text is the content, or holds it in a member of that name, as an object or as the text of one; all are read.
It has the business ID and the state of the request; [RequestID.Matches] compares both. A request that came to nothing has the
code that tells why, and perhaps the business ID alone. A callback with neither cannot be told from any other, and the request
runs out. The reply says nothing: status 200 and {} (option callback_reply).

# What comes back

The HKIC number comes in two parts, without and with its check digit; some people have consular cards, whose numbers look
otherwise, so a number is opaque and compared as [CanonicalHKIC] writes it. English names have the surname first and a comma.
A birth date is YYYYMMDD, and for some people lacks its day or month, in a form that is not documented. Addresses come in one of
four forms, in which names differ between documents; those that are known are all read. The codes of marital status and level of
education are not public. isPassed of a re-authentication is a boolean or a text; only true and "true" are a yes. Unknown fields
are ignored everywhere.

# Answers and codes

Success is D00000; any other code is a refusal, mostly with HTTP status 200. The letter differs between iAM Smart and its
sister system and means nothing, so only the number counts. An answer is read as JSON on any HTTP status if it says that it
is JSON, and must then hold a code. [Kind] says what becomes of the numbers:

	20000          iAM Smart's own trouble
	20001 - 20003  a parameter is missing, empty or not valid
	20004, 20011   the request, or its business ID, came before
	20005 - 20008  signature method, signature, source, redirect address
	20009, 20010   the access token has ended; the openID is no more
	20012, 20015   scope
	30001 - 30004  certificate, content key, encryption, decryption
	40000 - 40004  login: cancelled, refused, failed, timed out; code spent
	50001 - 50003  profile: refused, failed, timed out
	60000 - 60003  form filling: cancelled, refused, failed, timed out
	70000 - 70003  signing: cancelled, refused, failed, timed out
	70004 - 70006  not allowed to sign; another HKIC number; acknowledgement
	71000 - 71009  bulk signing
	77000 - 77004  step-up while signing
	80001 - 80003  re-authentication: refused, failed, timed out

A redirect with neither code nor error_code is a refusal by the person, and so is error_code D20001, which the documents'
example of a refusal bears.

# What never shows

Tokens, openIDs and everything about a person are types that print as "[redacted]". Errors hold our own words and iAM Smart's
number; a server's message is kept apart, masked, for the log. The private key and the client secret do not leave this package,
nor does the content key but sealed, for a KeyStore.
*/
package iamsmart
