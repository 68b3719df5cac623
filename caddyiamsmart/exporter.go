package caddyiamsmart

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// exporter writes rows as they come: as CSV with a first row that names the columns,
// or as one array of JSON.
type exporter struct {
	out    *bufio.Writer
	asJSON bool
	names  []string
	number int // of rows so far
}

func newExporter(out io.Writer, asJSON bool, names ...string) *exporter {
	return &exporter{out: bufio.NewWriter(out), asJSON: asJSON, names: names}
}

// add writes a row, which is record in JSON and cells in CSV.
func (e *exporter) add(record any, cells ...string) error {
	e.number++
	if !e.asJSON {
		if e.number == 1 {
			e.row(e.names)
		}
		return e.row(cells)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	between := ",\n"
	if e.number == 1 {
		between = "[\n"
	}
	e.out.WriteString(between)
	_, err = e.out.Write(spelledOut(text))
	return err
}

// row writes cells as CSV.
func (e *exporter) row(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			e.out.WriteByte(',')
		}
		e.out.WriteString(sheetCell(cell))
	}
	return e.out.WriteByte('\n')
}

// end writes what is still to be written. Without it an array of JSON has no end, so
// that nobody takes a part for the whole.
func (e *exporter) end() error {
	switch {
	case !e.asJSON && e.number == 0:
		e.row(e.names)
	case e.asJSON && e.number == 0:
		e.out.WriteString("[]\n")
	case e.asJSON:
		e.out.WriteString("\n]\n")
	}
	return e.flush()
}

func (e *exporter) flush() error { return e.out.Flush() }

// sheetCell is a cell of CSV that no spreadsheet takes for a formula, and that steers no
// terminal: names of accounts are other people's to choose. A semicolon is in quotes,
// for there are programs to which it begins a cell.
func sheetCell(text string) string {
	text = printable(text)
	if first, _ := utf8.DecodeRuneInString(strings.TrimSpace(text)); strings.ContainsRune("=+-@＝＋－＠", first) {
		text = "'" + text
	}
	if strings.ContainsAny(text, `",;`) {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// spelledOut is JSON in which what would steer a terminal, or turn the writing round, is
// spelled as its number. JSON itself does that for the first 32 characters only.
func spelledOut(text []byte) []byte {
	plain := make([]byte, 0, len(text))
	for _, c := range string(text) {
		if !hidden(c) {
			plain = utf8.AppendRune(plain, c)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			plain = fmt.Appendf(plain, `\u%04x`, unit)
		}
	}
	return plain
}

// hidden tells what stands in a text and does not show; in JSON only strings hold any.
func hidden(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }

// sheetTime is a time of this machine's zone, with the zone.
func sheetTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.RFC3339)
}
