package caddyiamsmart

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/width"
)

// part is one part of the report: what is known at once, and what has to be
// waited for.
type part struct {
	title    said
	findings []finding
	later    []later
}

// later are findings that are under way.
type later struct {
	what said
	done <-chan []finding
}

// soon starts to find something out. It ends with its context at the latest.
func soon(ctx context.Context, what said, find func(context.Context) []finding) later {
	done := make(chan []finding, 1)
	go func() { done <- find(ctx) }()
	return later{what, done}
}

// report writes findings as they come.
type report struct {
	language
	out   io.Writer
	tell  io.Writer // for what is waited for; nil where nobody looks on
	count [len(levels)]int
	seen  map[string]bool
}

func newReport(l language, out io.Writer) *report {
	r := &report{language: l, out: out, seen: make(map[string]bool)}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		r.tell = os.Stderr
	}
	return r
}

// write writes one part, and waits for what is under way.
func (r *report) write(p part) {
	fmt.Fprintln(r.out, p.title.in(r.language))
	clear(r.seen)
	for _, f := range p.findings {
		r.add(f)
	}
	for _, l := range p.later {
		for _, f := range r.wait(l) {
			r.add(f)
		}
	}
	fmt.Fprintln(r.out)
}

func (r *report) wait(l later) []finding {
	select {
	case found := <-l.done:
		return found
	default:
	}
	if r.tell != nil {
		fmt.Fprintf(r.tell, "  … %s", l.what.in(r.language))
		defer fmt.Fprint(r.tell, "\r\x1b[K")
	}
	return <-l.done
}

// Columns of the report.
const (
	lineWidth = 90
	margin    = 2
	gutter    = 10 // where texts begin
)

// add writes one finding, once in its part.
func (r *report) add(f finding) {
	text := r.say(f.line, f.values)
	if r.seen[text] {
		return
	}
	r.seen[text] = true
	r.count[f.level]++
	word := r.say(levels[f.level], nil)
	lead := strings.Repeat(" ", margin) + word + strings.Repeat(" ", max(1, gutter-margin-columns(word)))
	r.paragraph(lead, text)
	if f.level != good {
		r.paragraph(strings.Repeat(" ", gutter)+"→ ", r.say(f.remedy, f.values))
	}
}

// paragraph writes text behind its lead, broken into lines that hang below it.
func (r *report) paragraph(lead, text string) {
	indent := columns(lead)
	for _, line := range broken(printable(text), lineWidth-indent) {
		fmt.Fprintf(r.out, "%s%s\n", lead, line)
		lead = strings.Repeat(" ", indent)
	}
}

// end writes the sum and returns the exit code.
func (r *report) end() int {
	switch {
	case r.count[fault] > 0:
		fmt.Fprintln(r.out, sumFaults.of(r.count[fault], r.count[warning]).in(r.language))
		return exitFaults
	case r.count[warning] > 0:
		fmt.Fprintln(r.out, sumWarnings.of(r.count[warning]).in(r.language))
		return exitWarnings
	}
	fmt.Fprintln(r.out, sumGood.of().in(r.language))
	return exitGood
}

// broken breaks text into lines of at most so many columns: at blanks, and
// between Chinese characters, but before no closing mark. An address that is
// longer stays whole.
func broken(text string, limit int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	for _, piece := range pieces(text) {
		if used > 0 && used+columns(strings.TrimRight(piece, " ")) > limit {
			lines = append(lines, strings.TrimRight(line.String(), " "))
			line.Reset()
			used = 0
		}
		line.WriteString(piece)
		used += columns(piece)
	}
	return append(lines, strings.TrimRight(line.String(), " "))
}

// pieces are the parts of text between which a line may end.
func pieces(text string) (list []string) {
	begin := 0
	var last rune
	for i, c := range text {
		if i > begin && (last == ' ' || (wide(c) || wide(last)) && c != ' ' && !strings.ContainsRune("，。；：、）」？", c) && !strings.ContainsRune("（「", last)) {
			list = append(list, text[begin:i])
			begin = i
		}
		last = c
	}
	return append(list, text[begin:])
}

func wide(c rune) bool {
	k := width.LookupRune(c).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}

func columns(text string) (n int) {
	for _, c := range text {
		n++
		if wide(c) {
			n++
		}
	}
	return n
}
