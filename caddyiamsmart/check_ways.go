package caddyiamsmart

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/routes"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// judge weighs the ways of a plan: which lead to an application round its gate,
// and what happens behind a gate.
type judge struct {
	machine
	plan  *routes.Plan
	gates []*standing

	guarded []guarded
	found   []finding
}

// guarded is what a gate stands before.
type guarded struct {
	routes.Target
	gate *standing
	way  *routes.Way // nil where none of its ways leads there by itself
}

// checkWays judges the ways, and starts to look whether the applications can be
// reached directly.
func checkWays(ctx context.Context, plan *routes.Plan, gates []*standing, m machine) part {
	j := &judge{machine: m, plan: plan, gates: gates}
	j.guard()
	j.judgeGates()
	for _, way := range plan.Ways {
		j.judgeWay(way)
	}
	j.judgeFellows()
	p := part{title: partWays.of(), findings: j.found}
	return j.direct(ctx, p)
}

func (j *judge) say(f finding) { j.found = append(j.found, f) }

// guard gathers what the gates stand before: where their ways lead and, since
// that is the application too, where their login forms are.
func (j *judge) guard() {
	for _, way := range j.plan.Ways {
		if gate := j.gateOf(way); gate != nil {
			j.guarded = append(j.guarded, guarded{way.To, gate, way})
		}
	}
	for _, gate := range j.gates {
		if address := gate.formAddress(); address != "" {
			j.guarded = append(j.guarded, guarded{routes.Target{Kind: routes.Proxy, Address: address}, gate, nil})
		}
	}
	for j.guardBehindLocal() {
	}
}

// guardBehindLocal follows servers of this Caddy that only this machine reaches:
// what such a server leads to is as good as the server itself. It tells whether
// it found more.
func (j *judge) guardBehindLocal() (more bool) {
	for _, way := range j.plan.Ways {
		if !way.Server.Local() || way.Gate != nil {
			continue
		}
		for _, listen := range way.Server.Listen {
			server := routes.Target{Kind: routes.Proxy, Address: listen}
			for _, pair := range [][2]routes.Target{{server, way.To}, {way.To, server}} {
				gate := j.gateBefore(pair[0])
				known := j.same(pair[1], pair[1]) // else it would be found anew each time
				if gate != nil && known && j.gateBefore(pair[1]) == nil {
					j.guarded = append(j.guarded, guarded{pair[1], gate, nil})
					more = true
				}
			}
		}
	}
	return more
}

// gateBefore is a gate that stands before a target, nil where none does.
func (j *judge) gateBefore(to routes.Target) *standing {
	for _, g := range j.guarded {
		if j.same(to, g.Target) {
			return g.gate
		}
	}
	return nil
}

// gateOf is the gate that every request on a way has passed, nil where there is
// none or it only scrubs.
func (j *judge) gateOf(way *routes.Way) *standing {
	if way.Gate == nil || way.Error {
		return nil
	}
	i := slices.IndexFunc(j.gates, func(s *standing) bool { return bytes.Equal(s.places[0].Config, way.Gate.Config) })
	if i < 0 {
		return nil
	}
	return j.gates[i]
}

// formAddress is host and port of the login form, as Caddy would dial it.
func (s *standing) formAddress() string {
	u, err := url.Parse(settle(s.accountsURL))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	return net.JoinHostPort(u.Hostname(), portOf(u))
}

// portOf is the port of an address, by its scheme where it names none.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// accountsOf reads the accounts of a gate as text, and their address where they
// are asked over HTTP.
func accountsOf(config json.RawMessage) (text []byte, address string) {
	var gate struct {
		Accounts []json.RawMessage `json:"accounts"`
	}
	if err := json.Unmarshal(config, &gate); err != nil || len(gate.Accounts) == 0 {
		return nil, ""
	}
	var web struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(gate.Accounts[0], &web); err != nil {
		return gate.Accounts[0], ""
	}
	return gate.Accounts[0], web.URL
}

// judgeGates finds gates that do nothing.
func (j *judge) judgeGates() {
	for _, place := range j.plan.Gates {
		at := whereIs(place.Place)
		switch {
		case place.Error:
		case place.Dead:
			j.say(gateDead.of(at))
		case place.Bare:
			j.say(gateBare.of(at))
		case !slices.ContainsFunc(j.plan.Ways, func(w *routes.Way) bool { return w.Gate == place }):
			j.say(gateIdle.of(at))
		}
	}
}

func (j *judge) judgeWay(way *routes.Way) {
	at := whereIs(way.Place)
	if gate := j.gateOf(way); gate != nil {
		j.say(wayGuarded.of(nameOf(way.To), at))
		j.judgeChanges(way, gate, at)
		return
	}
	if way.Gate != nil || way.Server.Local() { // it scrubs; or only this machine comes there
		return
	}
	if way.To.Kind != routes.Files && way.To.Address == "" && len(j.gates) > 0 {
		j.say(wayUnknown.of(at))
		return
	}
	for _, g := range j.guarded {
		if j.same(way.To, g.Target) {
			j.say(j.openWay(way, g, at))
			return
		}
	}
}

// openWay says how an application comes to be open.
func (j *judge) openWay(way *routes.Way, g guarded, at string) finding {
	name := nameOf(way.To)
	if way.Error {
		return wayError.of(name, at)
	}
	for _, place := range g.gate.places {
		if place.Server != way.Server || !slices.Equal(place.Hosts, way.Hosts) {
			continue
		}
		// The gate stands in the same site. Where it has no matchers of its own, it
		// only comes too late.
		if beside := matchersOf(place, way); beside != "" {
			return wayBeside.of(name, at, beside)
		}
		return wayOrder.of(name, at)
	}
	return wayOther.of(name, at)
}

// matchersOf are those around a gate that are not around a way.
func matchersOf(place *routes.Gate, way *routes.Way) string {
	own := slices.DeleteFunc(slices.Clone(place.Match), func(m string) bool { return slices.Contains(way.Match, m) })
	return strings.Join(own, "; ")
}

// judgeChanges looks for handlers behind the gate that undo its headers.
func (j *judge) judgeChanges(way *routes.Way, gate *standing, at string) {
	for _, name := range gate.headers.Names() {
		for _, change := range way.Changes {
			if !touches(change, name) {
				continue
			}
			switch {
			case change.Delete:
				j.say(headerDeleted.of(name, at))
			case change.FromRequest:
				j.say(headerForged.of(name, at))
			default:
				j.say(headerChanged.of(name, at))
			}
		}
	}
}

// touches tells whether a change of headers is one of that header, in any
// spelling that an application may take for it.
func touches(change routes.Change, header string) bool {
	pattern := change.Name
	name, folded := upstream.Fold(header), upstream.Fold(pattern)
	begins, ends := strings.HasPrefix(pattern, "*"), strings.HasSuffix(pattern, "*")
	switch {
	case begins && ends:
		return strings.Contains(name, folded)
	case begins && change.Delete:
		return strings.HasSuffix(name, folded)
	case ends && change.Delete:
		return strings.HasPrefix(name, folded)
	}
	return name == folded
}

// judgeFellows compares the gates that stand before one application: what one
// maps the other has to remove, and both have to ask the same accounts.
func (j *judge) judgeFellows() {
	for _, g := range j.guarded {
		for _, h := range j.guarded {
			if g.gate == h.gate || h.way == nil || g.way == nil || !j.same(h.Target, g.Target) {
				continue
			}
			for _, name := range g.gate.headers.Names() {
				if !h.gate.scrubber.Forbids(name) {
					j.say(headerUnscrubbed.of(nameOf(g.Target), name, h.gate.origin))
				}
			}
			if g.gate.origin < h.gate.origin && !bytes.Equal(g.gate.accounts, h.gate.accounts) {
				j.say(accountsDiffer.of(nameOf(g.Target), g.gate.origin, h.gate.origin))
			}
		}
	}
}

// direct looks whether applications can be reached without Caddy.
func (j *judge) direct(ctx context.Context, p part) part {
	seen := make(map[string]bool)
	for _, g := range j.guarded {
		if g.Address == "" || seen[g.Address] || g.Kind == routes.Files {
			continue
		}
		seen[g.Address] = true
		if _, socket := socketOf(g.Address); socket {
			continue
		}
		if !onlyHere(g.Address) {
			if !g.Certified {
				p.findings = append(p.findings, appRemote.of(nameOf(g.Target)))
			}
			continue
		}
		p.later = append(p.later, soon(ctx, askingPorts.of(), func(ctx context.Context) []finding {
			_, port := splitDial(g.Address)
			if at := j.answering(ctx, port); len(at) > 0 {
				return []finding{appOpen.of(nameOf(g.Target), strings.Join(at, ", "))}
			}
			return []finding{appLocal.of(nameOf(g.Target))}
		}))
	}
	return p
}

// nameOf is an application as an operator knows it.
func nameOf(to routes.Target) string {
	switch to.Kind {
	case routes.Files:
		return to.Root
	case routes.FastCGI:
		if to.Root != "" {
			return to.Root + " (" + to.Address + ")"
		}
	}
	return to.Address
}
