package caddyiamsmart

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"caddyiamsmart.example/caddyiamsmart/routes"
)

// checked is a configuration that loads.
type checked struct {
	file string
	text []byte // its JSON
	ctx  caddy.Context
	app  *App
	plan *routes.Plan
}

// loadChecked reads a configuration as `caddy validate` does, and says what that
// would say where it does not load.
func loadChecked(file, adapter string, envfiles []string) (*checked, error) {
	for _, envfile := range envfiles {
		if err := loadEnvfile(envfile); err != nil {
			return nil, err
		}
	}
	text, file, _, err := caddycmd.LoadConfig(file, adapter)
	if err != nil {
		return nil, err
	}
	if file == "" {
		return nil, errors.New("input file required when there is no Caddyfile in current directory (use --config flag)")
	}
	return provisionChecked(file, caddy.RemoveMetaFields(text))
}

func provisionChecked(file string, text []byte) (*checked, error) {
	silent, err := silenced(text)
	if err != nil {
		return nil, err
	}
	var config *caddy.Config
	if err := caddy.StrictUnmarshalJSON(silent, &config); err != nil {
		return nil, fmt.Errorf("decoding config: %w", err)
	}
	c := &checked{file: file, text: text}
	if c.ctx, err = caddy.ProvisionContext(config); err != nil {
		return nil, err
	}
	app, err := c.ctx.AppIfConfigured("iamsmart")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return nil, errors.New("the global option 'iamsmart' is missing; there is nothing to check")
	}
	if err != nil {
		return nil, err
	}
	c.app = app.(*App)
	c.plan, err = routes.Read(text, settle)
	return c, err
}

// settle resolves what a configuration holds instead of an address, and keeps
// what only a request knows.
func settle(value string) string {
	if resolved, err := resolve(value); err == nil {
		return resolved
	}
	return value
}

// silenced is the configuration with logs that go nowhere. Opening them would
// make their files, which would belong to whoever checks, and turn over those of
// the Caddy that runs.
func silenced(text []byte) ([]byte, error) {
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("decoding config: %w", err)
	}
	logging, ok := config["logging"].(map[string]any)
	if !ok {
		logging = make(map[string]any)
		config["logging"] = logging
	}
	logs, ok := logging["logs"].(map[string]any)
	if !ok {
		logs = make(map[string]any)
		logging["logs"] = logs
	}
	if _, ok := logs[caddy.DefaultLoggerName]; !ok {
		logs[caddy.DefaultLoggerName] = make(map[string]any)
	}
	for _, log := range logs {
		if log, ok := log.(map[string]any); ok {
			log["writer"] = map[string]any{"output": "discard"}
		}
	}
	if sink, ok := logging["sink"].(map[string]any); ok {
		sink["writer"] = map[string]any{"output": "discard"}
	}
	return json.Marshal(config)
}

// loadEnvfile sets the variables of a file that are not set yet, as Caddy does
// for its own commands.
func loadEnvfile(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading environment file: %w", err)
	}
	defer file.Close()
	values, err := parseEnvfile(file)
	if err != nil {
		return fmt.Errorf("reading environment file %s: %w", name, err)
	}
	for key, value := range values {
		if _, there := os.LookupEnv(key); there {
			continue
		}
		if err := os.Setenv(key, value); err != nil {
			return fmt.Errorf("setting environment variable %s: %w", key, err)
		}
	}
	return nil
}

// parseEnvfile reads lines like KEY=VALUE by the rules of Caddy, which are not
// those of a shell: a # begins a comment even in quotes, and a value in quotes
// may go over several lines. Errors quote no value: it may be a secret.
func parseEnvfile(text io.Reader) (map[string]string, error) {
	values := make(map[string]string)
	lines := bufio.NewScanner(text)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimPrefix(key, "export ")
		if !ok || key == "" || strings.Contains(key, " ") || strings.HasPrefix(value, " ") || strings.HasPrefix(value, "\t") {
			return nil, fmt.Errorf("line %d is not of the form KEY=VALUE", number)
		}
		if before, _, comment := strings.Cut(value, "#"); comment {
			value = strings.TrimRight(before, " \t")
		}
		if quote := value[:min(1, len(value))]; quote == `"` || quote == "'" {
			escaped := `\` + quote
			for !strings.HasSuffix(line, quote) || strings.HasSuffix(line, escaped) {
				value = strings.ReplaceAll(value, escaped, quote)
				if !lines.Scan() {
					break
				}
				number++
				line = strings.ReplaceAll(lines.Text(), escaped, quote)
				value += "\n" + line
			}
			value = strings.TrimSuffix(strings.TrimPrefix(value, quote), quote)
		}
		values[key] = value
	}
	return values, lines.Err()
}

// loadGate makes a gate of its text as Provision does, without joining the
// others.
func (c *checked) loadGate(raw json.RawMessage) (*Gate, error) {
	gate := &Gate{logger: c.app.logger, app: c.app}
	if err := json.Unmarshal(raw, gate); err != nil {
		return nil, err
	}
	return gate, gate.provisionOptions(c.ctx)
}

// writable tells whether a log file can be opened, without making it.
func writable(name string) bool {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		return file.Close() == nil
	}
	return errors.Is(err, fs.ErrNotExist) && canMakeIn(name)
}
