package routes

import "slices"

// state is what is known of a request at one point of its way.
type state struct {
	// dead: no request comes here.
	dead   bool
	passed []passage
	// facts are matchers that this request is known to match, as it is now.
	facts []string
	// root is the folder that was set last, empty where that is not certain.
	root string
	// changes are those of request headers since the last gate.
	changes []Change
	// groups are those of which a route may have run.
	groups []string
}

// passage is a gate that a request has passed if it matches all that it needs.
type passage struct {
	gate  *Gate
	needs []string
}

func (p passage) equal(q passage) bool { return p.gate == q.gate && slices.Equal(p.needs, q.needs) }

// copy shares no memory with s.
func (s state) copy() state {
	s.passed, s.facts = slices.Clone(s.passed), slices.Clone(s.facts)
	s.changes, s.groups = slices.Clone(s.changes), slices.Clone(s.groups)
	return s
}

// gate is the last that every request in this state has passed.
func (s state) gate() *Gate {
	for _, p := range slices.Backward(s.passed) {
		if s.knows(p.needs) {
			return p.gate
		}
	}
	return nil
}

func (s state) knows(needs []string) bool {
	for _, need := range needs {
		if !slices.Contains(s.facts, need) {
			return false
		}
	}
	return true
}

// changed is the state after something may have changed the request: matchers
// have to be asked again, so a gate that some requests have passed counts only
// for who has surely passed it.
func (s state) changed() state {
	var sure []passage
	for _, p := range s.passed {
		if s.knows(p.needs) {
			sure = append(sure, passage{gate: p.gate})
		}
	}
	s.passed, s.facts = sure, nil
	return s
}

// branch is the state after one of several routes.
type branch struct {
	state
	// when are the facts of those who took it; nil where others may match them
	// too, so that they say nothing about who came this way.
	when []string
}

// join is what is known where branches come together again.
func join(branches []branch) state {
	var live []branch
	for _, b := range branches {
		if !b.dead {
			live = append(live, b)
		}
	}
	if len(live) == 0 {
		out := branches[0].copy()
		out.dead = true
		return out
	}
	out := live[0].copy()
	out.passed = nil
	for _, b := range live[1:] {
		out.facts = intersection(out.facts, b.facts)
		if b.root != out.root {
			out.root = ""
		}
		for _, c := range b.changes {
			if !slices.Contains(out.changes, c) {
				out.changes = append(out.changes, c)
			}
		}
		for _, g := range b.groups {
			if !slices.Contains(out.groups, g) {
				out.groups = append(out.groups, g)
			}
		}
	}
	for i, b := range live {
		for _, p := range b.passed {
			switch {
			case slices.ContainsFunc(out.passed, p.equal):
			case everywhere(live, p):
				out.passed = append(out.passed, p)
			case live[i].when != nil:
				p.needs = append(slices.Clone(p.needs), b.when...)
				out.passed = append(out.passed, p)
			}
		}
	}
	if out.gate() == nil && !slices.ContainsFunc(live, func(b branch) bool { return b.gate() == nil }) {
		// Each has passed one, only not the same.
		out.passed = append(out.passed, passage{gate: live[0].gate()})
	}
	return out
}

func everywhere(branches []branch, p passage) bool {
	for _, b := range branches {
		if !slices.ContainsFunc(b.passed, p.equal) {
			return false
		}
	}
	return true
}

func intersection(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}
