package routes

import (
	"encoding/json"
	"fmt"
	"slices"
)

// walker follows the routes of one server.
type walker struct {
	plan    *Plan
	named   map[string]route
	invoked []string // named routes that are being followed
	resolve func(string) string
}

// list follows a list of routes and returns what is known behind it.
func (w *walker) list(routes []route, at Place, s state) (state, error) {
	for len(routes) > 0 {
		n := 1
		for routes[0].Group != "" && n < len(routes) && routes[n].Group == routes[0].Group {
			n++
		}
		var err error
		if s, err = w.choice(routes[:n], at, s); err != nil {
			return s, err
		}
		routes = routes[n:]
	}
	return s, nil
}

// choice follows routes of which the first that matches runs, or a single one.
func (w *walker) choice(routes []route, at Place, s state) (state, error) {
	group := routes[0].Group
	certain := group == "" || !slices.Contains(s.groups, group)
	if group != "" {
		s = s.copy()
		s.groups = append(s.groups, group)
	}
	var branches []branch
	rest := s // those who have matched none so far
	for i, r := range routes {
		c := conditionOf(r.Match)
		b := branch{state: rest.copy()}
		b.facts = append(b.facts, c.facts...)
		if i == 0 && certain {
			b.when = c.facts
		}
		var err error
		if b.state, err = w.handlers(r.Handle, c.within(at), b.state); err != nil {
			return s, err
		}
		b.dead = b.dead || r.Terminal
		branches = append(branches, b)
		if c.all && certain {
			rest.dead = true
		}
	}
	return join(append(branches, branch{state: rest})), nil
}

// handlers follows the handlers of one route.
func (w *walker) handlers(list []json.RawMessage, at Place, s state) (state, error) {
	for _, raw := range list {
		var h struct {
			Handler string `json:"handler"`
		}
		err := json.Unmarshal(raw, &h)
		if err == nil {
			s, err = w.handler(h.Handler, raw, at, s)
		}
		if err != nil {
			return s, fmt.Errorf("handler %s: %w", h.Handler, err)
		}
	}
	return s, nil
}

// passOn are handlers of Caddy that neither answer nor change what is asked for.
var passOn = []string{
	"authentication", "copy_response_headers", "encode", "log_append", "push", "request_body", "templates", "tracing",
}

// answers are handlers of Caddy that answer by themselves, for no application.
var answers = []string{"static_response", "error", "copy_response", "metrics"}

func (w *walker) handler(name string, raw json.RawMessage, at Place, s state) (state, error) {
	switch {
	case slices.Contains(passOn, name):
		return s, nil
	case slices.Contains(answers, name):
		s.dead = true
		return s, nil
	}
	switch name {
	case "iamsmart":
		return w.pass(raw, at, s)
	case "subroute":
		return w.subroute(raw, at, s)
	case "invoke":
		return w.invoke(raw, at, s)
	case "reverse_proxy":
		return w.proxy(raw, at, s)
	case "file_server":
		return w.files(raw, at, s)
	case "intercept":
		return w.intercept(raw, at, s)
	case "headers":
		return w.headers(raw, s)
	case "vars":
		return w.vars(raw, s)
	case "rewrite", "map":
		return s.changed(), nil
	}
	return w.unknown(raw, at, s)
}

// pass is a gate. In a route for errors it only scrubs; without options it lets
// nobody through elsewhere.
func (w *walker) pass(raw json.RawMessage, at Place, s state) (state, error) {
	var options map[string]json.RawMessage
	if err := json.Unmarshal(raw, &options); err != nil {
		return s, err
	}
	gate := &Gate{Place: at, Config: raw, Bare: len(options) == 1, Dead: s.dead}
	w.plan.Gates = append(w.plan.Gates, gate)
	s.dead = s.dead || gate.Bare && !at.Error
	s = s.changed()
	s.passed = append(s.passed, passage{gate: gate})
	s.changes = nil
	return s, nil
}

// subroute may have routes of its own for errors: whatever failed in it comes to
// them, at whatever point, and goes on behind it.
func (w *walker) subroute(raw json.RawMessage, at Place, s state) (state, error) {
	var sub struct {
		Routes []route      `json:"routes"`
		Errors *errorRoutes `json:"errors"`
	}
	if err := json.Unmarshal(raw, &sub); err != nil {
		return s, err
	}
	out, err := w.list(sub.Routes, at, s.copy())
	if err != nil || sub.Errors == nil {
		return out, err
	}
	at.Error = true
	failed, err := w.list(sub.Errors.Routes, at, s.changed().copy())
	return join([]branch{{state: out}, {state: failed}}), err
}

func (w *walker) invoke(raw json.RawMessage, at Place, s state) (state, error) {
	var invoke struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(raw, &invoke); err != nil {
		return s, err
	}
	r, ok := w.named[invoke.Name]
	if !ok || slices.Contains(w.invoked, invoke.Name) { // Caddy answers with an error, or never
		s.dead = true
		return s, nil
	}
	w.invoked = append(w.invoked, invoke.Name)
	defer func() { w.invoked = w.invoked[:len(w.invoked)-1] }()
	return w.choice([]route{r}, at, s)
}

// headers takes down what is done to request headers.
func (w *walker) headers(raw json.RawMessage, s state) (state, error) {
	var h struct {
		Request *headerOps `json:"request"`
	}
	if err := json.Unmarshal(raw, &h); err != nil || h.Request == nil {
		return s, err
	}
	s = s.changed()
	s.changes = append(slices.Clone(s.changes), h.Request.changes()...)
	return s, nil
}

func (w *walker) vars(raw json.RawMessage, s state) (state, error) {
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil {
		return s, err
	}
	s = s.changed()
	if root, ok := values["root"].(string); ok {
		s.root = w.resolve(root)
	}
	return s, nil
}

// unknown is a handler that is no part of Caddy. It may run whatever handlers
// stand in it, or forward to whatever address; and go on, or not.
func (w *walker) unknown(raw json.RawMessage, at Place, s state) (state, error) {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return s, err
	}
	delete(tree, "handler")
	if err := w.inside(tree, at, s); err != nil {
		return s, err
	}
	return s.changed(), nil
}

func (w *walker) inside(tree any, at Place, s state) error {
	if node, ok := tree.(map[string]any); ok {
		if _, ok := node["handler"].(string); ok {
			raw, err := json.Marshal(node)
			if err == nil {
				_, err = w.handlers([]json.RawMessage{raw}, at, s.copy())
			}
			return err
		}
		if _, ok := node["dial"]; ok {
			for _, address := range dialled(node) {
				w.way(target(Proxy, w.resolve(address), ""), at, s)
			}
			return nil
		}
		for _, child := range node {
			if err := w.inside(child, at, s); err != nil {
				return err
			}
		}
	}
	if list, ok := tree.([]any); ok {
		for _, child := range list {
			if err := w.inside(child, at, s); err != nil {
				return err
			}
		}
	}
	return nil
}
