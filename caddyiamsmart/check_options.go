package caddyiamsmart

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/routes"
)

// caddyOptions are those of Caddy itself that can weaken a gate.
type caddyOptions struct {
	Admin *struct {
		Disabled bool   `json:"disabled"`
		Listen   string `json:"listen"`
	} `json:"admin"`
	Logging struct {
		Logs map[string]logOptions `json:"logs"`
	} `json:"logging"`
}

type logOptions struct {
	Writer struct {
		Output   string `json:"output"`
		Filename string `json:"filename"`
	} `json:"writer"`
	Encoder struct {
		Format string                     `json:"format"`
		Fields map[string]json.RawMessage `json:"fields"`
	} `json:"encoder"`
	Level   string   `json:"level"`
	Include []string `json:"include"`
	Exclude []string `json:"exclude"`
}

// checkOptions looks at the options of Caddy around the gates.
func (c *checked) checkOptions(gates []*standing) (part, error) {
	p := part{title: partConfig.of(), findings: []finding{configLoads.of(c.file)}}
	var options caddyOptions
	if err := json.Unmarshal(c.text, &options); err != nil {
		return p, fmt.Errorf("reading configuration: %w", err)
	}
	if len(gates) == 0 {
		p.findings = append(p.findings, configNoGate.of())
	}
	if a := options.Admin; a != nil && !a.Disabled && !adminLocal(settle(a.Listen)) {
		p.findings = append(p.findings, adminOpen.of(settle(a.Listen)))
	}
	var loggers []string // of access lines about the gates
	seen := make(map[*routes.Server]bool)
	for _, gate := range gates {
		for _, place := range gate.places {
			access, err := readAccess(place.Server)
			if err != nil {
				return p, fmt.Errorf("reading configuration: server %s: %w", place.Server.Name, err)
			}
			loggers = append(loggers, access.loggers(gate.host)...)
			if !seen[place.Server] {
				p.findings = append(p.findings, serverFindings(place.Server, access)...)
			}
			seen[place.Server] = true
		}
	}
	p.addLogs(options.Logging.Logs, loggers)
	return p, nil
}

// accessLogs says which access lines a server writes; nil is none.
type accessLogs struct {
	Default     string                     `json:"default_logger_name"`
	Names       map[string]json.RawMessage `json:"logger_names"`
	Skip        []string                   `json:"skip_hosts"`
	SkipOthers  bool                       `json:"skip_unmapped_hosts"`
	Credentials bool                       `json:"should_log_credentials"`
}

func readAccess(server *routes.Server) (access *accessLogs, err error) {
	if len(server.Logs) == 0 {
		return nil, nil
	}
	err = json.Unmarshal(server.Logs, &access)
	return access, err
}

// loggers are the names under which lines about a host are written.
func (a *accessLogs) loggers(host string) []string {
	const access = "http.log.access"
	if a == nil || slices.Contains(a.Skip, host) {
		return nil
	}
	raw, ok := a.Names[host]
	if _, parent, dot := strings.Cut(host, "."); !ok && dot {
		raw, ok = a.Names["*."+parent]
	}
	if !ok && a.SkipOthers {
		return nil
	}
	names := []string{a.Default}
	var one string
	switch {
	case !ok:
	case json.Unmarshal(raw, &one) == nil:
		names = []string{one}
	default:
		if json.Unmarshal(raw, &names) != nil {
			return []string{access}
		}
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(access+"."+name, ".")
	}
	return names
}

func adminLocal(listen string) bool {
	if listen == "" || strings.HasPrefix(listen, "unix") {
		return true
	}
	host, _, err := net.SplitHostPort(listen[strings.LastIndex(listen, "/")+1:])
	return err == nil && loopback(host)
}

func serverFindings(server *routes.Server, access *accessLogs) (found []finding) {
	if access != nil && access.Credentials {
		found = append(found, logCookies.of(server.Name))
	}
	if names := slices.Concat(server.ExpectedUnderscoreHeaders, server.ExpectedDotHeaders); len(names) > 0 {
		found = append(found, serverNames.of(server.Name, strings.Join(names, ", ")))
	}
	if len(server.TrustedProxies) > 0 && server.TrustedProxiesStrict == 0 {
		found = append(found, serverProxies.of(server.Name))
	}
	return found
}

// codePlaces are where the code of a login could stand in a line about a request.
var codePlaces = map[string]string{"request>uri": "uri", "request>headers>Referer": "Referer"}

// addLogs looks at the logs, and at those that take lines of the loggers.
func (p *part) addLogs(logs map[string]logOptions, loggers []string) {
	logs = maps.Clone(logs)
	if logs == nil {
		logs = make(map[string]logOptions)
	}
	if _, ok := logs["default"]; !ok {
		logs["default"] = logOptions{}
	}
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		log := logs[name]
		if file := settle(log.Writer.Filename); log.Writer.Output == "file" && !writable(file) {
			p.findings = append(p.findings, logUnwritable.of(file))
		}
		if log.Writer.Output == "discard" {
			continue
		}
		if strings.EqualFold(log.Level, "DEBUG") && log.takes("http.handlers.reverse_proxy") {
			p.findings = append(p.findings, logDebug.of(name))
		}
		if !slices.ContainsFunc(loggers, log.takes) {
			continue
		}
		var bare []string
		for _, field := range slices.Sorted(maps.Keys(codePlaces)) {
			if !log.filters(field) {
				bare = append(bare, codePlaces[field])
			}
		}
		if len(bare) > 0 {
			p.findings = append(p.findings, logCode.of(name, strings.Join(bare, ", ")))
		}
	}
}

// takes tells whether a log takes the lines of a logger: of what is included and
// excluded, the longer name counts.
func (l logOptions) takes(logger string) bool {
	longest := func(names []string) (n int) {
		for _, name := range names {
			if strings.HasPrefix(logger+".", name+".") {
				n = max(n, len(name))
			}
		}
		return n
	}
	included := longest(l.Include)
	if len(l.Include) > 0 && included == 0 || slices.Contains(l.Exclude, "*") {
		return false
	}
	return included >= longest(l.Exclude)
}

func (l logOptions) filters(field string) bool {
	if l.Encoder.Format != "filter" {
		return false
	}
	for name := range l.Encoder.Fields {
		if field == name || strings.HasPrefix(field, name+">") {
			return true
		}
	}
	return false
}
