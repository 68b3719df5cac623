package upstream_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

var (
	nobody    upstream.Login
	chanLogin = upstream.Login{1}
	chanAgain = upstream.Login{2}
	wongLogin = upstream.Login{3}
)

func key(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

func appSession(tb testing.TB, keys [][]byte, names ...string) *upstream.AppSession {
	tb.Helper()
	if len(names) == 0 {
		names = upstream.WellKnownAppCookies
	}
	compiled, err := upstream.NewAppCookies(names, cookiePrefix)
	if err != nil {
		tb.Fatal(err)
	}
	return upstream.NewAppSession(compiled, keys)
}

// set is what the browser gets of a Set-Cookie line.
func set(app *upstream.AppSession, login upstream.Login, line string) string {
	h := http.Header{"Set-Cookie": {line}}
	upstream.BindCookies(h, app, login)
	return h["Set-Cookie"][0]
}

// brought is the pair that a browser keeps of a Set-Cookie line and sends back.
func brought(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	return strings.Trim(name, " \t") + "=" + strings.Trim(value, " \t")
}

// seen are the Cookie lines that the app gets of what a browser sends.
func seen(app *upstream.AppSession, login upstream.Login, lines ...string) []string {
	h := http.Header{"Cookie": slices.Clone(lines)}
	upstream.AdmitCookies(h, cookiePrefix, app, login)
	return h["Cookie"]
}

func TestT13TheAppGetsItsSessionAsItSetIt(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	for _, line := range []string{
		"PHPSESSID=abc; path=/; HttpOnly", "PHPSESSID=abc", "JSESSIONID=1A2B.node1;Path=/app;Secure", `JSESSIONID="a b,c"; Version=1`,
		`sessionid=""`, `sessionid="`, `sessionid="unfinished`, `sessionid=finished"`, `sessionid="\"x\""; Max-Age=60`, "sessionid=a=b==",
		"connect.sid=s%3AtWj9.SIG%2B%2F; Expires=Wed, 21 Oct 2099 07:28:00 GMT", ".ASPXAUTH=" + strings.Repeat("A", 4000),
		"ASP.NET_SessionId=x.y.z", "ASPSESSIONIDQABCDEFG=KLMN", "  records_session =\teyJpdiI6 ;  Secure", "_session_id=\xe9\xff陳",
		"sessionid=.", "sessionid=aaaaaaaaaaaaaaaaaaaaaa", "sessionid=.aaaaaaaaaaaaaaaaaaaaaa", "PHPSESSID=deleted; Max-Age=x; expires=never",
		"PHPSESSID=abc; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "dokuwiki=d", `" sessionid"=x`,
	} {
		for _, login := range []upstream.Login{nobody, chanLogin} {
			out := set(app, login, line)
			pair, attributes, _ := strings.Cut(out, ";")
			_, asSet, _ := strings.Cut(line, ";")
			if attributes != asSet || len(out) != len(line)+23 {
				t.Errorf("%q goes out as %q", line, out)
			}
			if value := strings.Trim(pair[strings.Index(pair, "=")+1:], " \t"); strings.HasPrefix(value, `"`) != strings.HasPrefix(brought(line)[strings.Index(brought(line), "=")+1:], `"`) {
				t.Errorf("%q goes out with other quotes: %q", line, out)
			}
			if got := seen(app, login, brought(out)); len(got) != 1 || got[0] != brought(line) {
				t.Errorf("%q comes back as %q", line, got)
			}
		}
	}
}

func TestT13WhatIsNoSessionOfTheAppGoesOutAsItCame(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	lines := []string{
		"a=1; PHPSESSID=2", "PHPSESSIDX=1", "XPHPSESSID=1", "sid=1", "remember=1", "obsession=1", "csrftoken=1", "XSRF-TOKEN=1", "lang=en", "=x", "valueless", "",
		// deletions
		"PHPSESSID=; Path=/", "PHPSESSID=  ;", "PHPSESSID=deleted; Max-Age=0", "PHPSESSID=deleted; max-age = -1", "PHPSESSID=deleted; Max-Age=9; Max-Age=0",
		"PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", "PHPSESSID=deleted; EXPIRES=Thu, 01 Jan 1970 00:00:00 GMT",
		"PHPSESSID=deleted; expires=Thursday, 01-Jan-70 00:00:01 GMT", "PHPSESSID=deleted; expires=Thu Jan  1 00:00:00 1970",
		"PHPSESSID=" + strings.Repeat("x", 9000), // more than a browser keeps
	}
	h := http.Header{"Set-Cookie": slices.Clone(lines)}
	upstream.BindCookies(h, app, chanLogin)
	if !slices.Equal(h["Set-Cookie"], lines) {
		t.Errorf("set\n%q, goes out as\n%q", lines, h["Set-Cookie"])
	}
	shared := []string{"PHPSESSID=1"}
	h = http.Header{"Set-Cookie": shared}
	if upstream.BindCookies(h, app, chanLogin); shared[0] != "PHPSESSID=1" {
		t.Error("the application's own slice is written to")
	}
	h = http.Header{}
	if upstream.BindCookies(h, app, chanLogin); len(h) != 0 {
		t.Errorf("headers %q", h)
	}
}

func TestTheAppsSessionStaysInItsLogin(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	const line = "PHPSESSID=abc; Path=/"
	for _, setIn := range []upstream.Login{nobody, chanLogin, wongLogin} {
		pair := brought(set(app, setIn, line))
		for _, login := range []upstream.Login{nobody, chanLogin, chanAgain, wongLogin} {
			got := seen(app, login, "a=1; "+pair+"; b=2")
			want := []string{"a=1; b=2"}
			if login == setIn {
				want = []string{"a=1; PHPSESSID=abc; b=2"}
			}
			if !slices.Equal(got, want) {
				t.Errorf("set in %v, brought in %v: the app sees %q", setIn[0], login[0], got)
			}
		}
		other := appSession(t, [][]byte{key(2)}) // another app, realm or host
		if got := seen(other, setIn, pair); got != nil {
			t.Errorf("another app sees %q", got)
		}
	}
}

func TestAKeyThatTurnsCostsNobodyTheirSession(t *testing.T) {
	before, between, after := appSession(t, [][]byte{key(1)}), appSession(t, [][]byte{key(2), key(1)}), appSession(t, [][]byte{key(2)})
	old := brought(set(before, chanLogin, "PHPSESSID=abc"))
	if got := seen(between, chanLogin, old); !slices.Equal(got, []string{"PHPSESSID=abc"}) {
		t.Errorf("set under the key before: %q", got)
	}
	fresh := brought(set(between, chanLogin, "PHPSESSID=abc"))
	if got := seen(after, chanLogin, fresh); !slices.Equal(got, []string{"PHPSESSID=abc"}) {
		t.Errorf("set under the newest key: %q", got)
	}
	if got := seen(after, chanLogin, old); got != nil {
		t.Errorf("set under a key that is gone: %q", got)
	}
}

func TestT13OnlyTheAppsSessionIsTouchedOnTheWayIn(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	const ours = cookiePrefix + "1a2b-s=MTcw"
	own := brought(set(app, chanLogin, "PHPSESSID=abc"))
	quoted := brought(set(app, chanLogin, `JSESSIONID="x y"`))
	foreign := brought(set(app, wongLogin, "PHPSESSID=abc"))
	for _, c := range []struct {
		name       string
		sent, want []string
	}{
		{"none", []string{`a=1;  b="x y"; c; =d;e=;`}, []string{`a=1;  b="x y"; c; =d;e=;`}},
		{"alone", []string{own}, []string{"PHPSESSID=abc"}},
		{"first", []string{own + ";b=2 ; c"}, []string{"PHPSESSID=abc;b=2 ; c"}},
		{"last", []string{"a=1;  " + own}, []string{"a=1;  PHPSESSID=abc"}},
		{"with an end", []string{own + ";"}, []string{"PHPSESSID=abc;"}},
		{"blanks around", []string{"a=1; \t" + own + " \t;b=2"}, []string{"a=1; \tPHPSESSID=abc \t;b=2"}},
		{"before ours", []string{own + "; " + ours}, []string{"PHPSESSID=abc"}},
		{"behind ours", []string{ours + "; " + own + "; a=1"}, []string{"PHPSESSID=abc; a=1"}},
		{"between ours", []string{ours + ";" + quoted + ";" + ours + "; a=1"}, []string{`JSESSIONID="x y"; a=1`}},
		{"several", []string{own + "; " + quoted + ";c=3;" + own}, []string{`PHPSESSID=abc; JSESSIONID="x y";c=3;PHPSESSID=abc`}},
		{"lines stay apart", []string{own, "a=1", foreign, ours, quoted}, []string{"PHPSESSID=abc", "a=1", `JSESSIONID="x y"`}},
		{"two of one name, each for itself", []string{"PHPSESSID=abc; " + own + "; " + foreign}, []string{"PHPSESSID=abc"}},
		{"without a MAC", []string{"a=1; PHPSESSID=abc"}, []string{"a=1"}},
		{"only such", []string{"PHPSESSID=abc; " + foreign}, nil},
		{"empty", []string{"PHPSESSID=; a=1; PHPSESSID= ;"}, []string{"PHPSESSID=; a=1; PHPSESSID= ;"}},
		{"without a sign", []string{"PHPSESSID; a=1"}, []string{"PHPSESSID; a=1"}},
		{"MAC of another name", []string{strings.Replace(own, "PHPSESSID", "JSESSIONID", 1)}, nil},
		{"MAC of another value", []string{strings.Replace(own, "abc", "abd", 1)}, nil},
		{"cut", []string{own[:len(own)-1]}, nil},
		{"longer", []string{own + "A"}, nil},
		{"altered", []string{own[:len(own)-2] + "~" + own[len(own)-1:]}, nil},
		{"other sign", []string{strings.Replace(own, ".", "_", 1)}, nil},
		{"twice", []string{own + own[len(own)-23:]}, nil},
		{"quotes put around", []string{`PHPSESSID="` + strings.TrimPrefix(own, "PHPSESSID=") + `"`}, nil},
		{"quotes taken off", []string{strings.ReplaceAll(quoted, `"`, "")}, nil},
		{"MAC alone", []string{"PHPSESSID=" + own[len(own)-23:], "PHPSESSID=" + own[len(own)-22:]}, nil},
		{"too long", []string{"PHPSESSID=" + strings.Repeat("x", 9000)}, nil},
		{"a value that ends in one", []string{"b=xPHPSESSID=abc; c=x-session1=abc; d=a&session=1"}, []string{"b=xPHPSESSID=abc; c=x-session1=abc; d=a&session=1"}},
		{"a value that names one", []string{`a=PHPSESSID=abc; b=/x?session=1; c={"x":"session=1"}; d=1`}, []string{"d=1"}},
		{"a value that names one, without its own", []string{`a=PHPSESSID; b=/session; c="session"; d=/session==; e="DWabc=="`}, []string{`a=PHPSESSID; b=/session; c="session"; d=/session==; e="DWabc=="`}},
		{"base64", []string{"a=ab/DWcdefgh+/0==; b=" + strings.Repeat("DW/dw+x/", 500) + "="}, []string{"a=ab/DWcdefgh+/0==; b=" + strings.Repeat("DW/dw+x/", 500) + "="}},
		{"addresses and counters", []string{"__utmz=1.2.utmcsr=(direct)|utmccn=(direct); back=/list?page=2&sort=name; _ga=GA1.2.3"}, []string{"__utmz=1.2.utmcsr=(direct)|utmccn=(direct); back=/list?page=2&sort=name; _ga=GA1.2.3"}},
		{"values with commas and blanks", []string{`a=1,b=2 c=3; d={"e": [1, 2]}`}, []string{`a=1,b=2 c=3; d={"e": [1, 2]}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := seen(app, chanLogin, c.sent...); !slices.Equal(got, c.want) {
				t.Errorf("of %q the app sees %q, want %q", c.sent, got, c.want)
			}
		})
	}
}

// Somebody who has read the cookie of the person before them takes the MAC off
// and spells the name so that only a server of another kind knows it.
func TestT31NoSpellingBringsASessionWithoutItsMAC(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	for _, pair := range []string{
		"phpsessid=abc", "PhpSessId=abc", "asp.net_sessionid=abc", "ASP_NET_SessionId=abc", "ASP NET_SessionId=abc", "ASP[NET_SessionId=abc",
		"records.session=abc", "records session=abc", "records+session=abc", "%50HPSESSID=abc", "PHPSESSI%44=abc", "PHPSESSID%00x=abc", "%20PHPSESSID=abc",
		" \t PHPSESSID=abc", "PHPSESSID =abc", "PHPSESSID\t=abc", `"PHPSESSID"=abc`, "=PHPSESSID=abc", "\xa0PHPSESSID=abc", "\xc2\xa0PHPSESSID=abc",
		"a=1,PHPSESSID=abc", "a=1, PHPSESSID=abc", "a=1 PHPSESSID=abc", "a=1\tJSESSIONID=abc", "a,PHPSESSID=abc", "a=, ,jsessionid=abc", `a="1", $Path=/, JSESSIONID="abc"`,
		"PHPSESSID\xa0=abc", "PHPSESSID\xc2\xa0=abc", "PHPSESSID\xe3\x80\x80=abc", "PHPSESSID\xe2\x80\x83=abc", "PHPSESSID\xc2\x85=abc", "PHPSESSID\x85 =abc",
		"PHPSESSID\xef\xbb\xbf=abc", "PHPSESSID \xa0=abc", "PHPSESSID%20=abc", "PHPSESSID%C2%A0=abc", "PHP\xa0SESSID=abc", "connect.sid\xa0=abc", "PHPSESSID\x0b=abc",
		"x=1 PHPSESSID =abc", "x=1 PHPSESSID\t=abc", `x="q" PHPSESSID ="abc"`, "x=1\xa0PHPSESSID=abc", "x=1\xc2\xa0PHPSESSID\xa0=abc", "x=1, sessionid = abc", "x=1\x0cPHPSESSID=abc",
		// what some servers pass over before a name, or begin again behind
		"(JSESSIONID=abc", "?JSESSIONID=abc", `\JSESSIONID=abc`, "x=1,(@:JSESSIONID=abc", "{.AspNetCore.Cookies=abc", "(.AspNetCore.Identity.Application=abc",
		`x=1".AspNetCore.Session=abc`, `x=1".%41spNetCore.Session=abc`, `x="y"sessionid=abc`, "/.AspNetCore.Session=abc", `x=y/.AspNetCore.Session="abc"`,
		"x(=.AspNetCore.Session=abc", `a="b"JSESSIONID=abc`, `a="b" (JSESSIONID =abc`, `a=b"sessionid=abc`, "a=b[sessionid=abc", "a=b]sessionid =abc", `a=b\[sessionid=abc`,
		"$JSESSIONID=abc", "x=1;$$JSESSIONID=abc", `x="1"$JSESSIONID=abc`, "x=Wed, 01-Jan-2031 00:00:00 GMTsessionid=abc", "x(express:sess=abc", "x=[records.session=abc",
		"x=" + strings.Repeat("(", 5000) + "PHPSESSID=abc", "x=" + strings.Repeat("y", 5000) + "(" + escapedName("PHPSESSID") + strings.Repeat(" ", 5000) + "=abc",
		"x=1=2(PHPSESSID%00y=abc", "x=1(y%00(PHPSESSID=abc", "x=1,(+%20PHPSESSID\xa0\"=abc", "PHPSESSID=(JSESSIONID=abc",
		// what the names of others escape
		"%u0073ession=abc", "%U0073%u0065ssion=abc", "PHP%u0053ESSID=abc", "x=1,%u0050HPSESSID=abc", "PHPSESSID%u00a0=abc", "PHPSESSID%u0000x=abc",
		// what tells browsers how to keep them
		"__Host-session=abc", "__Secure-PHPSESSID=abc", "__secure-ASP.NET_SessionId=abc", "__Host-Http-connect.sid=abc", "x(__Http-JSESSIONID=abc", "%5f_Host-sessionid=abc",
		`a="x; PHPSESSID=abc`, `a="x; PHPSESSID=abc; b=y"`, "$Version=1; JSESSIONID=abc; $Path=/",
	} {
		for _, lines := range [][]string{{pair}, {"b=2; " + pair + ";c=3"}, {"b=2", pair}} {
			for _, line := range seen(app, chanLogin, lines...) {
				if strings.Contains(line, "abc") {
					t.Errorf("of %q the app sees %q", lines, line)
				}
			}
		}
		h := http.Header{"Cookie": {"b=2; " + pair}}
		names, _ := upstream.NewAppCookies(upstream.WellKnownAppCookies, cookiePrefix)
		if upstream.StripCookies(h, cookiePrefix, names); strings.Contains(strings.Join(h["Cookie"], ""), "abc") {
			t.Errorf("where all are withheld, of %q the app sees %q", pair, h["Cookie"])
		}
	}
}

func TestNoNamesTieNothing(t *testing.T) {
	names, err := upstream.NewAppCookies(nil, cookiePrefix)
	if err != nil {
		t.Fatal(err)
	}
	app := upstream.NewAppSession(names, [][]byte{key(1)})
	if out := set(app, chanLogin, "PHPSESSID=abc"); out != "PHPSESSID=abc" {
		t.Errorf("goes out as %q", out)
	}
	if got := seen(app, wongLogin, cookiePrefix+"x=1; PHPSESSID=abc"); !slices.Equal(got, []string{"PHPSESSID=abc"}) {
		t.Errorf("the app sees %q", got)
	}
}

func TestARequestHasABoundedNumberOfMACsChecked(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	own := brought(set(app, chanLogin, "PHPSESSID=abc"))
	got := seen(app, chanLogin, strings.Repeat(own+"; ", 70)+"a=1")
	if len(got) != 1 || strings.Count(got[0], "PHPSESSID=abc") != 64 || !strings.HasSuffix(got[0], "; a=1") {
		t.Errorf("the app sees %q", got)
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	app := appSession(t, [][]byte{key(2), key(1)})
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			login := upstream.Login{byte(n)}
			for range 200 {
				pair := brought(set(app, login, "PHPSESSID=abc"))
				if got := seen(app, login, pair); !slices.Equal(got, []string{"PHPSESSID=abc"}) {
					t.Errorf("the app sees %q", got)
				}
				if got := seen(app, upstream.Login{byte(n), 1}, pair); got != nil {
					t.Errorf("another login sees %q", got)
				}
			}
		})
	}
	group.Wait()
}

// FuzzAppSession: what the app set comes back byte for byte in the same login,
// and never in another; no library finds a session without its MAC; and the
// other cookies come as they were sent.
func FuzzAppSession(f *testing.F) {
	for _, value := range []string{"abc", `"a b"`, `"`, `""`, "a=b.c", ".aaaaaaaaaaaaaaaaaaaaaa", "x, PHPSESSID=y", "\xff\x80", "a\tb", "%3D"} {
		f.Add("PHPSESSID", value, "; Path=/; HttpOnly", "a=1; ", ";b=\"2 3\"")
		f.Add("asp.NET_sessionid", value, "", "", "")
		f.Add("_x_session", value, "; Max-Age=0", ";", "; __Host-Http-iamsmart-x=1")
		f.Add("(PHPSESSID", value, "", `a="b"`, "")
		f.Add("%u0050HPSESSID", value, "", "a=1\"[", "\"")
	}
	app := appSession(f, [][]byte{key(2), key(1)})
	f.Fuzz(func(t *testing.T, name, value, attributes, before, after string) {
		if strings.ContainsAny(name, ";=") || strings.ContainsAny(value, ";") || len(name)+len(value) > 4000 ||
			name != strings.Trim(name, " \t") || value != strings.Trim(value, " \t") || attributes != "" && attributes[0] != ';' {
			return // no Set-Cookie line says that
		}
		line := name + "=" + value + attributes
		out := set(app, chanLogin, line)
		if out == line { // no cookie of its session, or one that it deletes
			return
		}
		pair := brought(out)
		if got := seen(app, chanLogin, pair); !slices.Equal(got, []string{name + "=" + value}) {
			t.Fatalf("%q comes back as %q", line, got)
		}
		for _, login := range []upstream.Login{nobody, chanAgain, wongLogin} {
			if got := seen(app, login, pair); got != nil {
				t.Fatalf("%q comes back in another login as %q", line, got)
			}
		}
		capitals := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r + 'A' - 'a'
			}
			return r
		}, strings.ToValidUTF8(name, ""))
		for _, bare := range []string{name + "=" + value, capitals + "=" + value} {
			if got := seen(app, wongLogin, bare); got != nil {
				t.Fatalf("%q comes back without a MAC as %q", line, got)
			}
		}
		for parser, read := range cookieParsers {
			arrived := strings.Join(seen(app, wongLogin, before+name+"=SECRET"+after, before+"PHPSESSID=SECRET"+after), "; ")
			for found, value := range read(arrived) {
				if found == "PHPSESSID" && value == "SECRET" {
					t.Fatalf("%s finds %s in %q", parser, found, arrived)
				}
			}
		}
		const placeholder = "placeholder=1"
		before = strings.TrimLeft(before, " \t") // as the server does
		if strings.Contains(before+after, placeholder) || strings.Count(before+after, ";") > 50 {
			return
		}
		without := seen(app, chanLogin, before+";"+placeholder+";"+after)
		with := seen(app, chanLogin, before+";"+pair+";"+after)
		if want := strings.Replace(without[0], placeholder, name+"="+value, 1); len(with) != 1 || with[0] != want {
			t.Fatalf("between %q and %q the app sees %q, want %q", before, after, with, want)
		}
	})
}
