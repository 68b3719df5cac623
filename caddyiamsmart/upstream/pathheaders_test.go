package upstream_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func pathOf(t testing.TB, target string) (upstream.Path, bool) {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return upstream.Path{}, false
	}
	upstream.Repair(u)
	path, err := upstream.ParsePath(u, target)
	return path, err == nil
}

// byPath are a general mapping and two blocks: in reports the account is replaced by a
// pseudonym, and wards go along; exports have the realm.
func byPath(t testing.TB) *upstream.Headers {
	t.Helper()
	h, err := upstream.NewHeaders(
		[]upstream.HeaderSpec{{Name: "X-User", Template: "{iamsmart.account}"}, {Name: "X-App", Template: "{iamsmart.app}"}},
		upstream.PathSpec{Paths: []string{"/reports/*", "/report"}, Headers: []upstream.HeaderSpec{
			{Name: "X-User", Template: "{iamsmart.person}"}, {Name: "X-Ward", Template: "{iamsmart.account.ward}"},
		}},
		upstream.PathSpec{Paths: []string{"/reports/export/*", "/export/*"}, Headers: []upstream.HeaderSpec{{Name: "X-Realm", Template: "{iamsmart.realm}"}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeadersOfAPathGoNowhereElse(t *testing.T) {
	h := byPath(t)
	id := chan3
	id.Attributes = map[string][]string{"ward": {"2A"}}
	rendered := h.Render(id)
	const general, reports, export, doubt = "X-App=records X-User=chan.tm", "X-App=records X-User=p-7f3a X-Ward=2A", "X-App=records X-Realm=default X-User=chan.tm", "X-App=records"
	for target, want := range map[string]string{
		"/":                          general,
		"/residents":                 general,
		"/reportsx/1":                general,
		"/reports/":                  reports,
		"/reports/2026":              reports,
		"/reports/2026;jsessionid=1": reports,
		"/report":                    reports,
		"/reports/export/1":          reports, // the first block that is for it
		"/export/1":                  export,
		"/export/%41":                export,
		// Where a server might read it otherwise, nothing goes that depends on it.
		"/reports":                doubt,
		"/Reports/2026":           doubt,
		"/report/1":               doubt,
		"/report;a=b":             doubt,
		"/reports/../residents":   doubt,
		"/reports/..;/residents":  doubt,
		"/reports/%2e%2e/x":       doubt,
		"/reports%2f2026":         doubt,
		"/x/../reports/1":         doubt,
		"//reports/1":             doubt,
		"/reports\\1":             doubt,
		"/%72eports/1":            doubt,
		"/reports/..%2fexport/1":  doubt,
		"/EXPORT/1":               general, // and the realm not
		"/export/..%2fresidents":  general,
		"/export/..%5creports/1":  doubt,
		"/residents/..%2fexport/": general,
	} {
		path, ok := pathOf(t, target)
		if !ok {
			t.Errorf("%s is no path", target)
			continue
		}
		header := http.Header{"X-Ward": {"admin"}, "X-Realm": {"admin"}, "X-User": {"admin"}}
		if err := rendered.Stamp(header, path); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		if got := flat(header); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
		preview, faults, certain := rendered.Preview(path)
		if flat(preview) != want || len(faults) > 0 {
			t.Errorf("%s: the preview is %q, %v", target, preview, faults)
		}
		if certain != (want != doubt && !strings.HasPrefix(target, "/EXPORT") && (want != general || !strings.Contains(target, "export/"))) {
			t.Errorf("%s: certain is %v", target, certain)
		}
	}
	if got := h.Names(); !slices.Equal(got, []string{"X-User", "X-App", "X-Ward", "X-Realm"}) {
		t.Errorf("names %q", got)
	}
	if got := h.Attributes(); !slices.Equal(got, []string{"ward"}) {
		t.Errorf("attributes %q", got)
	}
}

func flat(header http.Header) string {
	var all []string
	for name, values := range header {
		for _, value := range values {
			all = append(all, name+"="+value)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestT12AFaultStopsThePathsThatItsHeaderGoesTo(t *testing.T) {
	h, err := upstream.NewHeaders([]upstream.HeaderSpec{{Name: "X-User", Template: "{iamsmart.account}"}},
		upstream.PathSpec{Paths: []string{"/reports/*"}, Headers: []upstream.HeaderSpec{{Name: "X-Name", Template: "{iamsmart.name.zh}", Encoding: "latin1"}}},
		upstream.PathSpec{Paths: []string{"/api/*"}, Headers: []upstream.HeaderSpec{{Name: "X-User", Template: "{iamsmart.person}"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		account, target string
		ok              bool
	}{
		{"chan", "/", true}, {"chan", "/reports/1", false}, {"chan", "/Reports/1", false}, {"chan", "/api/1", true},
		{"a,b", "/", false}, {"a,b", "/api/1", true}, {"a,b", "/API/1", false}, {"a,b", "/reports/1", false},
	} {
		path, _ := pathOf(t, c.target)
		header := http.Header{}
		err := h.Render(upstream.Identity{Account: c.account, Person: "p", NameZH: "陳"}).Stamp(header, path)
		if (err == nil) != c.ok || err != nil && len(header) > 0 {
			t.Errorf("%s at %s: %q, %v", c.account, c.target, header, err)
		}
	}
}

func TestAMistakeInABlockForPathsIsExplained(t *testing.T) {
	user := upstream.HeaderSpec{Name: "X-User", Template: "{iamsmart.account}"}
	for want, block := range map[string]upstream.PathSpec{
		`block 1: reading path "reports": it must begin with a slash`:         {Paths: []string{"reports"}, Headers: []upstream.HeaderSpec{user}},
		"block 1: it names no path":                                           {Headers: []upstream.HeaderSpec{user}},
		"block 1: it has no header":                                           {Paths: []string{"/a"}},
		`block 1: reading header "X_User": apps cannot tell it from "X-User"`: {Paths: []string{"/a"}, Headers: []upstream.HeaderSpec{{Name: "X_User", Template: "a"}}},
		`block 1: reading header "x-user": apps cannot tell it from "X-User"`: {Paths: []string{"/a"}, Headers: []upstream.HeaderSpec{user, {Name: "x-user", Template: "a"}}},
	} {
		_, err := upstream.NewHeaders([]upstream.HeaderSpec{user}, block)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	one := upstream.PathSpec{Paths: []string{"/a"}, Headers: []upstream.HeaderSpec{user}}
	if _, err := upstream.NewHeaders(nil, slices.Repeat([]upstream.PathSpec{one}, 33)...); err == nil || !strings.Contains(err.Error(), "may be 32") {
		t.Errorf("33 blocks: %v", err)
	}
	if _, err := upstream.NewHeaders(nil, slices.Repeat([]upstream.PathSpec{one}, 32)...); err != nil {
		t.Error(err)
	}
}

// An app never gets a header by a path that public would not open.
func FuzzHeadersOfAPath(f *testing.F) {
	for _, seed := range []string{"/reports/1", "/Reports/1", "/reports/..;/x", "/%2e/reports/%5c..", "/export//../reports/1", "/report/"} {
		f.Add(seed)
	}
	rendered := byPath(f).Render(upstream.Identity{Account: "a", Person: "p", Realm: "r", App: "x", Attributes: map[string][]string{"ward": {"2A"}}})
	reports, err := upstream.NewPublic([]string{"/reports/*", "/report"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		path, ok := pathOf(t, target)
		if !ok {
			return
		}
		header := http.Header{}
		if err := rendered.Stamp(header, path); err != nil {
			t.Fatal(err)
		}
		within := reports.Open(path)
		near := path.Under("/reports") || path.Under("/report")
		if (header.Get("X-Ward") != "") != within || (header.Get("X-User") == "p") != within || header.Get("X-User") == "a" && near {
			t.Errorf("%q within %v near %v: %q", target, within, near, header)
		}
	})
}
