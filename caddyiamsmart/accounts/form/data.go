package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"
	"strings"
)

const (
	maxData      = 256 << 10 // bytes of an answer in JSON
	maxDataDepth = 32        // objects and lists in each other
	maxPath      = 8         // names in a rule's path
)

// data is an answer in JSON. Its value is made of map[string]any, []any and, for
// what is neither, string: numbers as they are written, and true, false, null.
type data struct {
	value any
	err   error // it is no JSON that can be read in one way only, or over a bound
}

// isJSON tells the media types that are JSON: application/json, text/json, and
// those that end in +json.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

func readData(body []byte) *data {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	switch {
	case len(body) > maxData:
		return &data{err: errors.New("it is longer than 256 KiB")}
	case !json.Valid(body):
		return &data{err: errors.New("it is not JSON")}
	}
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	value, err := readValue(tokens, maxDataDepth)
	if err == nil {
		if _, end := tokens.Token(); end != io.EOF {
			err = errNoJSON
		}
	}
	return &data{value: value, err: err}
}

var errNoJSON = errors.New("it is not JSON")

func readValue(tokens *json.Decoder, depth int) (any, error) {
	token, err := tokens.Token()
	if err != nil {
		return nil, errNoJSON
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == 0 {
			return nil, errors.New("it is nested more than 32 deep")
		}
		if t == '{' {
			return readObject(tokens, depth-1)
		}
		return readList(tokens, depth-1)
	case string:
		return t, nil
	case nil:
		return "null", nil
	default: // a json.Number as it is written, or a bool
		return fmt.Sprint(t), nil
	}
}

// readObject refuses a name that comes twice: readers differ in which they take.
func readObject(tokens *json.Decoder, depth int) (any, error) {
	object := make(map[string]any)
	for tokens.More() {
		name, err := tokens.Token()
		if err != nil {
			return nil, errNoJSON
		}
		value, err := readValue(tokens, depth)
		if err != nil {
			return nil, err
		}
		if _, twice := object[name.(string)]; twice {
			return nil, errors.New("a name in it comes twice")
		}
		object[name.(string)] = value
	}
	_, err := tokens.Token()
	return object, err
}

func readList(tokens *json.Decoder, depth int) (any, error) {
	var list []any
	for tokens.More() {
		value, err := readValue(tokens, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := tokens.Token()
	return list, err
}

// holds tells whether the value at the path of a rule "path=value" is that
// value, as it is written; a string without its quotes.
func (d *data) holds(rule string) bool {
	path, want, _ := strings.Cut(rule, "=")
	if d == nil || d.err != nil {
		return false
	}
	at := d.value
	for _, name := range strings.Split(path, ".") {
		switch inner := at.(type) {
		case map[string]any:
			at = inner[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(inner) {
				return false
			}
			at = inner[i]
		default:
			return false
		}
	}
	got, ok := at.(string)
	return ok && got == want
}

func validateData(rule string) error {
	path, _, found := strings.Cut(rule, "=")
	names := strings.Split(path, ".")
	switch {
	case !found:
		return errors.New("json: expected <path>=<value>, such as ok=true or user.role=staff")
	case len(names) > maxPath:
		return fmt.Errorf("json: found %d names in the path, expected at most %d", len(names), maxPath)
	}
	for _, name := range names {
		if name == "" {
			return errors.New("json: a name in the path is empty; expected <path>=<value>, such as ok=true or user.role=staff")
		}
	}
	return nil
}
