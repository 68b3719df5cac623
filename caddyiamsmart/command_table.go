package caddyiamsmart

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// print shows an answer: as JSON where that was asked for, else as table writes it.
func (c *adminCaller) print(answer any, table func(row func(cells ...any))) error {
	if c.asJSON {
		text, err := json.MarshalIndent(answer, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s\n", spelledOut(text))
		return err
	}
	var rows [][]string
	table(func(cells ...any) {
		row := make([]string, len(cells))
		for i, cell := range cells {
			row[i] = c.cell(cell)
		}
		rows = append(rows, row)
	})
	return writeTable(c.out, rows)
}

// cell is one value of a table. What came from accounts and persons must not steer
// the terminal; times are those of this machine.
func (c *adminCaller) cell(value any) string {
	switch value := value.(type) {
	case phrase:
		return c.language.say(value, nil)
	case said:
		return value.in(c.language)
	case time.Time:
		if value.IsZero() {
			return "-"
		}
		return value.Local().Format("2006-01-02 15:04")
	case string:
		if value == "" {
			return "-"
		}
		return printable(value)
	}
	return fmt.Sprint(value)
}

const betweenColumns = 2

// writeTable has columns stand below each other, by the places that characters take in
// a terminal.
func writeTable(out io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], places(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			text.WriteString(cell)
			if i < len(row)-1 {
				text.WriteString(strings.Repeat(" ", widths[i]-places(cell)+betweenColumns))
			}
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// places is how many places of a terminal a text takes: a Chinese character two, an
// accent that stands over the letter before it none.
func places(text string) (n int) {
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
