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
func (b *browser) seek(w *world, form *shown, name, from string) (verdict, error) {
	r, err := http.NewRequest(http.MethodPost, w.Gate+"/iamsmart/link", strings.NewReader(url.Values(form.filled(name, "guess")).Encode()))
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

// Given an application that needs long to say no to a name that it knows, when
// somebody tries names, then nothing tells which of them it knows.
func TestT63NothingTellsWhichNamesTheFormKnows(t *testing.T) {
	const pairs, hands, pace = 100, 10, 400 * time.Millisecond
	w, app := crowd(t, site{Gate: "link_tries 1000\n", Trying: &caddyiamsmart.Trying{Pace: pace, Most: 1000}})
	app.over = 80 * time.Millisecond
	b := w.comes(0)
	b.client.Transport = &http.Transport{MaxIdleConnsPerHost: 2 * hands}
	form := b.visit("/iamsmart/link?way=password")

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
						if both[i], err = b.seek(w, form, []string{"chan.sm", "nobody1"}[i], from); err != nil {
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
	if n := app.times("chan.sm"); n != pairs {
		t.Fatalf("the application was asked %d times about the name that it knows", n)
	}

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
	slices.Sort(differences)
	// The true median lies between these with a certainty of 95 %, however busy the
	// machine is.
	low, high := differences[39], differences[60]
	t.Logf("half of the known names were answered within %s, of the unknown ones within %s; the median of the differences lies between %s and %s",
		median(known), median(unknown), low, high)
	if allowed := 2 * time.Millisecond; !raceDetector && (low > allowed || high < -allowed) {
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
		v, err := b.seek(w, form, name, "203.0.113.1")
		if err != nil || v.took < least {
			t.Errorf("%s is answered after %s (%v), want the next multiple of 1.5 s", name, v.took, err)
		}
	}
}
