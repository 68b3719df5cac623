package pages_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// document is a drawn page, as a browser's parser reads it.
type document struct{ root *html.Node }

func parse(t *testing.T, text string) document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parsing page: %v", err)
	}
	return document{root}
}

// all are the elements of a name, or every element for "*".
func (d document) all(name string) []*html.Node { return under(d.root, name) }

func under(root *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (name == "*" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

// where are those elements of a name whose attribute has the value.
func (d document) where(name, key, value string) []*html.Node {
	var found []*html.Node
	for _, n := range d.all(name) {
		if got, ok := attribute(n, key); ok && got == value {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func value(n *html.Node, key string) string {
	text, _ := attribute(n, key)
	return text
}

// text is what a reader sees of an element: no script, nothing that is only for screen readers.
func text(root *html.Node) string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "head" || value(n, "class") == "unseen") {
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(root)
	return strings.TrimSpace(out.String())
}

// formTo are the forms whose action ends so.
func (d document) formTo(endpoint string) []*html.Node {
	var found []*html.Node
	for _, f := range d.all("form") {
		if strings.HasSuffix(value(f, "action"), endpoint) {
			found = append(found, f)
		}
	}
	return found
}

// fields are the names and values of a form's inputs and buttons.
func fields(form *html.Node) map[string][]string {
	found := map[string][]string{}
	for _, n := range append(under(form, "input"), under(form, "button")...) {
		if name := value(n, "name"); name != "" {
			found[name] = append(found[name], value(n, "value"))
		}
	}
	return found
}
