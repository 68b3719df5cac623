package session_test

import (
	"crypto/rand"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestWhatIsKeptWithASessionIsItsOwners(t *testing.T) {
	d := open(t)
	cookie, other := d.login(session.Nobody{}), d.login(session.Nobody{})
	before, after := new(int), new(int) // two gates: of this configuration and of the next
	l := d.linked(cookie)
	if l.Kept(before) != nil {
		t.Error("something is kept that nobody gave")
	}
	l.Keep(before, "stamp")
	if got := d.linked(cookie).Kept(before); got != "stamp" {
		t.Errorf("kept %v", got)
	}
	if got := d.linked(cookie).Kept(after); got != nil {
		t.Errorf("the next owner is given %v", got)
	}
	if got := d.linked(other).Kept(before); got != nil {
		t.Errorf("another session is given %v", got)
	}
	l.Keep(after, "new stamp")
	if l.Kept(before) != nil || l.Kept(after) != "new stamp" {
		t.Error("the last owner does not win")
	}
}

func TestT55AFormIsBoundToSessionAndPurpose(t *testing.T) {
	d := open(t)
	cookie, other := d.login(session.Nobody{}), d.login(session.Nobody{})
	mine, another := d.linked(cookie), d.linked(other)
	token := mine.FormToken("logout")
	if !mine.CheckForm(token, "logout") {
		t.Error("my own form is refused")
	}
	if !d.restarted().linked(cookie).CheckForm(token, "logout") {
		t.Error("my own form is refused after a restart")
	}
	for name, ok := range map[string]bool{
		"another purpose": mine.CheckForm(token, "unlink"),
		"another session": another.CheckForm(token, "logout"),
		"no token":        mine.CheckForm("", "logout"),
		"a cut token":     mine.CheckForm(token[:len(token)-1], "logout"),
		"a longer token":  mine.CheckForm(token+"A", "logout"),
	} {
		if ok {
			t.Errorf("%s: is taken", name)
		}
	}
}

func TestT52AFormOfTheLinkupIsBoundToRowAndForm(t *testing.T) {
	d := open(t)
	mine, another := store.Hash([]byte("mine")), store.Hash([]byte("another"))
	token := d.PendingToken(mine, "confirm")
	if !d.CheckPending(token, mine, "confirm") {
		t.Error("my own form is refused")
	}
	if !d.restarted().CheckPending(token, mine, "confirm") {
		t.Error("my own form is refused after a restart")
	}
	for name, ok := range map[string]bool{
		"another row":     d.CheckPending(token, another, "confirm"),
		"another form":    d.CheckPending(token, mine, "link"),
		"no form":         d.CheckPending(token, mine, ""),
		"no token":        d.CheckPending("", mine, "confirm"),
		"a cut token":     d.CheckPending(token[:20], mine, "confirm"),
		"another realm":   d.manager("realm2", "client", "app", "records.example").CheckPending(token, mine, "confirm"),
		"another app":     d.manager("realm", "client", "app2", "records.example").CheckPending(token, mine, "confirm"),
		"another host":    d.manager("realm", "client", "app", "other.example").CheckPending(token, mine, "confirm"),
		"a session's key": d.linked(d.login(session.Nobody{})).CheckForm(token, string(mine[:])+"confirm"),
	} {
		if ok {
			t.Errorf("%s: is taken", name)
		}
	}
}

func TestFieldsHaveAnotherNameInEachLinkup(t *testing.T) {
	d := open(t)
	mine, another := store.Hash([]byte("mine")), store.Hash([]byte("another"))
	name := d.PendingField(mine, "user")
	if ok, err := regexp.MatchString(`^f[0-9a-f]{32}$`, name); err != nil || !ok {
		t.Errorf("the name is %q", name)
	}
	form := url.Values{name: {"chan.sm"}, d.PendingField(mine, "password"): {""}}
	for what, m := range map[string]*session.Manager{"here": d.Manager, "after a restart": d.restarted().Manager} {
		if got, ok := m.ReadPending(form, mine, "user"); !ok || got != "chan.sm" {
			t.Errorf("%s: the user is %q, %v", what, got, ok)
		}
		if got, ok := m.ReadPending(form, mine, "password"); !ok || got != "" {
			t.Errorf("%s: the password is %q, %v", what, got, ok)
		}
	}
	for what, got := range map[string]string{
		"another link-up": d.PendingField(another, "user"),
		"another field":   d.PendingField(mine, "password"),
		"another realm":   d.manager("realm2", "client", "app", "records.example").PendingField(mine, "user"),
		"another app":     d.manager("realm", "client", "app2", "records.example").PendingField(mine, "user"),
		"another host":    d.manager("realm", "client", "app", "other.example").PendingField(mine, "user"),
	} {
		if got == name {
			t.Errorf("%s: the same name", what)
		}
	}
	if got, ok := d.ReadPending(form, another, "user"); ok || got != "" {
		t.Errorf("another link-up reads %q", got)
	}
	for _, strange := range []url.Values{nil, {"user": {"chan.sm"}}, {name: nil}, {name: {"a", "b"}}} {
		if got, ok := d.ReadPending(strange, mine, "user"); ok {
			t.Errorf("%v is read as %q", strange, got)
		}
	}
}

// turned is a key ring with a newer key before the older ones.
type turned struct{ session.Keys }

func (k turned) Derive(n int, labels ...string) [][]byte {
	older := k.Keys.Derive(n, labels...)
	return append(k.Keys.Derive(n, append(labels, "newer")...), older...)
}

func TestAFormThatIsOpenOutlivesATurnOfTheKeys(t *testing.T) {
	d := open(t)
	mine := store.Hash([]byte("mine"))
	older := d.PendingField(mine, "user")
	d.keys = turned{d.keys}
	after := d.restarted()
	newer := after.PendingField(mine, "user")
	if newer == older {
		t.Error("the newest key does not name the fields")
	}
	for _, name := range []string{older, newer} {
		if got, ok := after.ReadPending(url.Values{name: {"chan.sm"}}, mine, "user"); !ok || got != "chan.sm" {
			t.Errorf("%s is read as %q, %v", name, got, ok)
		}
	}
}

func TestThePendingCookieNamesItsRow(t *testing.T) {
	d := open(t)
	id := make([]byte, 32)
	rand.Read(id)
	w := httptest.NewRecorder()
	if err := d.SetPending(w, id); err != nil {
		t.Fatal(err)
	}
	c := w.Result().Cookies()[0]
	if strings.Contains(c.Value, string(id)) {
		t.Error("the id is in the clear")
	}
	if got, ok := d.Pending(bearing(c.Name, c.Value)); !ok || got != store.Hash(id) {
		t.Errorf("names %x, %v", got, ok)
	}
	for n := range len(c.Value) {
		altered := []byte(c.Value)
		altered[n] ^= 1
		if _, ok := d.Pending(bearing(c.Name, string(altered))); ok {
			t.Errorf("byte %d altered: is believed", n)
		}
	}
}

func TestWhereToReturnTravelsSealed(t *testing.T) {
	d := open(t)
	for _, want := range []session.Return{
		{Address: "/"},
		{Address: "/ward-3/list.php?page=2&x=%A4%A4", Round: 2},
		{Address: "/" + strings.Repeat("a", 511), Round: session.MaxRounds},
	} {
		sealed := d.SealReturn(want)
		if sealed == "" || strings.Contains(sealed, "ward") {
			t.Errorf("sealed as %q", sealed)
		}
		if got, fresh, ok := d.OpenReturn(sealed); got != want || !fresh || !ok {
			t.Errorf("%+v came back as %+v, %v, %v", want, got, fresh, ok)
		}
	}

	sealed := d.SealReturn(session.Return{Address: "/there", Round: 1})
	for n := range len(sealed) {
		altered := []byte(sealed)
		altered[n] ^= 1
		for _, value := range []string{string(altered), sealed[:n]} {
			got, fresh, ok := d.OpenReturn(value)
			// The last letter holds bits that mean nothing.
			if ok && n < len(sealed)-3 || fresh != ok || !ok && got != (session.Return{Address: "/"}) {
				t.Errorf("altered at %d: %+v, %v, %v", n, got, fresh, ok)
			}
		}
	}

	for age, want := range map[time.Duration]bool{
		0:                               true,
		13 * time.Hour:                  true,
		24*time.Hour - time.Millisecond: true,
		24 * time.Hour:                  false,
		-time.Minute:                    true,
		-2 * time.Minute:                false,
	} {
		d.pass(age)
		got, fresh, ok := d.OpenReturn(sealed)
		if !ok || fresh != want || got.Address != "/there" {
			t.Errorf("after %v: %+v, fresh %v, %v", age, got, fresh, ok)
		}
		d.pass(-age)
	}
}
