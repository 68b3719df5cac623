#!/bin/sh
# Signs a request with openssl: sign.sh <client id> <secret> <timestamp> <nonce> < body
set -eu
key=$(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')
{ printf %s "$1" HmacSHA256 "$3" "$4"; cat; } |
	openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary |
	openssl base64 -A |
	sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g'
