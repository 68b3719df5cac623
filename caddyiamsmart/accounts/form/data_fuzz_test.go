package form

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Whatever an app sends as JSON, reading it ends, and a value that a rule finds
// is the one that encoding/json finds too.
func FuzzData(f *testing.F) {
	for _, seed := range []string{`{"ok":true}`, `{"a":{"b":[1,{"c":"x"}]}}`, `{"a":1,"a":2}`, `[[[[`, `{"":""}`, "\xef\xbb\xbf1e5", `{"a":"\ud800"}`, "null", ""} {
		f.Add([]byte(seed), "a.b.1.c=x")
		f.Add([]byte(seed), "ok=true")
	}
	f.Fuzz(func(t *testing.T, body []byte, rule string) {
		if validateData(rule) != nil {
			return
		}
		if !readData(body).holds(rule) {
			return
		}
		path, want, _ := strings.Cut(rule, "=")
		decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("a rule holds in what is no JSON: %v", err)
		}
		again, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if !readData(again).holds(rule) && !strings.Contains(want, "\uFFFD") {
			t.Fatalf("%s=%s holds in %s and not in %s", path, want, body, again)
		}
	})
}
