package caddyiamsmart

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// exporter writes rows as they come: as CSV with a first row that names the columns,
// or as one array of JSON.
type exporter struct {
	out    *bufio.Writer
	sheet  *csv.Writer // nil for JSON
	names  []string
	number int // of rows so far
}

func newExporter(out io.Writer, asJSON bool, names ...string) *exporter {
	e := &exporter{out: bufio.NewWriter(out), names: names}
	if !asJSON {
		e.sheet = csv.NewWriter(e.out)
	}
	return e
}

// add writes a row, which is record in JSON and cells in CSV.
func (e *exporter) add(record any, cells ...string) error {
	e.number++
	if e.sheet != nil {
		if e.number == 1 {
			if err := e.sheet.Write(e.names); err != nil {
				return err
			}
		}
		for i, cell := range cells {
			cells[i] = defused(cell)
		}
		return e.sheet.Write(cells)
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
	_, err = e.out.Write(text)
	return err
}

// end writes what is still to be written. Without it an array of JSON has no end, so
// that nobody takes a part for the whole.
func (e *exporter) end() error {
	switch {
	case e.sheet != nil && e.number == 0:
		e.sheet.Write(e.names)
	case e.sheet == nil && e.number == 0:
		e.out.WriteString("[]\n")
	case e.sheet == nil:
		e.out.WriteString("\n]\n")
	}
	return e.flush()
}

func (e *exporter) flush() error {
	if e.sheet != nil {
		e.sheet.Flush()
		if err := e.sheet.Error(); err != nil {
			return err
		}
	}
	return e.out.Flush()
}

// defused is a cell that no spreadsheet takes for a formula: names of accounts are
// other people's to choose.
func defused(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}

// sheetTime is a time of this machine's zone, with the zone.
func sheetTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.RFC3339)
}
