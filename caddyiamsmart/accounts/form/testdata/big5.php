<?php
// An app in Big5, in pages and in forms. Its user is 陳大文.
$user = mb_convert_encoding('陳大文', 'BIG-5', 'UTF-8');
ini_set('default_charset', ''); // so that the page itself says it, as old ones do
echo '<html><head><meta http-equiv="Content-Type" content="text/html; charset=big5"></head><body>';
if ($_SERVER['REQUEST_METHOD'] === 'POST' && $_POST['user'] === $user && $_POST['pass'] === 'secret'
    && $_POST['greeting'] === mb_convert_encoding('你好', 'BIG-5', 'UTF-8')) {
    setcookie('SID', bin2hex(random_bytes(8)));
    echo mb_convert_encoding('歡迎 ', 'BIG-5', 'UTF-8') . "<i>$user</i>";
    exit;
}
echo '<form method="post"><input type="hidden" name="greeting" value="' . mb_convert_encoding('你好', 'BIG-5', 'UTF-8')
    . '"><input name="user"><input name="pass" type="password"></form>';
