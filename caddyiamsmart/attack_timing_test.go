package caddyiamsmart_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// verdict is what somebody sees who tries a name.
type verdict struct {
	took   time.Duration
	status int
	size   int64
	text   string // without what differs from one try to the next
}

var leftover = regexp.MustCompile(`<bdi>\d+</bdi> tries left`)

// seek tries one name with a wrong password; it may be called by many at once.
func (b *browser) seek(gate string, form *shown, name, from string) (verdict, error) {
	r, err := http.NewRequest(http.MethodPost, gate+"/iamsmart/link", strings.NewReader(url.Values(form.filled(name, "guess")).Encode()))
	if err != nil {
		return verdict{}, err
	}
	for header, value := range map[string]string{
		"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": from,
		"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin",
	} {
		r.Header.Set(header, value)
	}
	for cookie, value := range b.cookies["localhost"] {
		r.AddCookie(&http.Cookie{Name: cookie, Value: value})
	}
	began := time.Now()
	answer, err := b.client.Do(r)
	if err != nil {
		return verdict{}, err
	}
	took := time.Since(began)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return verdict{}, err
	}
	return verdict{took, answer.StatusCode, answer.ContentLength, leftover.ReplaceAllString(strings.ReplaceAll(string(text), name, "NAME"), "n tries left")}, nil
}

// Given accounts of each kind that need longer to say no to a name that they know,
// when somebody tries names, two hundred times, then nothing tells which of them are
// known. Time is judged where it means something: not under the race detector.
func TestT63BudgetOfTellingNamesApart(t *testing.T) {
	const slow = 80 * time.Millisecond
	form := func(w *world) {
		w.legacy.Login = (&locking{over: slow, lenient: true, wrong: make(map[string]int)}).ServeHTTP
	}
	for kind, prepare := range map[string]func(*testing.T) (accounts, known, password string, more func(*world)){
		"form": func(*testing.T) (string, string, string, func(*world)) {
			return "accounts form {{.App}}/login {\nfields user pass\naccount \"You are ([a-z.]+)\\.\"\n}", "chan.sm", "night-shift-7", form
		},
		"basic": func(t *testing.T) (string, string, string, func(*world)) {
			asks := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				if user == "chan.sm" {
					time.Sleep(slow)
				}
				if user == "chan.sm" && password == "correct horse" {
					return
				}
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
			})
			return "accounts basic " + serve(t, asks) + "/ping", "chan.sm", "correct horse", nil
		},
		"file": func(t *testing.T) (string, string, string, func(*world)) {
			return `accounts file "` + newStaffList(t, "name,key,hash,state\nNChan,7,"+hashed(t, "correct horse")+",1\n").path + `"`, "nchan", "correct horse", nil
		},
		"sql": func(t *testing.T) (string, string, string, func(*world)) {
			records := livePostgres(t)
			records.act("reset")
			return records.accounts, "nchan", "correct horse", nil
		},
		"ldap": func(t *testing.T) (string, string, string, func(*world)) {
			records := liveDirectory(t)
			records.act("reset")
			return records.accounts, "nchan", "correct horse", nil
		},
	} {
		t.Run(kind, func(t *testing.T) {
			const pace = 400 * time.Millisecond
			accounts, known, password, more := prepare(t)
			w := newWorld(t, site{
				Servers: "servers {\n trusted_proxies static 127.0.0.0/8\n}",
				Trying:  &caddyiamsmart.Trying{Pace: pace, Most: 1000},
				More: "http://localhost:{{.Port2}} {\niamsmart {\nrealm second\npublic_url {{.Gate2}}\nlink_tries 1000\n" +
					accounts + "\nheader_up X-Remote-User {iamsmart.account}\n" + english + "}\nrespond ok\n}",
			})
			if more != nil {
				more(w)
			}
			b := w.browser()
			b.follow(b.decide(b.visit(w.Gate2+"/").want(t, 401, "Log in"), "chan", "approve")).want(t, 200, "First login")
			w.namesTellNothing(b, w.Gate2, known, pace)
			b.visit(w.Gate2 + "/iamsmart/link?way=password")
			b.password(known, password).want(t, 200, "Is this your account?") // so it is known
		})
	}
}

// namesTellNothing tries a name that is known and one that is not, a hundred times
// each, and holds the answers against each other.
func (w *world) namesTellNothing(b *browser, gate, name string, pace time.Duration) {
	const hands = 10
	pairs := 100
	if raceDetector { // under which times mean nothing
		pairs = 2 * hands
	}
	t := w.t
	t.Helper()
	b.client.Transport = &http.Transport{MaxIdleConnsPerHost: 2 * hands}
	form := b.visit(gate + "/iamsmart/link?way=password")
	var mu sync.Mutex
	var known, unknown []verdict
	var hand sync.WaitGroup
	for h := range hands {
		hand.Go(func() {
			for n := range pairs / hands {
				from := fmt.Sprintf("203.0.113.%d", h*pairs/hands+n) // or answers become slower, for all names alike
				var both [2]verdict
				var pair sync.WaitGroup
				for i := range both {
					i = (i + n) % 2
					pair.Go(func() {
						var err error
						if both[i], err = b.seek(gate, form, []string{name, "nobody1"[:len(name)]}[i], from); err != nil {
							t.Error(err)
						}
					})
				}
				pair.Wait()
				mu.Lock()
				known, unknown = append(known, both[0]), append(unknown, both[1])
				mu.Unlock()
			}
		})
	}
	hand.Wait()

	var differences []time.Duration
	want := unknown[0]
	for i := range known {
		differences = append(differences, known[i].took-unknown[i].took)
		for _, v := range []verdict{known[i], unknown[i]} {
			if v.took < pace {
				t.Errorf("a wrong password is answered after %s", v.took)
			}
			if v.status != 422 || v.size != want.size || v.text != want.text {
				t.Fatalf("the answers differ: %d, %d bytes\n%s\nand %d, %d bytes\n%s", v.status, v.size, v.text, want.status, want.size, want.text)
			}
		}
	}
	if raceDetector {
		return
	}
	slices.Sort(differences)
	// The true median lies between these with a certainty of 95 %, however busy the
	// machine is.
	low, high := differences[39], differences[60]
	t.Logf("half of the known names were answered within %s, of the unknown ones within %s; the median of the differences lies between %s and %s",
		median(known), median(unknown), low, high)
	if allowed := 2 * time.Millisecond; low > allowed || high < -allowed {
		t.Errorf("a known name is told by %s to %s", low, high)
	}
}

func median(v []verdict) time.Duration {
	v = slices.SortedFunc(slices.Values(v), func(a, b verdict) int { return int(a.took - b.took) })
	return v[len(v)/2].took
}

func TestT63AWrongPasswordIsAnsweredAfterOneAndAHalfSeconds(t *testing.T) {
	w, app := crowd(t, site{Trying: &caddyiamsmart.Trying{}})
	app.over = 1600 * time.Millisecond
	b := w.comes(0)
	form := b.visit("/iamsmart/link?way=password")
	for name, least := range map[string]time.Duration{"nobody1": 1500 * time.Millisecond, "chan.sm": 3 * time.Second} {
		v, err := b.seek(w.Gate, form, name, "203.0.113.1")
		if err != nil || v.took < least {
			t.Errorf("%s is answered after %s (%v), want the next multiple of 1.5 s", name, v.took, err)
		}
	}
}
