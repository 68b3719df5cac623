package routes

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// way takes down a way to an application.
func (w *walker) way(to Target, at Place, s state, more ...Change) {
	if s.dead {
		return
	}
	w.plan.Ways = append(w.plan.Ways, &Way{
		Place: at, To: to, Gate: s.gate(), Changes: append(slices.Clone(s.changes), more...),
	})
}

// target is one with an address and a folder as far as they are known before
// there is a request.
func target(kind Kind, address, root string) Target {
	if strings.Contains(address, "{") {
		address = ""
	}
	if strings.Contains(root, "{") {
		root = ""
	}
	return Target{Kind: kind, Address: address, Root: root}
}

type proxy struct {
	Upstreams []struct {
		Dial string `json:"dial"`
	} `json:"upstreams"`
	Dynamic   json.RawMessage `json:"dynamic_upstreams"`
	Transport struct {
		Protocol string `json:"protocol"`
		Root     string `json:"root"`
		TLS      *struct {
			CertificateFile string `json:"client_certificate_file"`
			Automate        string `json:"client_certificate_automate"`
		} `json:"tls"`
	} `json:"transport"`
	Headers *struct {
		Request *headerOps `json:"request"`
	} `json:"headers"`
	HandleResponse []responseHandler `json:"handle_response"`
}

type responseHandler struct {
	Routes []route `json:"routes"`
}

// proxy forwards, and answers unless routes for its answers go on.
func (w *walker) proxy(raw json.RawMessage, at Place, s state) (state, error) {
	var p proxy
	if err := json.Unmarshal(raw, &p); err != nil {
		return s, err
	}
	kind, root := Proxy, ""
	if p.Transport.Protocol == "fastcgi" {
		kind, root = FastCGI, s.root
		if p.Transport.Root != "" && p.Transport.Root != "{http.vars.root}" {
			root = w.resolve(p.Transport.Root)
		}
	}
	var changes []Change
	if p.Headers != nil && p.Headers.Request != nil {
		changes = p.Headers.Request.changes()
	}
	addresses := []string{}
	for _, u := range p.Upstreams {
		addresses = append(addresses, w.resolve(u.Dial))
	}
	if p.Dynamic != nil {
		addresses = append(addresses, "")
	}
	for _, address := range addresses {
		to := target(kind, address, root)
		to.Certified = p.Transport.TLS != nil && (p.Transport.TLS.CertificateFile != "" || p.Transport.TLS.Automate != "")
		w.way(to, at, s, changes...)
	}
	return w.responses(p.HandleResponse, at, s, true)
}

// responses follows the routes for answers. Who answers by itself goes on only
// behind them.
func (w *walker) responses(handlers []responseHandler, at Place, s state, answers bool) (state, error) {
	rest := s.copy()
	rest.dead = rest.dead || answers
	branches := []branch{{state: rest}}
	for _, h := range handlers {
		out, err := w.list(h.Routes, at, s.copy())
		if err != nil {
			return s, err
		}
		out.dead = out.dead || len(h.Routes) == 0
		branches = append(branches, branch{state: out})
	}
	return join(branches), nil
}

// intercept runs the handlers behind it first, and then routes on their answer.
func (w *walker) intercept(raw json.RawMessage, at Place, s state) (state, error) {
	var i struct {
		HandleResponse []responseHandler `json:"handle_response"`
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		return s, err
	}
	_, err := w.responses(i.HandleResponse, at, s, false)
	return s, err
}

func (w *walker) files(raw json.RawMessage, at Place, s state) (state, error) {
	var f struct {
		Root     string `json:"root"`
		PassThru bool   `json:"pass_thru"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return s, err
	}
	root := s.root
	if f.Root != "" && f.Root != "{http.vars.root}" {
		root = w.resolve(f.Root)
	}
	w.way(target(Files, "", root), at, s)
	s.dead = s.dead || !f.PassThru
	return s, nil
}

// headerOps are the changes that Caddy's handlers know.
type headerOps struct {
	Add     map[string][]string        `json:"add"`
	Set     map[string][]string        `json:"set"`
	Delete  []string                   `json:"delete"`
	Replace map[string]json.RawMessage `json:"replace"`
}

func (h *headerOps) changes() (changes []Change) {
	for _, values := range []map[string][]string{h.Add, h.Set} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			changes = append(changes, Change{Name: name, FromRequest: ofRequest(strings.Join(values[name], " "))})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.Replace)) {
		changes = append(changes, Change{Name: name, FromRequest: ofRequest(string(h.Replace[name]))})
	}
	for _, name := range h.Delete {
		changes = append(changes, Change{Name: name, Delete: true})
	}
	return changes
}

// ofRequest tells whether a value holds what the client has sent. What other
// handlers have found out, as who is logged in, is not that.
func ofRequest(value string) bool {
	return strings.Contains(value, "{http.request.") || strings.Contains(value, "{http.regexp.") ||
		strings.Contains(value, "{http.vars.") || strings.Contains(value, "{http.matchers.")
}
