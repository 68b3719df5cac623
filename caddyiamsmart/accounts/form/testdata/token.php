<?php
// A strict app: it takes a login only from what behaves like a browser. The
// page shows a search box first, and a login form with everything that a
// browser sends or leaves out.
session_start();
$action = '/token.php?do=check&lang=zh';

function page($body) { echo "<!doctype html><meta charset=utf-8><title>Records</title>$body"; exit; }

function login_form($action, $note = '') {
    $_SESSION['token'] = bin2hex(random_bytes(16));
    page("<base href='/elsewhere/'>
      <form action='/search.php'><input name=q><input name=user type=hidden value=search><button>Search</button></form>
      <p>$note</p>
      <form method=post action='$action' id=login>
        <input type=hidden name=token value='{$_SESSION['token']}'>
        <input type=hidden name=empty value=''>
        <input name=user><input type=password name=pass>
        <input type=checkbox name=box checked><input type=checkbox name=unticked value=1>
        <input type=radio name=ward value=east><input type=radio name=ward value=west checked>
        <select name=site><option value=''>Main<option value=2>Second</select>
        <select name=picked><option>A<option selected>  B  two </select>
        <textarea name=notes>\none\ntwo</textarea>
        <input name=gone value=x disabled>
        <fieldset disabled><legend><input name=kept value=k></legend><input name=lost value=x></fieldset>
        <button type=button name=help value=h>Help</button>
        <input type=submit name=go value='Log in'><input type=submit name=cancel value=Cancel>
      </form>
      <input type=hidden name=outside value='o~*' form=login>");
}

function checks_out($action) {
    $expected = ['empty' => '', 'box' => 'on', 'ward' => 'west', 'site' => '', 'picked' => 'B two',
        'notes' => "one\r\ntwo", 'kept' => 'k', 'go' => 'Log in', 'outside' => 'o~*'];
    $sent = $_POST;
    unset($sent['token'], $sent['user'], $sent['pass']);
    $here = 'http://' . $_SERVER['HTTP_HOST'];
    return $sent === $expected
        && hash_equals($_SESSION['token'] ?? '', $_POST['token'] ?? '')
        && $_SERVER['HTTP_ORIGIN'] === $here
        && $_SERVER['HTTP_REFERER'] === "$here/token.php"
        && $_SERVER['CONTENT_TYPE'] === 'application/x-www-form-urlencoded'
        && $_GET === ['do' => 'check', 'lang' => 'zh'];
}

switch ($_GET['do'] ?? '') {
case 'check':
    if ($_SERVER['REQUEST_METHOD'] !== 'POST' || !checks_out($action)) {
        http_response_code(400);
        page('What was that?');
    }
    unset($_SESSION['token']);
    if (strtolower(trim($_POST['user'])) !== 'alice' || $_POST['pass'] !== 'correct & horse+battery') {
        login_form($action, 'Wrong name or password.');
    }
    session_regenerate_id(true);
    $_SESSION['who'] = 'alice';
    $_SESSION['bye'] = bin2hex(random_bytes(8));
    header('Location: /token.php?do=home', true, 303);
    exit;
case 'home':
    if (!isset($_SESSION['who'])) { login_form($action); }
    page("Hello <b id=who> A&amp;E-alice </b> <a href='?do=help'>Help</a>
      <form method=post action='/token.php?do=logout'><input type=hidden name=bye value='{$_SESSION['bye']}'><button>Log out</button></form>");
case 'logout':
    if (($_POST['bye'] ?? '') !== ($_SESSION['bye'] ?? null)) { http_response_code(403); page('No.'); }
    file_put_contents(ini_get('session.save_path') . '/logouts', 'x', FILE_APPEND);
    session_destroy();
    page('Bye');
case 'logouts':
    page(strlen(@file_get_contents(ini_get('session.save_path') . '/logouts') ?: '') . ' logouts');
default:
    login_form($action);
}
