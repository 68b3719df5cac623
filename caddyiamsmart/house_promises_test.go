package caddyiamsmart_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Three promises are held by a walk over the syntax: only session sets cookies,
// only upstream sets headers of a request that goes to the application, only
// linkup makes links. The walk knows no types. It judges by names (the field
// Header is a request's, the method Header() an answer's), and whoever hides a
// header in a struct or puts "Set-" and "Cookie" together at run time gets past
// it: it catches slips, and the behaviour is tested where people log in.

// cookieFaults: outside session nobody calls http.SetCookie or even names the
// header. Upstream may name it to drop lines of an answer.
func cookieFaults(f goFile) []string {
	if f.test || slices.Contains([]string{"session", "simulator", "cmd/demo"}, f.unit()) {
		return nil
	}
	var faults []string
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if isName(n.X, importName(f, "net/http")) && n.Sel.Name == "SetCookie" {
				faults = append(faults, f.at(n)+" sets a cookie; only session may")
			}
		case *ast.CallExpr:
			if method := methodOf(n); (method == "Set" || method == "Add") && len(n.Args) > 0 && isSetCookie(n.Args[0]) {
				faults = append(faults, f.at(n)+" writes Set-Cookie; only session may")
			}
		case *ast.BasicLit:
			if isSetCookie(n) && f.unit() != "upstream" {
				faults = append(faults, f.at(n)+" names Set-Cookie; only session and upstream may")
			}
		}
		return true
	})
	return faults
}

func isSetCookie(e ast.Expr) bool {
	text, ok := literalText(e)
	return ok && strings.EqualFold(text, "Set-Cookie")
}

var intoLinks = regexp.MustCompile(`(?is)\b(into|update)\s+links\b`)

// rowsOfLinkup are the methods of a store that make, seal or read what stands
// under a seal. Who reads must look at the seal, and linkup does.
var rowsOfLinkup = []string{"InsertLink", "SealLink", "SealOfLink", "FindLink", "LinkOfAccount", "PutPending", "SavePending", "PutFreshLink"}

// linkFaults: only linkup asks the store for a link, or to make one, and only the
// store knows how; only the callback says that a person has approved one.
func linkFaults(f goFile) []string {
	if f.test {
		return nil
	}
	var faults []string
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if slices.Contains(rowsOfLinkup, n.Sel.Name) && f.unit() != "linkup" && f.unit() != "store" {
				faults = append(faults, f.at(n)+" makes or reads a link; only linkup may")
			}
			if isName(n.X, importName(f, module+"/"+rootDir+"/linkup")) && n.Sel.Name == "Approved" && (f.dir != rootDir || f.name != "approve.go") {
				faults = append(faults, f.at(n)+" makes an approval; only the callback in approve.go may")
			}
		case *ast.BasicLit:
			if text, ok := literalText(n); ok && intoLinks.MatchString(text) && f.unit() != "store" {
				faults = append(faults, f.at(n)+" writes the table of links; only store may")
			}
		}
		return true
	})
	return faults
}

// importName is what a file calls a package, or what no name can be.
func importName(f goFile, imported string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value == strconv.Quote(imported) && spec.Name != nil {
			return spec.Name.Name
		} else if spec.Path.Value == strconv.Quote(imported) {
			return imported[strings.LastIndexByte(imported, '/')+1:]
		}
	}
	return " "
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func methodOf(n *ast.CallExpr) string {
	if s, ok := n.Fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

func literalText(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// dotFaults: a dot import would hide from the walk whose name a name is.
func dotFaults(f goFile) []string {
	var faults []string
	for _, spec := range f.Imports {
		if !f.test && spec.Name != nil && spec.Name.Name == "." {
			faults = append(faults, f.at(spec)+" imports with a dot")
		}
	}
	return faults
}

func promiseFaults(files ...goFile) []string {
	var faults []string
	packages := make(map[string][]goFile)
	for _, f := range files {
		faults = slices.Concat(faults, dotFaults(f), cookieFaults(f), linkFaults(f))
		packages[f.dir] = append(packages[f.dir], f)
	}
	for _, files := range packages {
		faults = append(faults, headerFaults(files)...)
	}
	return faults
}

func TestHousePromisesHold(t *testing.T) {
	for _, fault := range promiseFaults(house(t)...) {
		t.Error(fault)
	}
}

func TestHousePromiseRulesSeeEachViolation(t *testing.T) {
	const (
		cookie = "only session"
		header = "only upstream"
		link   = "only linkup"
	)
	for _, c := range []struct {
		dir, body string
		want      string
	}{
		{"caddyiamsmart", `http.SetCookie(w, nil)`, cookie},
		{"caddyiamsmart", `f := http.SetCookie; f(w, nil)`, cookie},
		{"caddyiamsmart", `w.Header().Set("set-cookie", "")`, cookie},
		{"caddyiamsmart", `w.Header()["Set-Cookie"] = nil`, cookie},
		{"caddyiamsmart/pages", `const name = "Set-Cookie"`, cookie},
		{"caddyiamsmart/upstream", `http.SetCookie(w, nil)`, cookie},
		{"caddyiamsmart/upstream", `w.Header().Add("Set-Cookie", "")`, cookie},
		{"caddyiamsmart/upstream", `delete(w.Header(), "Set-Cookie")`, ""},
		{"caddyiamsmart/session", `http.SetCookie(w, nil)`, ""},
		{"cmd/demo/records", `http.SetCookie(w, nil)`, ""},
		{"cmd/caddy", `http.SetCookie(w, nil)`, cookie},
		{"caddyiamsmart", `w.Header().Set("Location", "/")`, ""},
		{"caddyiamsmart", `h := w.Header(); h.Set("Location", "/")`, ""},
		{"caddyiamsmart", `h := r.Header; _ = h.Get("Accept")`, ""},
		{"caddyiamsmart", `h := r.Header; h = nil; { h := w.Header(); h.Set("A", "") }`, ""},
		{"caddyiamsmart", `r.Header.Set("X-Remote-User", "")`, header},
		{"caddyiamsmart", `r.Header.Add("X-Remote-User", "")`, header},
		{"caddyiamsmart", `r.Header.Del("Upgrade")`, ""},
		{"caddyiamsmart", `r.Header["X-Remote-User"] = nil`, header},
		{"caddyiamsmart", `r.Header = nil`, header},
		{"caddyiamsmart", `r.Trailer = nil`, header},
		{"caddyiamsmart", `(r.Header).Set("A", "")`, header},
		{"caddyiamsmart", `http.Header(r.Header).Set("A", "")`, header},
		{"caddyiamsmart", `h := r.Header; h.Set("A", "")`, header},
		{"caddyiamsmart", `h := r.Header; i := h; i["A"] = nil`, header},
		{"caddyiamsmart", `var own func(http.Header); own(r.Header)`, header},
		{"caddyiamsmart", `h := r.Header; g.foreign(h)`, header},
		{"caddyiamsmart", `own(r.Header) }; func own(h http.Header) { delete(h, "Upgrade")`, ""},
		{"caddyiamsmart", `own(r.Header) }; func own(h http.Header) { h.Set("A", "")`, header},
		{"caddyiamsmart", `g.own(1, r.Header) }; func (g *G) own(n int, h http.Header) { h["A"] = nil`, header},
		{"caddyiamsmart", `own(r.Header) }; func own(h http.Header) { far(h) }; func far(h http.Header) { h.Add("A", "")`, header},
		{"caddyiamsmart", `own(w.Header()) }; func own(h http.Header) { h.Set("A", "")`, ""},
		{"caddyiamsmart", `stamp.Stamp(r.Header); upstream.StripCookies(r.Header, "", nil)`, ""},
		{"caddyiamsmart", `delete(r.Header, "Upgrade")`, ""},
		{"caddyiamsmart", `maps.Copy(r.Header, nil)`, header},
		{"caddyiamsmart", `r.AddCookie(nil)`, header},
		{"caddyiamsmart", `r.SetBasicAuth("", "")`, header},
		{"caddyiamsmart/session", `r.Header.Set("A", "")`, header},
		{"caddyiamsmart/upstream", `r.Header.Set("A", "")`, ""},
		{"caddyiamsmart/accounts/form", `r.Header.Set("A", "")`, ""},
		{"caddyiamsmart", `tx.InsertLink(link)`, link},
		{"caddyiamsmart/session", `f := tx.InsertLink; f(link)`, link},
		{"cmd/demo", `tx.InsertLink(link)`, link},
		{"caddyiamsmart/linkup", `tx.InsertLink(link)`, ""},
		{"caddyiamsmart", `rows.FindLink(ctx, person, "app")`, link},
		{"caddyiamsmart/session", `tx.SealLink(1, keys.SealOfLink(l))`, link},
		{"caddyiamsmart/linkup", `rows.FindLink(ctx, person, "app")`, ""},
		{"caddyiamsmart", "db.Exec(`UPDATE links SET account_key = ''`)", "only store"},
		{"caddyiamsmart", `linkup.Approved(flow, person)`, "only the callback"},
		{"cmd/demo", `f := linkup.Approved; f(flow, person)`, "only the callback"},
		{"caddyiamsmart", "db.Exec(`insert or ignore\n into Links values (1)`)", "only store"},
		{"caddyiamsmart/store", "db.Exec(`INSERT INTO links VALUES (1)`)", ""},
	} {
		text := "package x\n\nimport (\n\"maps\"\n\"net/http\"\n\"" + module + "/caddyiamsmart/linkup\"\n\"" + module + "/caddyiamsmart/upstream\"\n)\n\nfunc x() {\n" + c.body + "\n}\n"
		got := strings.Join(promiseFaults(parseGo(t, c.dir+"/x.go", text)), "\n")
		if c.want == "" && got != "" || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%s: %s: got %q, want %q", c.dir, c.body, got, c.want)
		}
		if inTest := promiseFaults(parseGo(t, c.dir+"/x_test.go", text)); len(inTest) > 0 {
			t.Errorf("%s: %s: held against a test: %q", c.dir, c.body, inTest)
		}
	}
	for text, want := range map[string]string{
		"import other \"net/http\"\nfunc x() { other.SetCookie(nil, nil) }": cookie,
		"import . \"net/http\"\nfunc x() { SetCookie(nil, nil) }":           "with a dot",
	} {
		if got := strings.Join(promiseFaults(parseGo(t, "caddyiamsmart/x.go", "package x\n"+text)), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
