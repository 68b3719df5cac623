package servertest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Where Debian's package "dokuwiki" puts it.
const (
	dokuWikiProgram = "/usr/share/dokuwiki"
	dokuWikiConf    = "/etc/dokuwiki"
)

// ChosenPasswords is a setting with which people who register at DokuWiki choose
// their password; else DokuWiki makes one and sends it by mail.
const ChosenPasswords = "$conf['autopasswd'] = 0;"

// DokuWiki serves the installed DokuWiki with a configuration, users and pages
// of its own, and returns its base URL and the passwords of its two users
// "alice" and "bob" by name. Its program is served from where it is installed,
// and not a file of it is changed; anybody may read and register, users may edit.
// Further settings are lines of PHP, such as [ChosenPasswords].
func DokuWiki(t testing.TB, settings ...string) (baseURL string, users map[string]string) {
	t.Helper()
	return serveDokuWiki(t, "", settings)
}

// DokuWikiWith is DokuWiki with one plugin more, the folder plugin, and with settings.
func DokuWikiWith(t testing.TB, plugin string, settings ...string) (baseURL string, users map[string]string) {
	t.Helper()
	return serveDokuWiki(t, plugin, settings)
}

func serveDokuWiki(t testing.TB, plugin string, settings []string) (baseURL string, users map[string]string) {
	t.Helper()
	php := find(t, "php")
	if _, err := os.Stat(filepath.Join(dokuWikiProgram, "doku.php")); err != nil {
		missing(t, "Debian's package dokuwiki is not installed")
	}
	folder := t.TempDir()
	conf, data := filepath.Join(folder, "conf"), filepath.Join(folder, "data")
	users = map[string]string{"alice": rand.Text(), "bob": rand.Text()}

	for _, name := range []string{"attic", "cache", "index", "locks", "log", "media",
		"media_attic", "media_meta", "meta", "pages", "tmp"} {
		if err := os.MkdirAll(filepath.Join(data, name), 0o700); err != nil {
			t.Fatalf("preparing DokuWiki: %v", err)
		}
	}
	write(t, filepath.Join(data, "pages", "start.txt"), "====== Care records ======\n")
	write(t, filepath.Join(conf, "local.php"), dokuWikiSettings(data)+strings.Join(settings, "\n")+"\n")
	write(t, filepath.Join(conf, "acl.auth.php"), "*\t@ALL\t1\n*\t@user\t8\n")
	write(t, filepath.Join(conf, "users.auth.php"),
		dokuWikiUser(t, php, "alice", "Alice Chan", users["alice"])+
			dokuWikiUser(t, php, "bob", "Bob Wong", users["bob"]))
	// Which plug-ins are on; without these files DokuWiki turns all on.
	copyFile(t, filepath.Join(dokuWikiConf, "plugins.php"), filepath.Join(conf, "plugins.php"))
	copyFile(t, filepath.Join(dokuWikiConf, "plugins.required.php"), filepath.Join(conf, "plugins.required.php"))

	// DokuWiki takes its folder of settings from this constant where it is
	// defined, and so does Debian's preload.php.
	prepend := filepath.Join(folder, "prepend.php")
	constants := "<?php define('DOKU_CONF', " + phpString(conf+"/") + ");\n"
	if plugin != "" {
		constants += "define('DOKU_PLUGIN', " + phpString(pluginsWith(t, plugin)+"/") + ");\n"
	}
	write(t, prepend, constants)
	return servePHP(t, dokuWikiProgram, "", []string{"auto_prepend_file=" + prepend}, nil), users
}

// pluginsWith is a folder of the installed plugins and one more.
func pluginsWith(t testing.TB, plugin string) string {
	t.Helper()
	folder := t.TempDir()
	installed, err := filepath.Glob(filepath.Join(dokuWikiProgram, "lib", "plugins", "*"))
	if err != nil || len(installed) == 0 {
		t.Fatalf("preparing DokuWiki: no plugins: %v", err)
	}
	for _, one := range append(installed, absolute(t, plugin)) {
		if err := os.Symlink(one, filepath.Join(folder, filepath.Base(one))); err != nil {
			t.Fatalf("preparing DokuWiki: %v", err)
		}
	}
	return folder
}

func dokuWikiSettings(data string) string {
	return "<?php\n" +
		"$conf['title'] = 'Care records';\n" +
		"$conf['lang'] = 'en';\n" +
		"$conf['license'] = '';\n" +
		"$conf['useacl'] = 1;\n" +
		"$conf['updatecheck'] = 0;\n" +
		"$conf['savedir'] = " + phpString(data) + ";\n"
}

// dokuWikiUser is a line of users.auth.php: login, hash, name, e-mail, groups.
func dokuWikiUser(t testing.TB, php, login, name, password string) string {
	t.Helper()
	hash := exec.Command(php, "-r", `echo password_hash(stream_get_contents(STDIN), PASSWORD_BCRYPT, ["cost" => 5]);`)
	hash.Stdin = strings.NewReader(password)
	var out bytes.Buffer
	hash.Stdout = &out
	if err := hash.Run(); err != nil || !strings.HasPrefix(out.String(), "$2y$") {
		t.Fatalf("hashing a password with PHP: %v", err)
	}
	return fmt.Sprintf("%s:%s:%s:%s@example.com:user\n", login, out.String(), name, login)
}

func phpString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatalf("preparing a server: %v", err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatalf("preparing a server: %v", err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatalf("preparing a server: %v", err)
	}
	write(t, to, string(content))
}
