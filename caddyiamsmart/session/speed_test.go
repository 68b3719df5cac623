package session_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"runtime"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestAKnownSessionCostsNoAllocation(t *testing.T) {
	if raceEnabled {
		return // the race detector allocates for itself
	}
	d := open(t)
	ctx := context.Background()
	cookie := d.login(session.Nobody{})
	owner := new(int)
	d.linked(cookie).Keep(owner, "stamp")
	for _, active := range []bool{true, false} {
		allocs := testing.AllocsPerRun(1000, func() {
			v, err := d.Identify(ctx, cookie, 1, active)
			if l, ok := v.(session.Linked); !ok || err != nil || l.Kept(owner) != "stamp" {
				t.Fatalf("%#v, %v", v, err)
			}
		})
		if allocs != 0 {
			t.Errorf("active %v: %.1f allocations, want none", active, allocs)
		}
	}
}

// crowd begins sessions in one transaction and returns their cookies.
func (d *desk) crowd(n int) []string {
	d.t.Helper()
	cookies := make([]string, n)
	err := d.rows.Update(context.Background(), func(tx *store.Tx) error {
		for i := range cookies {
			draft, err := d.Draft(d.link)
			if err != nil {
				return err
			}
			if err := tx.CreateSession(draft.Row); err != nil {
				return err
			}
			w := httptest.NewRecorder()
			d.Adopt(w, draft)
			cookies[i] = only(d.t, w, d.SessionCookie()).Value
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return cookies
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestAHundredThousandSessionsFitInMemory fills the cache with a part of them:
// what one costs does not depend on how many there are.
func TestAHundredThousandSessionsFitInMemory(t *testing.T) {
	const all, most = 100_000, 200 << 20 // sessions, bytes
	part := 5_000
	if raceEnabled {
		part = 1_000
	}
	d := open(t)
	cookies := d.crowd(part)
	owner := new(int)
	before := heap()
	for i, cookie := range cookies {
		// A new text, as each request has, so that what the cache holds is counted.
		l := d.linked(string([]byte(cookie)))
		l.Keep(owner, [][2]string{{"X-User", fmt.Sprint("chan.sm", i)}, {"X-Person", fmt.Sprintf("%026d", i)}})
	}
	each := (heap() - before) / int64(part)
	t.Logf("%d bytes each, %d MB for %d", each, each*all>>20, all)
	if each <= int64(len(cookies[0])) || each*all > most {
		t.Errorf("one session takes %d bytes; %d of them may take %d", each, all, most)
	}
	runtime.KeepAlive(d)
	runtime.KeepAlive(cookies)
}

func BenchmarkIdentify(b *testing.B) {
	d := open(b)
	ctx := context.Background()
	for _, n := range []int{1, 10_000} {
		cookies := d.crowd(n)
		for _, cookie := range cookies {
			d.linked(cookie)
		}
		b.Run(fmt.Sprintf("%d known", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if v, err := d.Identify(ctx, cookies[i%n], 1, true); err != nil || v == (session.Nobody{}) {
					b.Fatal(v, err)
				}
			}
		})
		b.Run(fmt.Sprintf("%d known, in parallel", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if v, err := d.Identify(ctx, cookies[i%n], 1, true); err != nil || v == (session.Nobody{}) {
						b.Error(v, err)
						return
					}
				}
			})
		})
	}
	b.Run("unknown", func(b *testing.B) {
		cookie := d.crowd(1)[0]
		b.ReportAllocs()
		for b.Loop() {
			if v, err := d.restarted().Identify(ctx, cookie, 1, true); err != nil || v == (session.Nobody{}) {
				b.Fatal(v, err)
			}
		}
	})
	b.Run("forged", func(b *testing.B) {
		cookie := d.crowd(1)[0]
		forged := cookie[:100] + "AAAA" + cookie[104:]
		b.ReportAllocs()
		for b.Loop() {
			if v, err := d.Identify(ctx, forged, 1, true); err != nil || v != (session.Nobody{}) {
				b.Fatal(v, err)
			}
		}
	})
}
