#!/usr/bin/env bash
#
# Writes vectors.tsv anew with the programs whose formats they are, on Debian 12
# with the packages php-cli, python3-passlib, whois (mkpasswd), slapd, mono-mcs,
# libmono-system-web4.0-cil and libmono-system-web-services4.0-cil:
#
#	./make.sh >vectors.tsv
#
# A line is: word of the format, hash, salt beside it, password.
set -euo pipefail
cd "$(dirname "$0")"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# PHP: password_hash and crypt.
php <<'PHP'
<?php
$line = fn($word, $hash, $password, $salt = '') => print("$word\t$hash\t$salt\t$password\n");
$ascii = 'correct horse'; $chinese = '安老院舍-密碼'; $long = str_repeat('0123456789', 9);
foreach ([$ascii, $chinese, $long] as $p) {
	$line('bcrypt', password_hash($p, PASSWORD_BCRYPT, ['cost' => 5]), $p);
	$line('bcrypt', crypt($p, '$2a$05$abcdefghijklmnopqrstuu'), $p);
	$line('argon2', password_hash($p, PASSWORD_ARGON2ID, ['memory_cost' => 1024, 'time_cost' => 2, 'threads' => 1]), $p);
	$line('argon2', password_hash($p, PASSWORD_ARGON2I, ['memory_cost' => 512, 'time_cost' => 3, 'threads' => 1]), $p);
	$line('md5_crypt', crypt($p, '$1$saltsalt$'), $p);
	$line('md5_crypt', crypt($p, '$1$ab$'), $p);
	$line('sha_crypt', crypt($p, '$5$rounds=1000$saltstring$'), $p);
	$line('sha_crypt', crypt($p, '$5$abcdefghijklmnop$'), $p);
	$line('sha_crypt', crypt($p, '$6$rounds=1234$saltstringsaltst$'), $p);
	$line('sha_crypt', crypt($p, '$6$abc$'), $p);
	// What WordPress 6.8 does in wp_hash_password.
	$line('wordpress', '$wp' . password_hash(base64_encode(hash_hmac('sha384', trim($p), 'wp-sha384', true)), PASSWORD_BCRYPT, ['cost' => 5]), $p);
	$salt = 'x7K9';
	$line('md5(password)', md5($p), $p);
	$line('md5(salt+password)', md5($salt . $p), $p, $salt);
	$line('sha1(password+salt)', sha1($p . $salt), $p, $salt);
	$line('sha256(salt+password)', strtoupper(hash('sha256', $salt . $p)), $p, $salt);
	$line('sha512(password+salt)', hash('sha512', $p . $salt), $p, $salt);
	$line('md5(md5(password)+salt)', md5(md5($p) . $salt), $p, $salt);
	$line('sha1(salt+sha1(salt+sha1(password)))', sha1($salt . sha1($salt . sha1($p))), $p, $salt);
}
PHP

# passlib.
/usr/bin/python3 - <<'PYTHON'
import passlib.hash as h
for p in ["correct horse", "安老院舍-密碼", "0123456789" * 9]:
    for word, kind, settings in [
        ("bcrypt", h.bcrypt, dict(rounds=4)),
        ("scrypt", h.scrypt, dict(rounds=10)),
        ("scrypt", h.scrypt, dict(rounds=8, block_size=4, parallelism=3)),
        ("pbkdf2", h.pbkdf2_sha1, dict(rounds=1000)),
        ("pbkdf2", h.pbkdf2_sha256, dict(rounds=1001)),
        ("pbkdf2", h.pbkdf2_sha512, dict(rounds=1002)),
        ("pbkdf2", h.django_pbkdf2_sha1, dict(rounds=999)),
        ("pbkdf2", h.django_pbkdf2_sha256, dict(rounds=1003)),
        ("phpass", h.phpass, dict(rounds=8)),
        ("phpass", h.phpass, dict(rounds=9, ident="H")),
        ("ssha", h.ldap_salted_sha1, dict()),
        ("ssha", h.ldap_salted_sha1, dict(salt_size=4)),
    ]:
        print(word, kind.using(**settings).hash(p), "", p, sep="\t")
PYTHON

# crypt(3), OpenLDAP and Mono's ASP.NET Membership.
mcs -out:"$temp/membership.exe" -r:System.Web -r:System.Web.ApplicationServices -r:System.Configuration membership.cs
for p in 'correct horse' '安老院舍-密碼'; do
	printf 'yescrypt\t%s\t\t%s\n' "$(mkpasswd -m yescrypt -R 1 "$p")" "$p"
	printf 'yescrypt\t%s\t\t%s\n' "$(mkpasswd -m yescrypt -R 5 "$p")" "$p"
	for scheme in SSHA SSHA256 SSHA512; do
		printf 'ssha\t%s\t\t%s\n' "$(slappasswd -o module-load=pw-sha2 -h "{$scheme}" -s "$p")" "$p"
	done
	salt=$(head -c 16 /dev/urandom | base64)
	for algorithm in SHA1 SHA256; do
		printf '<configuration><system.web><membership hashAlgorithmType="%s"/></system.web></configuration>' "$algorithm" >"$temp/membership.exe.config"
		printf 'aspnet_membership\t%s\t%s\t%s\n' "$(mono "$temp/membership.exe" "$p" "$salt")" "$salt" "$p"
	done
	# HMAC as .NET 4 does it, which Mono does not.
	/usr/bin/python3 - "$p" "$salt" <<'PYTHON'
import base64, hmac, sys
key = base64.b64decode(sys.argv[2]) * 4
mac = hmac.new(key, sys.argv[1].encode("utf-16-le"), "sha256").digest()
print("aspnet_membership", base64.b64encode(mac).decode(), sys.argv[2], sys.argv[1], sep="\t")
PYTHON
done
