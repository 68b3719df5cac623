<?php
/**
 * Logs in whom the gate in front names in the header X-Remote-User. Who they are, and in
 * which groups, stays in DokuWiki's own list (conf/users.auth.php).
 *
 * DokuWiki must not be reachable but through the gate: whoever reaches it can write the
 * header.
 */
class auth_plugin_authiamsmart extends auth_plugin_authplain
{
    public function __construct()
    {
        parent::__construct();
        $this->cando['external'] = true;
    }

    public function trustExternal($user, $pass, $sticky = false)
    {
        global $USERINFO;
        $name = $_SERVER['HTTP_X_REMOTE_USER'] ?? '';
        if ($name === '') {
            // The gate itself, which asks by the login form whose an account is.
            return auth_login($user, $pass, $sticky);
        }
        $info = $this->getUserData($name);
        if ($info === false) {
            return false; // the gate knows an account that was deleted here
        }
        $USERINFO = ['name' => $info['name'], 'mail' => $info['mail'], 'grps' => $info['grps']];
        $_SERVER['REMOTE_USER'] = $name;
        $_SESSION[DOKU_COOKIE]['auth'] = ['user' => $name, 'pass' => '', 'info' => $USERINFO];
        return true;
    }
}
