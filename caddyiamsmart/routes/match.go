package routes

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// condition is what a route asks of a request.
type condition struct {
	all   bool     // nothing
	facts []string // texts that are equal where the same is asked
	hosts []string
	words []string
}

// within is the place inside the route.
func (c condition) within(at Place) Place {
	if len(c.hosts) > 0 {
		at.Hosts = c.hosts
	}
	at.Match = append(slices.Clone(at.Match), c.words...)
	return at
}

// conditionOf reads the matchers of a route: sets, of which one must match, of
// matchers that all must.
func conditionOf(sets []map[string]json.RawMessage) condition {
	var facts, words [][]string
	var hosts []string
	anyHost := false
	for _, set := range sets {
		var f, w []string
		var h []string
		for _, name := range slices.Sorted(maps.Keys(set)) {
			if name == "path" && string(compact(set[name])) == `["*"]` {
				continue
			}
			f = append(f, name+"="+string(compact(set[name])))
			if name == "host" && json.Unmarshal(set[name], &h) == nil {
				continue
			}
			w = append(w, wordOf(name, set[name]))
		}
		if len(f) == 0 {
			return condition{all: true}
		}
		facts, words, hosts = append(facts, f), append(words, w), append(hosts, h...)
		anyHost = anyHost || len(h) == 0
	}
	c := condition{all: len(sets) == 0}
	if !anyHost {
		c.hosts = hosts
	}
	switch {
	case len(sets) == 1:
		c.facts, c.words = facts[0], words[0]
	case len(sets) > 1:
		var one, said []string
		for i := range facts {
			one = append(one, strings.Join(facts[i], "&"))
			said = append(said, strings.Join(words[i], ", "))
		}
		c.facts = []string{strings.Join(one, "|")}
		if said = slices.DeleteFunc(said, func(s string) bool { return s == "" }); len(said) > 0 {
			c.words = []string{strings.Join(said, " | ")}
		}
	}
	return c
}

func compact(raw json.RawMessage) []byte {
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return raw
	}
	return out.Bytes()
}

// wordOf says what a matcher asks. Of a header or a query only that it is asked
// for one: its value may be a secret.
func wordOf(name string, raw json.RawMessage) string {
	var list []string
	var sets []map[string]json.RawMessage
	switch name {
	case "path", "method":
		if json.Unmarshal(raw, &list) == nil {
			return name + " " + strings.Join(list, " ")
		}
	case "not":
		if json.Unmarshal(raw, &sets) == nil {
			var inner []string
			for _, set := range sets {
				for _, name := range slices.Sorted(maps.Keys(set)) {
					inner = append(inner, wordOf(name, set[name]))
				}
			}
			return "not " + strings.Join(inner, ", ")
		}
	}
	return name + " …"
}

// speaksTLS follows the rules by which Caddy turns TLS on.
func speaksTLS(server *Server, tree *serverRoutes, app httpApp) bool {
	if len(tree.TLS) > 0 {
		return true
	}
	if tree.AutoHTTPS.Disable {
		return false
	}
	plain, secure := orDefault(app.HTTPPort, 80), orDefault(app.HTTPSPort, 443)
	if !slices.ContainsFunc(server.Listen, func(l string) bool { return PortOf(l) != plain }) {
		return false
	}
	if !slices.ContainsFunc(server.Listen, func(l string) bool { return PortOf(l) != secure }) {
		return true
	}
	for _, r := range tree.Routes {
		for _, host := range conditionOf(r.Match).hosts {
			if !slices.Contains(tree.AutoHTTPS.Skip, host) {
				return true
			}
		}
	}
	return false
}

func orDefault(port, otherwise int) int {
	if port == 0 {
		return otherwise
	}
	return port
}

// PortOf is the port of a listener, 0 where it has none, as a socket in the
// file system.
func PortOf(listen string) int {
	_, text, err := net.SplitHostPort(listen[strings.LastIndex(listen, "/")+1:])
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return port
}

// Local tells whether only this machine reaches a server: all its listeners are
// loopback addresses or sockets in the file system. One without a listener
// counts as reached by all.
func (s *Server) Local() bool {
	for _, listen := range s.Listen {
		if strings.HasPrefix(listen, "unix") {
			continue
		}
		host, _, err := net.SplitHostPort(listen[strings.LastIndex(listen, "/")+1:])
		if err != nil || !(host == "localhost" || net.ParseIP(host).IsLoopback()) {
			return false
		}
	}
	return len(s.Listen) > 0
}
