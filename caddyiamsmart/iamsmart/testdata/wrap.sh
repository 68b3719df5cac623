#!/bin/sh
# Wraps a content key for a certificate with openssl, PKCS#1 v1.5: wrap.sh <certificate.pem> raw|base64|hex < 32 bytes
set -eu
case $2 in
raw) cat ;;
base64) openssl base64 -A ;;
hex) od -An -v -tx1 | tr -d ' \n' ;;
esac |
	openssl pkeyutl -encrypt -certin -inkey "$1" -pkeyopt rsa_padding_mode:pkcs1 |
	openssl base64 -A
