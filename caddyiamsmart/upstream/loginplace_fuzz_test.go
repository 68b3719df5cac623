package upstream_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// Whatever the page is, nothing of it is changed, and the text stands in it once.
func FuzzLoginPlace(f *testing.F) {
	for _, page := range []string{
		"<form><input type=password></form>", "<form><input type=password><!--</form>--></form>", "<script><form></script><form><input type=password></form",
		"<template><template></template><form><input type=password></form>", "<plaintext><form>", "<title></form></title>", "\xb3\x5c<form>\x00<input type=\"password\"></form\n>",
		"<div id=a class='b c'>", "<svg><style><form><input type=password></form>", "<a/b=\">\"><form/><input/type=password></form/>", "\xff\xfe<\x00f\x00", "<![CDATA[<form><input type=password></form>]]>",
	} {
		for _, selector := range []string{"", "#a", ".b", "div", "div.c"} {
			f.Add(page, "text/html", selector)
		}
	}
	const text = "\x01link\x01"
	f.Fuzz(func(t *testing.T, page, kind, selector string) {
		place, err := upstream.NewLoginPlace(selector)
		if err != nil || strings.Contains(page, text) {
			return
		}
		got, err := place.Insert([]byte(page), kind, func(string) string { return text })
		if err != nil {
			return
		}
		before, after, ok := strings.Cut(string(got), text)
		if !ok || before+after != page {
			t.Errorf("%q becomes %q", page, got)
		}
		if !strings.HasSuffix(before, ">") {
			t.Errorf("it stands behind %q", before)
		}
	})
}
