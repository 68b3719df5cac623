package servertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const apacheModules = "/usr/lib/apache2/modules"

// Apache runs script for each address below /cgi/ in a private Apache, whose
// configuration ends in conf. There LISTEN stands for its address on the loopback
// interface, which is also what is returned. One request is served at a time.
func Apache(t testing.TB, conf, script string) (address string) {
	t.Helper()
	apache := findSystem(t, "apache2")
	folder := databaseFolder(t)
	as := unprivileged(t, folder, "www-data")
	address = fmt.Sprintf("127.0.0.1:%d", FreePort(t))
	program := filepath.Join(folder, "cgi", "script")
	if err := os.Mkdir(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{program: script, filepath.Join(folder, "conf"): `
ServerRoot ` + folder + `
ServerName localhost
PidFile ` + folder + `/pid
Mutex file:` + folder + ` default
ErrorLog ` + folder + `/error.log
LoadModule mpm_prefork_module ` + apacheModules + `/mod_mpm_prefork.so
LoadModule authz_core_module ` + apacheModules + `/mod_authz_core.so
LoadModule alias_module ` + apacheModules + `/mod_alias.so
LoadModule cgi_module ` + apacheModules + `/mod_cgi.so
LoadModule rewrite_module ` + apacheModules + `/mod_rewrite.so
ScriptAlias /cgi/ ` + filepath.Dir(program) + `/
` + strings.ReplaceAll(conf, "LISTEN", address)} {
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.Command(apache, "-X", "-f", filepath.Join(folder, "conf"))
	server.Dir, server.Env = folder, databaseEnv(folder)
	as(server)
	Run(t, server)
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(folder, "error.log")); err == nil && t.Failed() {
			t.Logf("Apache's log:\n%s", log)
		}
	})
	awaitListener(t, address)
	return address
}
