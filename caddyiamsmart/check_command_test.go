package caddyiamsmart_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildCaddy builds the program as the README says.
func buildCaddy(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "caddy.exe")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/caddy")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return program
}

// Given Caddyfiles that are sound, weak, open and broken, when a script checks
// them with the real program, then it can tell them apart, and people can read
// why on the terminal.
func TestCheckIsACommand(t *testing.T) {
	caddy := buildCaddy(t)
	b := newBench(t)
	b.must(os.WriteFile(b.path("env"), []byte("THE_CLIENT=client-one\n"), 0o600))
	secret := string(credentials["secret"])
	type env map[string]string
	run := func(env env, args ...string) (stdout, stderr string, code int) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, caddy, append([]string{"iamsmart", "check"}, args...)...)
		cmd.Dir = b.Dir
		var out, told bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &told
		cmd.Env = append(os.Environ(), "LC_ALL=", "LC_MESSAGES=", "LANG=", "XDG_DATA_HOME="+b.Dir, "XDG_CONFIG_HOME="+b.Dir)
		for name, value := range env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return out.String(), told.String(), cmd.ProcessState.ExitCode()
	}
	weak := "{{define \"more\"}}session {\n\t\t\tidle 8h\n\t\t}{{end}}" + benchSite
	for _, c := range []struct {
		name      string
		caddyfile string
		args      []string
		env       env
		code      int
		out, err  string
	}{
		{"sound", benchSite, nil, nil, 0, "Everything is in order.", ""},
		{"weak", weak, nil, nil, 4, "No faults. Warnings: 1.", ""},
		{"open", weak + "intranet.example.com {\n\treverse_proxy {{.App}}\n}\n", nil, nil, 5, "Faults: 1, warnings: 1.", ""},
		{"in the language of the terminal", weak, nil, env{"LANG": "zh_HK.UTF-8"}, 4, "沒有錯誤。警告：1 項。", ""},
		{"in the language asked for", weak, []string{"--lang", "zh-HK"}, env{"LANG": "en_US.UTF-8"}, 4, "沒有錯誤。警告：1 項。", ""},
		{"a language that it does not speak", benchSite, []string{"--lang", "fr"}, nil, 1, "", "unknown language 'fr'"},
		{"another file", benchSite, []string{"--config", "Caddyfile", "--adapter", "caddyfile"}, nil, 0, "Everything is in order.", ""},
		{"no such file", benchSite, []string{"--config", "none"}, nil, 1, "", "no such file"},
		{"an error in the text", strings.Replace(benchSite, "reverse_proxy", "revers_proxy", 1), nil, nil, 1, "", "Caddyfile:"},
		{"an error at loading", `{{define "secret"}}{file.{{.Dir}}/none}{{end}}` + benchSite, nil, nil, 1, "", "realm default: client_secret: {file."},
		{"a variable out of a file", `{{define "environment"}}api_base {{.Sim}}/api/v1
			web_base {{.Sim}}/{env.THE_CLIENT}{{end}}` + benchSite, []string{"--envfile", "env"}, nil, 0, "Everything is in order.", ""},
		{"an unknown word", benchSite, []string{"now"}, nil, 1, "", "unknown command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.must(os.WriteFile(b.path("Caddyfile"), []byte(b.fill(c.caddyfile)), 0o600))
			before := filesBelow(t, b.Dir)
			stdout, stderr, code := run(c.env, c.args...)
			if code != c.code || !strings.Contains(stdout, c.out) || !strings.Contains(stderr, c.err) {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, c.code, stdout, stderr)
			}
			if (code != 1) != (stderr == "") || (code != 1) != (stdout != "") {
				t.Errorf("the report is for standard output, why there is none for standard error:\n%s\n%s", stdout, stderr)
			}
			if strings.Contains(stdout+stderr, secret) {
				t.Error("the secret is told")
			}
			if after := filesBelow(t, b.Dir); strings.Join(after, "\n") != strings.Join(before, "\n") {
				t.Errorf("files before %q\nafter %q", before, after)
			}
		})
	}
}
