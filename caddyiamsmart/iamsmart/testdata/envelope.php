<?php
// Seals and opens a content with PHP's OpenSSL: php envelope.php seal|open <key in hex> < text > text
[, $what, $hex] = $argv;
$key = hex2bin($hex);
$input = stream_get_contents(STDIN);
if ($what === 'seal') {
    $iv = random_bytes(12);
    $sealed = openssl_encrypt($input, 'aes-256-gcm', $key, OPENSSL_RAW_DATA, $iv, $tag, '', 16);
    echo base64_encode(pack('N', 12) . $iv . $sealed . $tag);
    exit(0);
}
$framed = base64_decode($input, true);
if ($framed === false || strlen($framed) < 32 || unpack('N', $framed)[1] !== 12) {
    fwrite(STDERR, "not an envelope\n");
    exit(1);
}
$plain = openssl_decrypt(substr($framed, 16, -16), 'aes-256-gcm', $key, OPENSSL_RAW_DATA, substr($framed, 4, 12), substr($framed, -16));
if ($plain === false) {
    fwrite(STDERR, "does not open\n");
    exit(1);
}
echo $plain;
