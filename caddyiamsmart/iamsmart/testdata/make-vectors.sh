#!/bin/sh
# Makes vectors/ anew with openssl and php; nothing of the package under test takes part. The key pair is for tests only.
set -eu
cd "$(dirname "$0")"
out=vectors
rm -rf "$out"
mkdir "$out"
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -subj "/CN=iamsmart test vectors only" \
	-keyout "$out/key.tmp" -out "$out/cert.tmp" 2>/dev/null
{
	echo "# TEST ONLY. Made by make-vectors.sh for the tests of this package; protects nothing and must never protect anything."
	cat "$out/cert.tmp" "$out/key.tmp"
} > "$out/encipherment.pem"
openssl pkcs12 -export -legacy -passout pass:vector -in "$out/cert.tmp" -inkey "$out/key.tmp" -out "$out/legacy-rc2.p12"
openssl rand 32 > "$out/cek.tmp"
od -An -v -tx1 < "$out/cek.tmp" | tr -d ' \n' > "$out/cek.hex"
./wrap.sh "$out/cert.tmp" raw < "$out/cek.tmp" > "$out/secretKey.b64"
./pubkey.sh "$out/cert.tmp" spki > "$out/pubKey.b64"
printf '%s' '{"accessToken":"00112233445566778899aabbccddeeff","tokenType":"Bearer","issueAt":1700000000000,"expiresIn":14400000,"openID":"dGVzdA%2Bvector%2FonLy%3D","lastModifiedDate":1600000000000,"userType":"sign","scope":"eidapi_auth eidapi_profiles"}' > "$out/token.json"
php envelope.php seal "$(cat "$out/cek.hex")" < "$out/token.json" > "$out/content.b64"
printf '{"content":"%s"}' "$(cat "$out/content.b64")" > "$out/body.json"
./sign.sh test-client 'test secret+/=?' 1700000000123 0123456789abcdef0123456789abcdef < "$out/body.json" > "$out/signature.txt"
./sign.sh test-client 'test secret+/=?' 1700000000123 0123456789abcdef0123456789abcdef < /dev/null > "$out/signature-empty.txt"
rm "$out"/*.tmp
