<?php
// It must not be reachable but through the gate: whoever reaches it can write the header.
$who = rawurldecode($_SERVER['HTTP_X_REMOTE_USER'] ?? '');
if ($who === '') {
    http_response_code(403);
    exit('Not through the gate.');
}
header('Content-Type: text/html; charset=utf-8');
echo '<p>Good day, <b id="who">', htmlspecialchars($who), '</b>.</p><p id="user">', htmlspecialchars($who), '</p>';
