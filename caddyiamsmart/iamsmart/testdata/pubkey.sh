#!/bin/sh
# Writes a certificate's public key in Base64, in one of three forms: pubkey.sh <certificate.pem> spki|pkcs1|certificate
set -eu
case $2 in
spki) openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform DER ;;
pkcs1) openssl x509 -in "$1" -pubkey -noout | openssl rsa -pubin -RSAPublicKey_out -outform DER 2>/dev/null ;;
certificate) openssl x509 -in "$1" -outform DER ;;
esac | openssl base64 -A
