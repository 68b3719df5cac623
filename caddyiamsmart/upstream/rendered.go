package upstream

import (
	"math/bits"
	"net/http"
	"slices"
)

// Rendered holds the finished headers of one person. One Rendered may stamp any
// number of requests at once; the zero value stamps nothing.
type Rendered struct {
	blocks []*Public
	sheets []sheet // one for each plan
	names  []string
}

// sheet is what goes with a request.
type sheet struct {
	entries []entry
	absent  []string // mapped somewhere, but not sent here
	total   int      // lines
	faults  []*HeaderError
}

type entry struct {
	of    *header
	lines []string
}

// Render computes the headers of one person. Call it once per session and keep
// the result.
func (h *Headers) Render(id Identity) Rendered {
	type outcome struct {
		lines []string
		fault *HeaderError
	}
	done := make(map[*header]outcome)
	r := Rendered{blocks: h.blocks, names: h.names}
	for _, plan := range h.plans {
		var s sheet
		for _, one := range plan {
			made, known := done[one]
			if !known {
				var reason string
				if made.lines, reason = one.render(&id); reason != "" {
					made.fault = &HeaderError{Header: one.name, Reason: reason}
				}
				done[one] = made
			}
			switch {
			case made.fault != nil:
				s.faults = append(s.faults, made.fault)
			case len(made.lines) > 0:
				s.entries = append(s.entries, entry{one, made.lines})
			}
		}
		r.sheets = append(r.sheets, s.finished(h.names))
	}
	return r
}

// finished counts what goes, and notes what does not.
func (s sheet) finished(names []string) sheet {
	for _, e := range s.entries {
		s.total += len(e.lines)
	}
	for _, name := range names {
		if !slices.ContainsFunc(s.entries, func(e entry) bool { return e.of.name == name }) {
			s.absent = append(s.absent, name)
		}
	}
	return s
}

// at is what goes with a request for path.
func (r *Rendered) at(path Path) *sheet {
	if len(r.sheets) == 1 {
		return &r.sheets[0]
	}
	set := uint64(possible(r.blocks, path))
	first := &r.sheets[bits.TrailingZeros64(set)]
	if bits.OnesCount64(set) == 1 {
		return first
	}
	common := sheet{entries: slices.Clone(first.entries)}
	for i := range r.sheets {
		if set&(1<<i) == 0 {
			continue
		}
		other := &r.sheets[i]
		for _, fault := range other.faults {
			if !slices.Contains(common.faults, fault) {
				common.faults = append(common.faults, fault)
			}
		}
		common.entries = slices.DeleteFunc(common.entries, func(e entry) bool {
			return !slices.ContainsFunc(other.entries, func(o entry) bool { return o.of == e.of })
		})
	}
	common = common.finished(r.names)
	return &common
}

// Stamp writes the headers that go with a request for path. It replaces what stands
// under a mapped name and removes mapped names that have no value. Each call hands
// out memory of its own, so that whatever a later handler does to one request's
// values, by appending or in place, stays with that request.
//
// The error is a *HeaderError: then nothing is written, and the request must not
// pass. Where servers might read the path in ways that lead to different headers,
// only those go that are the same in all of them.
func (r Rendered) Stamp(header http.Header, path Path) error {
	if len(r.sheets) == 0 {
		return nil
	}
	s := r.at(path)
	if len(s.faults) > 0 {
		return s.faults[0]
	}
	s.stamp(header)
	return nil
}

func (s *sheet) stamp(header http.Header) {
	for _, name := range s.absent {
		delete(header, name)
	}
	if s.total == 0 {
		return
	}
	own := make([]string, 0, s.total)
	for _, e := range s.entries {
		from := len(own)
		own = append(own, e.lines...)
		header[e.of.name] = own[from:len(own):len(own)]
	}
}

// Preview is what Stamp would write for path, and all reasons why it would not.
// Certain is false where servers might read the path in ways that lead to different
// headers.
func (r Rendered) Preview(path Path) (header http.Header, faults []*HeaderError, certain bool) {
	header = make(http.Header)
	if len(r.sheets) == 0 {
		return header, nil, true
	}
	s := r.at(path)
	s.stamp(header)
	return header, s.faults, bits.OnesCount64(uint64(possible(r.blocks, path))) == 1
}
