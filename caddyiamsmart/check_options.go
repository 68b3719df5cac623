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
	var servers []*routes.Server
	for _, gate := range gates {
		for _, place := range gate.places {
			if !slices.Contains(servers, place.Server) {
				servers = append(servers, place.Server)
			}
		}
	}
	for _, server := range servers {
		p.findings = append(p.findings, serverFindings(server)...)
	}
	logged := slices.ContainsFunc(servers, func(s *routes.Server) bool { return len(s.Logs) > 0 && string(s.Logs) != "null" })
	return p, p.addLogs(options.Logging.Logs, logged)
}

func adminLocal(listen string) bool {
	if listen == "" || strings.HasPrefix(listen, "unix") {
		return true
	}
	host, _, err := net.SplitHostPort(listen[strings.LastIndex(listen, "/")+1:])
	return err == nil && loopback(host)
}

func serverFindings(server *routes.Server) (found []finding) {
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

func (p *part) addLogs(logs map[string]logOptions, logged bool) error {
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
		if strings.EqualFold(log.Level, "DEBUG") && log.takes("http.handlers.reverse_proxy") {
			p.findings = append(p.findings, logDebug.of(name))
		}
		if !logged || !log.takesAccess() {
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
	return nil
}

// takes tells whether a log takes the lines of a logger: of what is included and
// excluded, the longer name counts.
func (l logOptions) takes(logger string) bool {
	longest := func(names []string) (n int) {
		for _, name := range names {
			if logger == name || strings.HasPrefix(logger, name+".") {
				n = max(n, len(name))
			}
		}
		return n
	}
	included, excluded := longest(l.Include), longest(l.Exclude)
	if len(l.Include) > 0 && included == 0 {
		return false
	}
	return excluded == 0 || included > excluded
}

// takesAccess tells whether a log takes access lines of any server.
func (l logOptions) takesAccess() bool {
	const access = "http.log.access"
	return l.takes(access) || slices.ContainsFunc(l.Include, func(name string) bool { return strings.HasPrefix(name, access+".") })
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
