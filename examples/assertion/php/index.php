<?php
// A page that believes the assertion and nothing else.
require __DIR__ . '/assertion.php';

try {
    $who = verify_assertion(
        $_SERVER['HTTP_X_IAMSMART_ASSERTION'] ?? '',
        getenv('GATE') ?: 'https://records.example.com',
        'records',
        getenv('GATE_KEYS') ?: 'https://records.example.com/iamsmart/jwks.json'
    );
} catch (RuntimeException $e) {
    error_log('assertion refused: ' . $e->getMessage());
    http_response_code(403);
    exit('Not through the gate.');
}
echo '<p id="user">', htmlspecialchars($who['sub']), '</p>';
