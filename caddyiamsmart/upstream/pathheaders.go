package upstream

import (
	"errors"
	"slices"
	"strings"
)

// PathSpec is a block of headers that go with requests for some paths only.
type PathSpec struct {
	// Paths as [NewPublic] reads them. A block is for a path only if every reading of
	// the path is one of these.
	Paths   []string
	Headers []HeaderSpec
}

// maxBlocks is how many blocks a gate has at most; a uint64 holds a bit for each.
const maxBlocks = 32

func (s PathSpec) paths() (*Public, error) {
	switch {
	case len(s.Paths) == 0:
		return nil, errors.New("it names no path")
	case len(s.Headers) == 0:
		return nil, errors.New("it has no header")
	}
	return NewPublic(s.Paths)
}

// instead is the general list with the headers of a block beside it, and in the
// place of those of the same name.
func instead(general, own []*header) []*header {
	list := make([]*header, 0, len(general)+len(own))
	for _, g := range general {
		if !slices.ContainsFunc(own, func(o *header) bool { return o.name == g.name }) {
			list = append(list, g)
		}
	}
	return append(list, own...)
}

// planSet is a set of plans: bit 0 is the general one, bit i+1 that of block i.
type planSet uint64

// possible are the plans that a server might take for the right ones, by how it
// reads the path. A block that is only nearly meant counts too: a path in another
// case, one without the slash of the folder, or one below a page. So there is one
// plan where there is no doubt; and where there is, nothing goes that is not the
// same in all.
func possible(blocks []*Public, path Path) planSet {
	set := possibleFor(blocks, path.came) | possibleFor(blocks, path.sent)
	for _, reading := range path.other {
		set |= possibleFor(blocks, reading)
	}
	return set
}

func possibleFor(blocks []*Public, reading string) (set planSet) {
	for i, b := range blocks {
		if b.matches(reading) {
			return set | 1<<(i+1)
		}
		if b.nears(reading) {
			set |= 1 << (i + 1)
		}
	}
	return set | 1
}

// nears tells whether a lax server could take reading for a path of the list, or
// for one below it.
func (p *Public) nears(reading string) bool {
	return slices.ContainsFunc(p.patterns, func(pat pattern) bool {
		if pat.path == "/" && !pat.folder { // the front page, below which is everything
			return strings.Trim(reading, "/") == ""
		}
		return under(reading, strings.TrimRight(pat.path, "/"))
	})
}
