/*
Package iamsmart speaks the iAM Smart e-service protocol, as far as logging a person in needs it. It knows nothing of web
servers, sessions or links.

# A login

The browser goes to [Client.LoginURL]. iAM Smart shows a QR code, or opens its app on the same phone, and sends the browser
back to the redirect address. [ParseRedirect] reads what came back; [Client.GetToken] exchanges the code for a [Token] in a
call from server to server, and the token's OpenID is the person. Whether the state that came back is the state that this
browser was given is for the caller to check, before the code is spent.

# How a call is signed

Every POST bears five headers beside its content type: clientID; signatureMethod, always HmacSHA256; timestamp, milliseconds
since 1970, never before an earlier call's; nonce, fresh each time; and signature. What is signed is the values of the first
four and the raw bytes of the body, one after the other, nothing between. The key of the HMAC is the characters of the client
secret. The result is Base64, and then percent-encoded with upper-case hex.

# The content key

Bodies are sealed with a content-encryption key (CEK) that iAM Smart chooses. getKey, the one call with neither a sealed body
nor a sealed answer (its body is empty), brings it wrapped for the encipherment certificate that was uploaded to the portal:
RSA, PKCS#1 v1.5 padding, within it 32 raw bytes or the same as Base64 or hex. The certificate's public key is called KEK.
While a CEK lives, every getKey brings that same CEK, wrapped for the certificate of the day on which it was made; so after a
change of certificates both keys are needed for a while, and the answer's pubKey says which. It is not documented in which
form, so three forms are compared and then all keys tried.

One CEK is held in memory and renewed five minutes before its end, after a day at most, or when iAM Smart refuses it. A
refusal with 30001 to 30004 is the one case in which a call is repeated, once, under a new key.

# The envelope

A body is {"content": "..."}: Base64 of four bytes with the number 12, twelve bytes of initialisation vector, the cipher text
of AES-256 in Galois counter mode without additional data, and sixteen bytes of tag. The clear text is the JSON of the call's
parameters. Answers have the same content beside txID, code and message, which are in clear.

# Answers and codes

Success is D00000; any other code is a refusal, mostly with HTTP status 200. The letter differs between iAM Smart and its
sister system and means nothing, so only the number counts. An answer is read as JSON on any HTTP status if it says that it
is JSON, and must then hold a code. See [Kind] for what becomes of the numbers.

# Open points

The full specification is given to registered e-services only. Where public sources leave a choice, this package does the
following:

  - a time: an expiresIn over 10^12 is a moment, else a lifetime; both in milliseconds;
  - the message of an answer: message or msg;
  - a redirect with neither code nor error_code is a refusal by the person, and so is error_code D20001, which the documents'
    example of a refusal bears;
  - header names go out in the documents' case where HTTP/1.1 is spoken;
  - the openID is opaque: never decoded, compared byte for byte.

# What never shows

Tokens and openIDs are types that print as "[redacted]". Errors hold our own words and iAM Smart's number; a server's message
is kept apart, masked, for the log. The content key, the private key and the client secret do not leave this package.
*/
package iamsmart
