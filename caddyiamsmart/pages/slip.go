package pages

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"
)

// Slip is a link code on paper, for somebody who does not know the password.
type Slip struct {
	Name    string // whose it is, as the home knows the person; may be empty
	Code    string // with or without hyphens and spaces
	Address string // where to begin, as it is typed into a browser
	Service string // as Site.Service; may be empty
	Valid   time.Time
}

var errNoCode = errors.New("writing slip: there is no code")

// part is the slip in one language.
type part struct {
	Lang, Title, Name, Code, Valid string
	Steps                          []string
	Mind                           string
}

// slipView is what the template of the slip sees.
type slipView struct {
	Service, Name, Code string
	Parts               []part
}

// WriteSlip writes a slip as a page of its own that can be printed: all three
// languages on one sheet of A5, nothing to be fetched. It fails where the slip
// has no code, or the writer fails.
func WriteSlip(w io.Writer, s Slip) error {
	view, err := s.view()
	if err != nil {
		return err
	}
	page, err := template.ParseFS(templateFiles, "templates/slip.html")
	if err != nil {
		return fmt.Errorf("parsing slip: %w", err)
	}
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("writing slip: %w", err)
	}
	return nil
}

// SlipText is a slip for a terminal: plain text, empty where there is no code.
func SlipText(s Slip) string {
	view, err := s.view()
	if err != nil {
		return ""
	}
	var out strings.Builder
	for i, p := range view.Parts {
		if i > 0 {
			out.WriteString("\n")
		}
		heading := p.Title
		if view.Name != "" {
			heading = view.Name + " – " + heading
		}
		fmt.Fprintf(&out, "%s\n\n    %s\n\n%s\n", heading, view.Code, p.Valid)
		for n, step := range p.Steps {
			fmt.Fprintf(&out, "  %d. %s\n", n+1, step)
		}
		fmt.Fprintf(&out, "%s\n", p.Mind)
	}
	return out.String()
}

func (s Slip) view() (slipView, error) {
	v := slipView{Service: clean(strings.TrimSpace(s.Service)), Name: clean(strings.TrimSpace(s.Name)), Code: inGroups(s.Code)}
	if v.Code == "" {
		return slipView{}, errNoCode
	}
	for _, lang := range languages {
		p, err := s.part(lang)
		if err != nil {
			return slipView{}, fmt.Errorf("writing slip: %w", err)
		}
		v.Parts = append(v.Parts, p)
	}
	return v, nil
}

func (s Slip) part(lang Language) (part, error) {
	voice := newVoice(Site{Service: strings.TrimSpace(s.Service)}, lang)
	p := part{Lang: string(lang)}
	var failed error
	say := func(key string, values ...string) string {
		text, err := voice.Plain(key, values...)
		failed = errors.Join(failed, err)
		return text
	}
	p.Title = say("slip.title")
	p.Valid = say("slip.valid", "date", lang.stamp(s.Valid))
	p.Steps = []string{say("slip.step1", "address", s.Address), say("slip.step2"), say("slip.step3")}
	p.Mind = say("slip.mind")
	return p, failed
}

// inGroups writes a code in groups of four, which people can read and compare.
func inGroups(code string) string {
	letters := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, code))
	var groups []string
	for len(letters) > 4 {
		groups, letters = append(groups, string(letters[:4])), letters[4:]
	}
	return strings.Join(append(groups, string(letters)), "-")
}
