package upstream

import (
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"time"
)

// HeaderSpec is one identity header as the operator configures it.
type HeaderSpec struct {
	// Name of the header, sent in its canonical form.
	Name string
	// Template holds literals and placeholders: {iamsmart.account},
	// {iamsmart.account.<attribute>}, {iamsmart.person}, {iamsmart.name.en},
	// {iamsmart.name.zh}, {iamsmart.birth_date}, {iamsmart.gender},
	// {iamsmart.user_type}, {iamsmart.login_time}, {iamsmart.link_method},
	// {iamsmart.realm}, {iamsmart.app}, {iamsmart.open_id}. Of {iamsmart.name.zh|name.en} the first that
	// has a value is taken. `\{` and `\}` are literal braces, `\\` is a backslash.
	Template string
	// Encoding is one of [Encodings]; "" is utf8. It is that of the whole value.
	Encoding string
	// Required makes a header without a value an error instead of leaving the
	// header out. A header that may hold {iamsmart.account} is always required.
	Required bool
	// Joined stands between the values of an attribute that has several, each of
	// which fills the template and is encoded by itself; Lines sends each as a
	// header line of its own. Without either, several values are an error.
	Joined string
	Lines  bool
}

// Identity is what is known of a linked person when a session begins.
type Identity struct {
	Account    string    // the name in the app, as its own record spells it
	Person     string    // the stable pseudonym of the person for this app
	UserType   string    // as iAM Smart names it
	LinkMethod string    // the way in which the link was made
	Realm      string    // name of the realm
	App        string    // name of the app
	LoginTime  time.Time // rendered as RFC 3339 in UTC
	OpenID     string    // only where the operator has it sent

	// Attributes are those of the account's own record, by their names in lower
	// case, with their values.
	Attributes map[string][]string
	// What iAM Smart said of the person; empty where it was not asked.
	NameEN, NameZH, BirthDate, Gender string
}

// Headers are the identity headers of one gate. They never change.
type Headers struct {
	// plans are the headers of requests that no block is for, and then those of
	// each block, together with the general ones that it leaves standing.
	plans  [][]*header
	blocks []*Public
	names  []string // of all, each once
	claims []claim  // of the assertion
	openID bool     // a template takes it
}

type header struct {
	name     string
	template template
	encoding *encoding
	required bool
	joined   string
	lines    bool
}

// NewHeaders checks the specs and returns the headers they describe. It refuses
// a name that is no header name, one that HTTP or the gate needs for itself, two
// names that an app could take for one, and a template with anything but
// literals and known placeholders. The error names the header and the remedy.
//
// Of the blocks the first that is for a path counts there: its headers go beside
// the general ones, and in the place of those of the same name.
func NewHeaders(general []HeaderSpec, blocks ...PathSpec) (*Headers, error) {
	h := new(Headers)
	if len(blocks) > maxBlocks {
		return nil, fmt.Errorf("there are %d blocks for paths, and may be %d", len(blocks), maxBlocks)
	}
	seen := make(map[string]string) // all names, by their folded form
	plan, err := h.read(general, seen)
	if err != nil {
		return nil, err
	}
	h.plans = append(h.plans, plan)
	for i, block := range blocks {
		paths, err := block.paths()
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", i+1, err)
		}
		own, err := h.read(block.Headers, seen)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", i+1, err)
		}
		h.blocks = append(h.blocks, paths)
		h.plans = append(h.plans, instead(plan, own))
	}
	h.noteOpenID()
	return h, nil
}

// read reads the headers of one block. Their names must not repeat, and must be
// spelt as those of other blocks that an app could take for the same.
func (h *Headers) read(specs []HeaderSpec, seen map[string]string) ([]*header, error) {
	list := make([]*header, 0, len(specs))
	here := make(map[string]bool, len(specs))
	for _, spec := range specs {
		one, err := newHeader(spec)
		if err != nil {
			return nil, fmt.Errorf("reading header %q: %w", spec.Name, err)
		}
		folded := Fold(spec.Name)
		first, known := seen[folded]
		switch {
		case known && (here[folded] || textproto.CanonicalMIMEHeaderKey(first) != one.name):
			return nil, fmt.Errorf("reading header %q: apps cannot tell it from %q, which is mapped already", spec.Name, first)
		case !known:
			h.names = append(h.names, one.name)
			seen[folded] = spec.Name
		}
		here[folded] = true
		list = append(list, one)
	}
	return list, nil
}

func newHeader(spec HeaderSpec) (*header, error) {
	if err := checkName(spec.Name); err != nil {
		return nil, err
	}
	encoding, err := findEncoding(spec.Encoding)
	if err != nil {
		return nil, err
	}
	parsed, err := parseTemplate(spec.Template, encoding)
	if err != nil {
		return nil, err
	}
	if spec.Joined != "" {
		if err := checkJoined(spec.Joined); err != nil {
			return nil, err
		}
	}
	several := spec.Joined != "" || spec.Lines
	switch {
	case spec.Joined != "" && spec.Lines:
		return nil, errors.New("joined and lines exclude each other")
	case several && parsed.usesAccount():
		return nil, errors.New("a header that may hold {iamsmart.account} holds one value; leave out joined and lines")
	case several && !slices.ContainsFunc(parsed.fields(), func(p *placeholder) bool { return p.attribute != "" }):
		return nil, fmt.Errorf("nothing in the template has several values, only a {%s<attribute>} may; leave out joined and lines", attributePrefix)
	}
	return &header{
		name:     textproto.CanonicalMIMEHeaderKey(spec.Name),
		template: parsed,
		encoding: encoding,
		required: spec.Required,
		joined:   spec.Joined,
		lines:    spec.Lines,
	}, nil
}

// Names returns the canonical names of all headers, on whatever path they go, in
// the order of the configuration: what a Scrubber of this gate must know.
func (h *Headers) Names() []string { return slices.Clone(h.names) }

// ProfileFields are the placeholders that take what iAM Smart says of a person, of
// all templates, each once: name.en, name.zh, birth_date, gender. Each costs the
// person an approval, also where it stands behind a bar.
func (h *Headers) ProfileFields() []string {
	return h.collect(func(p *placeholder) string {
		if !p.profile {
			return ""
		}
		return p.short()
	})
}

// TakesOpenID tells whether any template takes the openID itself.
func (h *Headers) TakesOpenID() bool { return h.openID }

// noteOpenID is TakesOpenID, worked out.
func (h *Headers) noteOpenID() {
	h.openID = len(h.collect(func(p *placeholder) string {
		if p.name != openIDPlaceholder {
			return ""
		}
		return p.name
	})) > 0
}

// Attributes are the attributes of the account's record that the templates take,
// each once.
func (h *Headers) Attributes() []string {
	return h.collect(func(p *placeholder) string { return p.attribute })
}

// collect gathers what take says of all placeholders, each once.
func (h *Headers) collect(take func(*placeholder) string) (all []string) {
	from := func(t template) {
		for _, p := range t.fields() {
			if what := take(p); what != "" && !slices.Contains(all, what) {
				all = append(all, what)
			}
		}
	}
	for _, plan := range h.plans {
		for _, one := range plan {
			from(one.template)
		}
	}
	for _, c := range h.claims {
		from(c.template)
	}
	return all
}
