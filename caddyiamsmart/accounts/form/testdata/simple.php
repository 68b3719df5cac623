<?php
// Small apps that differ in how they answer a login; ?app= says which. Only
// alice (in any case) with "secret" may come in, where the app cares.
$app = $_GET['app'] ?? '';
$in = strtolower($_POST['user'] ?? '') === 'alice' && ($_POST['pass'] ?? '') === 'secret';
$posted = $_SERVER['REQUEST_METHOD'] === 'POST';
$form = '<form method=post><input name=user><input name=pass type=password><button>Go</button></form>';
$link = fn($step) => "/simple.php?app=$app&step=$step";

function answer($body, $status = 200) { http_response_code($status); echo $body; exit; }
function go($to, $status = 302) { header("Location: $to", true, $status); exit; }
function session($value = null) { setcookie('SID', $value ?? bin2hex(random_bytes(8))); }

switch ($app) {
case 'plain': // the usual one: a cookie for a right password, the form for a wrong one
    if (!$posted) { answer($form); }
    if ($in) { session(); answer('Welcome'); }
    answer($form);
case 'newcookie': // sets a cookie on every login, and shows no form on a wrong one
    if (!$posted) { answer($form); }
    session();
    answer($in ? 'Welcome' : 'Wrong password');
case 'anyone': // asks, and does not look
    if (($_GET['step'] ?? '') === 'home') { answer('Welcome'); }
    if (!$posted) { answer($form); }
    session();
    go($link('home'));
case 'chain': // right: as many redirects as ?n= says, the cookie on the last
    $n = (int)($_GET['n'] ?? 0);
    $step = (int)($_GET['step'] ?? -1);
    if (!$posted && $step < 0) { answer($form); }
    if ($posted && !$in) { answer($form); }
    if ($posted) { go($link(1) . "&n=$n"); }
    if ($step < $n) { go($link($step + 1) . "&n=$n"); }
    session();
    answer('Welcome');
case 'again': // asks for the password once more at another address
    if (($_GET['step'] ?? '') === 'second') { session(); answer("second saw " . count($_POST)); }
    if (!$posted) { answer($form); }
    if ($in) { go($link('second'), (int)$_GET['status']); }
    answer($form);
case 'elsewhere': // redirects to another origin after a right password
    if (!$posted) { answer($form); }
    if ($in) { session(); go($_GET['to']); }
    answer($form);
case 'trouble': // breaks on a right password, cookie and all
    if (!$posted) { answer($form); }
    if ($in) { session(); answer('Oops', (int)$_GET['status']); }
    answer($form);
case 'captcha': // wants more on a right password: neither a yes nor a no
    if (!$posted) { answer($form); }
    if ($in) { answer('<form method=post><input name=code> Type what you see</form>'); }
    answer($form);
case 'unset': // deletes a cookie, and sets another to the value that it has
    setcookie('keep', 'same');
    if (!$posted) { session(); answer($form); }
    if ($in) { setcookie('SID', '', 1); answer('Welcome'); }
    answer($form);
case 'status': // states a no by its status
    if (!$posted) { answer($form); }
    if ($in) { session(); go($link('home')); }
    answer('Access denied', 403);
case 'echo': // repeats what was typed, on a wrong password too
    if (!$posted) { answer($form); }
    if ($in) { session(); answer('Welcome back'); }
    answer($form . 'Unknown: ' . htmlspecialchars($_POST['user']));
case 'open': // a page that shows the same to all
    answer('Members');
case 'get': // sends the password in the address
    answer('<form><input name=user><input name=pass type=password></form>');
case 'upload': // wants multipart/form-data
    if (!$posted) { answer('<form method=post enctype=multipart/form-data><input name=user><input name=pass type=password><input type=file name=photo></form>'); }
    if ($in && str_starts_with($_SERVER['CONTENT_TYPE'], 'multipart/form-data') && $_FILES['photo']['error'] === UPLOAD_ERR_NO_FILE) { session(); answer('Welcome'); }
    answer($form);
case 'table': // a form that is no ancestor of its inputs, as old pages write it
    if (!$posted) { answer('<table><form method=post><tr><td><input name=user></td></tr><tr><td><input name=pass type=password></td></tr></form></table>'); }
    if ($in) { session(); answer('Welcome'); }
    answer($form);
case 'named': // says who is logged in; ?as= stands for the app's record
    if (!$posted) { answer($form); }
    if ($in) { session(); answer('User: [' . $_GET['as'] . ']'); }
    answer($form);
}
answer('no such app', 404);
