package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// paper is a writer that one goroutine fills and another reads.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func noEnv(string) string { return "" }

// prepare makes credentials and returns the folder, the flags that use them, and what was printed.
func prepare(t *testing.T) (folder string, flags []string, printed string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "new", "folder")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-make-credentials", folder}, noEnv, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	id, err := os.ReadFile(filepath.Join(folder, "client-id"))
	if err != nil {
		t.Fatal(err)
	}
	return folder, []string{
		"-listen", "127.0.0.1:0", "-client-id", string(id), "-client-secret-file", filepath.Join(folder, "client-secret"),
		"-cert", filepath.Join(folder, "encipherment.pem"), "-redirect-uri", "https://localhost/iamsmart/callback",
	}, out.String()
}

func TestCredentialsServeAtOnce(t *testing.T) {
	folder, flags, printed := prepare(t)

	// What was written is private, and fits together.
	for _, name := range []string{"client-id", "client-secret", "encipherment.pem"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
	}
	pair := filepath.Join(folder, "encipherment.pem")
	certificate, err := tls.LoadX509KeyPair(pair, pair)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := certificate.PrivateKey.(*rsa.PrivateKey); !ok || key.N.BitLen() != 2048 {
		t.Error("the key is not RSA of 2048 bits")
	}
	secret, err := os.ReadFile(filepath.Join(folder, "client-secret"))
	if err != nil {
		t.Fatal(err)
	}
	// What was printed is a realm and a command, without the secret itself.
	for _, line := range []string{
		"environment simulator http://127.0.0.1:8181", "client_id " + flags[3], `client_secret "{file.` + filepath.Join(folder, "client-secret") + `}"`,
		`encipherment_cert "` + pair + `"`, "-client-id " + flags[3],
	} {
		if !strings.Contains(printed, line) {
			t.Errorf("the help lacks %s", line)
		}
	}
	if len(secret) != 64 || strings.Contains(printed, string(secret)) {
		t.Error("the secret is short or printed")
	}
	// A second time nothing is overwritten.
	if err := run(t.Context(), []string{"-make-credentials", folder}, noEnv, io.Discard, io.Discard); err == nil {
		t.Error("credentials were overwritten")
	}
	if now, _ := os.ReadFile(filepath.Join(folder, "client-secret")); !bytes.Equal(now, secret) {
		t.Error("the secret changed")
	}

	// The simulator runs with them until it is told to stop.
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, said, ended := &paper{}, &paper{}, make(chan error, 1)
	go func() { ended <- run(ctx, append(flags, "-scope", "eidapi_auth eidapi_profiles"), noEnv, log, said) }()
	base := waitForAddress(t, said, ended)
	query := url.Values{"clientID": {flags[3]}, "responseType": {"code"}, "source": {"PC_Browser"}, "redirectURI": {"https://localhost/iamsmart/callback"},
		"scope": {"eidapi_auth eidapi_profiles"}}
	if got := status(t, base+"/api/v1/auth/getQR?"+strings.ReplaceAll(query.Encode(), "+", "%20"), ""); got != http.StatusOK {
		t.Errorf("getQR got %d", got)
	}
	if got := status(t, base+"/", "rebound.example.com"); got != http.StatusForbidden {
		t.Errorf("a foreign host got %d", got)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("stopping: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not stop")
	}
	var line struct{ Kind, Call, Code string }
	if err := json.NewDecoder(strings.NewReader(log.String())).Decode(&line); err != nil || line.Call != "auth/getQR" || line.Code != "D00000" {
		t.Errorf("the log is %q (%v)", log, err)
	}
}

var addressLine = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

func waitForAddress(t *testing.T, said *paper, ended <-chan error) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if address := addressLine.FindString(said.String()); address != "" {
			return address
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		default:
		}
	}
	t.Fatal("it says no address")
	return ""
}

func status(t *testing.T, address, host string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestWhatItRefusesToStartWith(t *testing.T) {
	folder, right, _ := prepare(t)
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags []string
		says  string
	}{
		"all addresses":      {with(right, "-listen", ":8181"), "-allow-remote"},
		"any address":        {with(right, "-listen", "0.0.0.0:0"), "log in as any test person"},
		"any IPv6 address":   {with(right, "-listen", "[::]:0"), "-allow-remote"},
		"a private address":  {with(right, "-listen", "192.168.1.5:0"), "-allow-remote"},
		"a name":             {with(right, "-listen", "sim.example.com:0"), "-allow-remote"},
		"no port":            {with(right, "-listen", "127.0.0.1"), "reading -listen"},
		"no client":          {with(right, "-client-id", ""), "-make-credentials"},
		"no redirect":        {right[:len(right)-2], "-redirect-uri"},
		"no secret":          {with(right, "-client-secret-file", ""), "SIMULATOR_CLIENT_SECRET"},
		"empty secret":       {with(right, "-client-secret-file", empty), "is empty"},
		"missing secret":     {with(right, "-client-secret-file", empty+"x"), "reading -client-secret-file"},
		"no certificate":     {with(right, "-cert", empty), "CERTIFICATE"},
		"bad redirect":       {with(right, "-redirect-uri", "localhost/callback"), "absolute"},
		"bad scope":          {append(right, "-scope", "openid"), "openid"},
		"bad variant":        {append(right, "-variant", "oaep"), "oaep-sha256"},
		"unknown flag":       {append(right, "-verbose"), "verbose"},
		"secret as argument": {append(right, "s3cret"), "every setting is a flag"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			err := run(ctx, c.flags, noEnv, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// with is the flags with one value changed.
func with(flags []string, name, value string) []string {
	changed := append([]string{}, flags...)
	for i := range changed {
		if changed[i] == name {
			changed[i+1] = value
		}
	}
	return changed
}

func TestRemoteAddressesMustBeWanted(t *testing.T) {
	_, flags, _ := prepare(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said, ended := &paper{}, make(chan error, 1)
	// Given a tester who wants it, and a secret from the environment,
	args := append(with(with(flags, "-listen", "0.0.0.0:0"), "-client-secret-file", ""), "-allow-remote", "-host", "sim.home.example")
	env := func(name string) string {
		return map[string]string{"SIMULATOR_CLIENT_SECRET": "from the environment"}[name]
	}
	go func() { ended <- run(ctx, args, env, io.Discard, said) }()
	var port string
	for deadline := time.Now().Add(10 * time.Second); port == "" && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		port = regexp.MustCompile(`http://\S+:(\d+)`).FindString(said.String())
	}
	if !strings.Contains(said.String(), "-allow-remote") {
		t.Fatalf("no warning: %s", said)
	}
	port = port[strings.LastIndex(port, ":")+1:]
	// then the named host is served, and no other.
	for host, want := range map[string]int{"sim.home.example:" + port: 200, "other.home.example": 403} {
		if got := status(t, "http://127.0.0.1:"+port+"/", host); got != want {
			t.Errorf("the host %s got %d", host, got)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
