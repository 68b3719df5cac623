package caddyiamsmart_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// handed tells which parameters of a package's functions are given the header
// of a request, by the function's name.
type handed map[string]map[int]bool

// headerFaults: what handles requests that go on to the application sets none
// of their headers, trailers or cookies, by whatever name it calls them.
// Removing one states nothing and is free. Packages that make requests of their
// own (iamsmart, kinds of accounts, commands) write the headers of those. The
// files are those of one package.
func headerFaults(files []goFile) []string {
	known := make(handed)
	for {
		before, faults := known.size(), []string(nil)
		for _, f := range files {
			handles := f.dir == rootDir || slices.Contains([]string{"linkup", "session", "pages", "store", "accounts", "spelling"}, f.unit()) &&
				!strings.HasPrefix(f.dir, kindsDir)
			if f.test || !handles {
				continue
			}
			for _, d := range f.Decls {
				w := headerWalk{file: f, files: files, known: known, names: known.parameters(d)}
				ast.Inspect(d, w.visit)
				faults = append(faults, w.faults...)
			}
		}
		if known.size() == before { // nobody hands a header on that was not seen
			return faults
		}
	}
}

func (h handed) size() (n int) {
	for _, places := range h {
		n += len(places)
	}
	return n
}

// parameters names those of a function that are a request's header.
func (h handed) parameters(d ast.Decl) map[string]bool {
	names := make(map[string]bool)
	fn, ok := d.(*ast.FuncDecl)
	if !ok {
		return names
	}
	place := 0
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			names[name.Name] = h[fn.Name.Name][place]
			place++
		}
	}
	return names
}

// headerWalk follows the names that a request's header has in one function.
type headerWalk struct {
	file   goFile
	files  []goFile
	known  handed
	names  map[string]bool
	faults []string
}

func (w *headerWalk) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			w.assign(left, n, i)
		}
	case *ast.CallExpr:
		w.call(n)
	}
	return true
}

func (w *headerWalk) assign(left ast.Expr, n *ast.AssignStmt, i int) {
	if index, ok := left.(*ast.IndexExpr); ok && w.isHeader(index.X) {
		w.fault(n)
	}
	if isHeaderField(left) {
		w.fault(n)
	}
	if name, ok := left.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
		if w.isHeader(n.Rhs[i]) {
			w.names[name.Name] = true
		} else if n.Tok == token.DEFINE {
			delete(w.names, name.Name)
		}
	}
}

func (w *headerWalk) call(n *ast.CallExpr) {
	switch methodOf(n) {
	case "Set", "Add":
		if w.isHeader(n.Fun.(*ast.SelectorExpr).X) {
			w.fault(n)
		}
	case "AddCookie", "SetBasicAuth":
		w.fault(n)
	}
	for place, arg := range n.Args {
		if w.isHeader(arg) && !w.harmless(n) && !w.follow(n, place) {
			w.fault(n)
		}
	}
}

// harmless calls are those of upstream, conversions, and what removes.
func (w *headerWalk) harmless(n *ast.CallExpr) bool {
	if s, ok := n.Fun.(*ast.SelectorExpr); ok {
		return slices.Contains([]string{"Stamp", "Header", "MIMEHeader"}, s.Sel.Name) ||
			isName(s.X, importName(w.file, module+"/caddyiamsmart/upstream"))
	}
	return isName(n.Fun, "len") || isName(n.Fun, "delete") || isName(n.Fun, "clear")
}

// follow remembers that a function of this package is handed a header; of
// others nobody knows what they do to it.
func (w *headerWalk) follow(n *ast.CallExpr, place int) bool {
	name := methodOf(n)
	if id, ok := n.Fun.(*ast.Ident); ok {
		name = id.Name
	}
	for _, f := range w.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
				if w.known[name] == nil {
					w.known[name] = make(map[int]bool)
				}
				w.known[name][place] = true
				return true
			}
		}
	}
	return false
}

func (w *headerWalk) fault(n ast.Node) {
	w.faults = append(w.faults, w.file.at(n)+" writes a header of a request; only upstream may")
}

// isHeader sees through brackets and conversions.
func (w *headerWalk) isHeader(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return w.isHeader(e.X)
	case *ast.CallExpr:
		name := methodOf(e)
		return len(e.Args) == 1 && (name == "Header" || name == "MIMEHeader") && w.isHeader(e.Args[0])
	case *ast.Ident:
		return w.names[e.Name]
	}
	return isHeaderField(e)
}

func isHeaderField(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && (s.Sel.Name == "Header" || s.Sel.Name == "Trailer")
}
