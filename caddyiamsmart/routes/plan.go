package routes

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Plan is what a configuration does with requests.
type Plan struct {
	Servers []*Server
	// Gates are all places at which a gate stands, in the order in which they
	// were come to.
	Gates []*Gate
	// Ways are all that lead to something that answers for an application.
	Ways []*Way
}

// Server is one HTTP server of the configuration.
type Server struct {
	Name   string   `json:"-"`
	Listen []string `json:"listen"`
	// TLS tells whether it speaks TLS, by itself or by Caddy's automatic HTTPS.
	TLS bool `json:"-"`

	ExpectedUnderscoreHeaders []string        `json:"expected_underscore_headers"`
	ExpectedDotHeaders        []string        `json:"expected_dot_headers"`
	TrustedProxies            json.RawMessage `json:"trusted_proxies"`
	TrustedProxiesStrict      int             `json:"trusted_proxies_strict"`
	Logs                      json.RawMessage `json:"logs"`
}

// Place is where in a configuration something stands.
type Place struct {
	Server *Server
	// Hosts are those of the matchers around it; none means any host.
	Hosts []string
	// Match are the other matchers around it, the outermost first. Only what
	// they say of paths and methods is quoted: others may hold secrets.
	Match []string
	// Error tells that it stands in a route for errors.
	Error bool
}

// Gate is a gate at its place.
type Gate struct {
	Place
	Config json.RawMessage
	// Bare tells that it has no options.
	Bare bool
	// Dead tells that no request comes to it: something before it answers all.
	Dead bool
}

// Way is a way to something that answers for an application.
type Way struct {
	Place
	To Target
	// Gate is what every request on this way has passed, nil where some have
	// passed none; where some have passed another one, it is one of them. On ways
	// for errors it only scrubs.
	Gate *Gate
	// Changes are those of request headers after the gate.
	Changes []Change
}

// Kind is what a target is.
type Kind string

// The kinds of targets.
const (
	Proxy   Kind = "proxy"   // an HTTP server
	FastCGI Kind = "fastcgi" // a FastCGI server that runs scripts below a folder
	Files   Kind = "files"   // files below a folder
)

// Target is what a way leads to.
type Target struct {
	Kind Kind
	// Address is as Caddy dials it; empty for files, and where it is decided for
	// each request anew.
	Address string
	// Root is the folder for FastCGI and files; empty where it is not known.
	Root string
	// Certified tells that Caddy shows a client certificate there.
	Certified bool
}

// Change is one of a request header.
type Change struct {
	// Name of the header; a deletion may begin or end with a star.
	Name string
	// Delete tells that it is taken away, else it gets another value.
	Delete bool
	// FromRequest tells that the new value holds something of the request.
	FromRequest bool
}

type config struct {
	Apps map[string]json.RawMessage `json:"apps"`
}

type httpApp struct {
	HTTPPort  int                        `json:"http_port"`
	HTTPSPort int                        `json:"https_port"`
	Servers   map[string]json.RawMessage `json:"servers"`
}

type serverRoutes struct {
	Routes      []route          `json:"routes"`
	Errors      errorRoutes      `json:"errors"`
	NamedRoutes map[string]route `json:"named_routes"`
	AutoHTTPS   struct {
		Disable bool     `json:"disable"`
		Skip    []string `json:"skip"`
	} `json:"automatic_https"`
	TLS []json.RawMessage `json:"tls_connection_policies"`
}

type errorRoutes struct {
	Routes []route `json:"routes"`
}

type route struct {
	Group    string                       `json:"group"`
	Match    []map[string]json.RawMessage `json:"match"`
	Handle   []json.RawMessage            `json:"handle"`
	Terminal bool                         `json:"terminal"`
}

// Read follows the ways through an adapted configuration. It resolves what
// stands in the place of an address or a folder, and leaves as it is what only a
// request settles.
func Read(text []byte, resolve func(string) string) (*Plan, error) {
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("reading configuration: %w", err)
	}
	app := httpApp{}
	if raw, ok := c.Apps["http"]; ok {
		if err := json.Unmarshal(raw, &app); err != nil {
			return nil, fmt.Errorf("reading http app: %w", err)
		}
	}
	plan := new(Plan)
	for _, name := range slices.Sorted(maps.Keys(app.Servers)) {
		if err := plan.follow(name, app, resolve); err != nil {
			return nil, fmt.Errorf("reading server %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Apps)) {
		if err := plan.followOther(name, c.Apps[name], resolve); err != nil {
			return nil, fmt.Errorf("reading app %s: %w", name, err)
		}
	}
	return plan, nil
}

// follow walks one server.
func (p *Plan) follow(name string, app httpApp, resolve func(string) string) error {
	server := &Server{Name: name}
	var tree serverRoutes
	for _, into := range []any{server, &tree} {
		if err := json.Unmarshal(app.Servers[name], into); err != nil {
			return err
		}
	}
	server.TLS = speaksTLS(server, &tree, app)
	p.Servers = append(p.Servers, server)
	w := &walker{plan: p, named: tree.NamedRoutes, resolve: resolve}
	if _, err := w.list(tree.Routes, Place{Server: server}, state{}); err != nil {
		return err
	}
	_, err := w.list(tree.Errors.Routes, Place{Server: server, Error: true}, state{})
	return err
}

// ownApps forward nothing themselves.
var ownApps = []string{"http", "tls", "pki", "events", "iamsmart"}

// followOther looks for addresses that another app of Caddy forwards to, as the
// one that proxies bare TCP does.
func (p *Plan) followOther(name string, raw json.RawMessage, resolve func(string) string) error {
	if slices.Contains(ownApps, name) {
		return nil
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return err
	}
	for _, address := range dialled(tree) {
		p.Ways = append(p.Ways, &Way{
			Place: Place{Server: &Server{Name: name}},
			To:    target(Proxy, resolve(address), ""),
		})
	}
	return nil
}

// dialled lists the values of all keys named dial.
func dialled(tree any) (found []string) {
	switch node := tree.(type) {
	case []any:
		for _, child := range node {
			found = append(found, dialled(child)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if key != "dial" {
				found = append(found, dialled(node[key])...)
				continue
			}
			list, ok := node[key].([]any)
			if !ok {
				list = []any{node[key]}
			}
			for _, one := range list {
				if address, ok := one.(string); ok {
					found = append(found, address)
				}
			}
		}
	}
	return found
}
