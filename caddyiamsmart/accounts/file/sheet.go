package file

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/traditionalchinese"
)

// Bounds of a list.
const (
	MaxBytes   = 32 << 20
	MaxRows    = 50_000 // without the first, which names the columns
	maxColumns = 64
	maxField   = 4 << 10 // bytes
)

// Sheet is what a CSV file holds, as it is written there.
type Sheet struct {
	Columns []string // of the first row
	Rows    []Row    // with at least one field that is not blank
}

// Row is one row of as many fields as there are columns.
type Row struct {
	Line   int // in the file, from 1
	Fields []string
}

// ReadSheet reads a CSV file: at most [MaxBytes] of UTF-8, with or without a byte
// order mark, separated by commas, with a first row that names the columns; at
// most [MaxRows] more of at most 64 fields of 4 KiB, without control characters.
// Rows that are blank are left out. Errors name line and column, say how to mend
// it, and quote nothing of the file.
func ReadSheet(text []byte) (*Sheet, error) {
	text, err := Readable(text)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	s := new(Sheet)
	for {
		fields, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && s.Columns == nil:
			return nil, errors.New("it is empty; the first line is to name the columns")
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return nil, misquoted(err)
		}
		line, _ := r.FieldPos(0)
		if s.Columns == nil {
			if err := s.head(line, fields); err != nil {
				return nil, err
			}
			continue
		}
		if blank(fields) {
			continue
		}
		if err := s.add(Row{line, fields}); err != nil {
			return nil, err
		}
	}
}

// Readable takes the byte order mark off and refuses what is no text in UTF-8 or
// more than [MaxBytes]. Errors are as those of [ReadSheet].
func Readable(text []byte) ([]byte, error) {
	switch {
	case len(text) > MaxBytes:
		return nil, fmt.Errorf("it is larger than %d MiB; that is no list of a home's accounts", MaxBytes>>20)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, errors.New("it is in UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)")
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if utf8.Valid(text) {
		return text, nil
	}
	line, number := []byte(nil), 0
	for line = range bytes.Lines(text) {
		if number++; !utf8.Valid(line) {
			break
		}
	}
	guess := ""
	if decoded, err := traditionalchinese.Big5.NewDecoder().Bytes(line); err == nil && !bytes.ContainsRune(decoded, utf8.RuneError) {
		guess = ", it looks like Big5"
	}
	return nil, fmt.Errorf("line %d: this is not UTF-8%s; save it as UTF-8 (in Excel: CSV UTF-8)", number, guess)
}

// misquoted puts what the reader of CSV says into words of ours; the only fault
// that it finds by itself is a quote out of place.
func misquoted(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return errors.New("it cannot be read as CSV")
	}
	return fmt.Errorf("line %d: a quote (\") is out of place or missing; put the whole field in quotes, and write a quote within it twice", parse.StartLine)
}

func (s *Sheet) head(line int, columns []string) error {
	switch {
	case line != 1:
		return errors.New("line 1: it is blank, and is to name the columns; take it out")
	case len(columns) == 1 && strings.ContainsAny(columns[0], ";\t"):
		return fmt.Errorf("line %d: the columns are separated by something else than commas; save it as CSV with commas", line)
	case len(columns) > maxColumns:
		return fmt.Errorf("line %d: there are more than %d columns; leave out what the gate does not need", line, maxColumns)
	}
	for i, column := range columns {
		if err := fits(column); err != nil {
			return fmt.Errorf("line %d, column %d: %w", line, i+1, err)
		}
	}
	s.Columns = columns
	return nil
}

func (s *Sheet) add(row Row) error {
	switch {
	case len(s.Rows) == MaxRows:
		return fmt.Errorf("line %d: there are more than %d rows; split the list", row.Line, MaxRows)
	case len(row.Fields) != len(s.Columns):
		return fmt.Errorf("line %d: it has %d fields, and the first line names %d columns; is a comma or a quote missing or too many?",
			row.Line, len(row.Fields), len(s.Columns))
	}
	for i, field := range row.Fields {
		if err := fits(field); err != nil {
			return fmt.Errorf("line %d, column %d: %w", row.Line, i+1, err)
		}
	}
	s.Rows = append(s.Rows, row)
	return nil
}

func fits(field string) error {
	switch {
	case len(field) > maxField:
		return fmt.Errorf("the field is longer than %d bytes; shorten it, or look for a quote that is missing", maxField)
	case strings.ContainsAny(field, "\r\n"):
		return errors.New("the field holds a line end; take it out, or look for a quote that is missing")
	case strings.ContainsFunc(field, unicode.IsControl):
		return errors.New("the field holds a control character, such as a tab; take it out")
	}
	return nil
}

func blank(fields []string) bool {
	for _, field := range fields {
		if strings.TrimSpace(field) != "" {
			return false
		}
	}
	return true
}
