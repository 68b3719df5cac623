<?php
// Who is calling, by the signed assertion of the gate. It needs PHP 7.4 or newer with
// openssl, and nothing else.

// verify_assertion returns the claims of a JWT that this gate has signed for this
// application just now, and throws for any other. $gate is the public address of the
// site, $audience what stands behind `audience` in the Caddyfile, $keys the address of the
// gate's keys as this server reaches it.
function verify_assertion(string $jwt, string $gate, string $audience, string $keys): array
{
    $parts = explode('.', $jwt);
    if (count($parts) !== 3) {
        throw new RuntimeException('no assertion');
    }
    $header = json_decode(base64url($parts[0]), true);
    // The algorithm is ours to choose, never the sender's; and no key comes with the token.
    if (!is_array($header) || ($header['alg'] ?? '') !== 'ES256' || !is_string($header['kid'] ?? null)) {
        throw new RuntimeException('not signed as agreed');
    }
    $key = find_key($header['kid'], $keys);
    $signed = openssl_verify($parts[0] . '.' . $parts[1], der_signature(base64url($parts[2])), $key, OPENSSL_ALGO_SHA256);
    if ($signed !== 1) {
        throw new RuntimeException('the signature does not fit');
    }
    $claims = json_decode(base64url($parts[1]), true);
    $now = time();
    $leeway = 30; // seconds by which the two clocks may differ
    if (!is_array($claims) || ($claims['iss'] ?? '') !== $gate || ($claims['aud'] ?? '') !== $audience
        || !is_int($claims['exp'] ?? null) || $claims['exp'] + $leeway < $now
        || !is_int($claims['nbf'] ?? null) || $claims['nbf'] - $leeway > $now
        || !is_string($claims['sub'] ?? null) || $claims['sub'] === '') {
        throw new RuntimeException('not for this application, or not for now');
    }
    return $claims;
}

// find_key reads the published keys, and keeps them for ten minutes. A key that it does
// not know may be a new one: then it reads again, but at most every half minute.
function find_key(string $kid, string $address)
{
    $kept = sys_get_temp_dir() . '/iamsmart-keys-' . hash('sha256', $address) . '.json';
    $age = is_file($kept) ? time() - filemtime($kept) : PHP_INT_MAX;
    $key = $age < 600 ? key_in((string) file_get_contents($kept), $kid) : null;
    if ($key === null && $age > 30) {
        $text = file_get_contents($address, false, stream_context_create(['http' => ['timeout' => 5, 'follow_location' => 0]]), 0, 65536);
        if ($text === false) {
            throw new RuntimeException('the keys cannot be read');
        }
        $new = tempnam(sys_get_temp_dir(), 'iamsmart');
        file_put_contents($new, $text);
        rename($new, $kept); // nobody reads half of it
        $key = key_in($text, $kid);
    }
    if ($key === null) {
        throw new RuntimeException('signed with an unknown key');
    }
    return $key;
}

function key_in(string $text, string $kid)
{
    $set = json_decode($text, true);
    foreach (is_array($set) ? $set['keys'] ?? [] : [] as $key) {
        if (($key['kid'] ?? '') === $kid && ($key['kty'] ?? '') === 'EC' && ($key['crv'] ?? '') === 'P-256') {
            $point = "\x04" . base64url($key['x']) . base64url($key['y']);
            $der = hex2bin('3059301306072a8648ce3d020106082a8648ce3d030107034200') . $point; // RFC 5480
            return openssl_pkey_get_public("-----BEGIN PUBLIC KEY-----\n" . chunk_split(base64_encode($der), 64, "\n") . "-----END PUBLIC KEY-----\n") ?: null;
        }
    }
    return null;
}

// der_signature writes the two numbers of a signature (RFC 7518, section 3.4) as openssl
// reads them.
function der_signature(string $raw): string
{
    if (strlen($raw) !== 64) {
        throw new RuntimeException('the signature does not fit');
    }
    $numbers = '';
    foreach (str_split($raw, 32) as $number) {
        $number = ltrim($number, "\x00");
        if ($number === '' || ord($number[0]) > 0x7f) {
            $number = "\x00" . $number;
        }
        $numbers .= "\x02" . chr(strlen($number)) . $number;
    }
    return "\x30" . chr(strlen($numbers)) . $numbers;
}

function base64url(string $text): string
{
    $plain = preg_match('/^[A-Za-z0-9_-]*$/', $text) ? base64_decode(strtr($text, '-_', '+/'), true) : false;
    if ($plain === false) {
        throw new RuntimeException('no assertion');
    }
    return $plain;
}
