package session_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func FuzzSessionCookie(f *testing.F) {
	d := open(f)
	cookie := d.login(session.Nobody{})
	given := d.given()
	for _, seed := range []string{
		cookie, cookie[:80], cookie + "=", "\n" + cookie, strings.ToLower(cookie), given["session"].Value, given["pending"].Value, given["flow"].Value,
		"", "=", "|||", "MTcwMDAwMDAwMHx8", strings.Repeat("A", 144), strings.Repeat("\xa4", 5000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		v, err := d.Identify(context.Background(), value, 1, true)
		if err != nil {
			t.Fatalf("a value that cannot be read is trouble: %v", err)
		}
		if _, ok := v.(session.Linked); ok != (value == cookie) {
			t.Fatalf("%q is %#v", value, v)
		}
	})
}

func FuzzFlowCookie(f *testing.F) {
	d := open(f)
	flow, cookie := d.start(session.Return{Address: "/there"})
	_, approval := d.startApproval(store.ID{1}, store.ID{2})
	for _, seed := range []string{
		approval.Value, cookie.Value, cookie.Value[:99], cookie.Value + "A", d.login(session.Nobody{}), d.SealReturn(session.Return{Address: "/"}),
		"", "=", "|||", strings.Repeat("A", 400), strings.Repeat("\xff", 5000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie.Name+"="+value)
		found, err := d.Flow(r, flow.State)
		got, _ := found.(session.LoginFlow)
		if err == nil && (got.Claim() != flow.Claim() || got.Return != "/there" || got.State != flow.State) {
			t.Fatalf("%q is a flow that nobody started: %+v", value, got)
		}
		if err != nil && (!errors.Is(err, session.ErrNoFlow) || got.Return != "/") {
			t.Fatalf("%q: %+v, %v", value, got, err)
		}
		w := httptest.NewRecorder()
		if _, err := d.StartFlow(w, r, session.Return{Address: "/"}, false); err != nil || len(w.Result().Cookies()) > 2 {
			t.Fatalf("%q is in the way of a start: %v", value, err)
		}
	})
}

func FuzzState(f *testing.F) {
	d := open(f)
	flow, cookie := d.start(session.Return{Address: "/there"})
	for _, seed := range []string{
		flow.State, flow.State[:8], flow.State[:31], flow.State + "=", flow.State[:8] + strings.Repeat("A", 24),
		"", strings.Repeat("/", 32), strings.Repeat("=", 32), strings.Repeat("\n", 32), strings.Repeat("漢", 10) + "xx", strings.Repeat("A", 4000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, state string) {
		found, err := d.Flow(bearing(cookie.Name, cookie.Value), state)
		got, _ := found.(session.LoginFlow)
		if (err == nil) != (state == flow.State) {
			t.Fatalf("%q: %+v, %v", state, got, err)
		}
		if got.Round < 0 || got.Round > session.MaxRounds || err != nil && got.Return != "/" {
			t.Fatalf("%q tells %+v", state, got)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"/", "/a?b=c", "//x", "/\\x", "/%5cx", "/%2f%2fx", "/a/..%2f%5cx", "/..;/x", "/%25%32%65/x", "/100%25/x", "/%A5%5C/x",
		"/\t/x", "/a;b=c/d", "/iamsmart/login", "/%69AMSMART", "http://x/", "/\xa4\xa4", "/?//x", "/" + strings.Repeat("%25", 170),
	} {
		f.Add(seed)
	}
	f.Fuzz(stays)
}
