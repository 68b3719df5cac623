package session_test

import (
	"encoding/binary"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/securecookie"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// asks is the official button of a confirm page, pressed in a browser.
func (d *desk) asks(j jar, pending, proof store.ID) session.ApprovalFlow {
	d.t.Helper()
	w := httptest.NewRecorder()
	state, err := d.StartApproval(w, j.request(), pending, proof)
	if err != nil {
		d.t.Fatal(err)
	}
	j.take(w)
	f, err := d.Flow(j.request(), state)
	approval, ok := f.(session.ApprovalFlow)
	if err != nil || !ok {
		d.t.Fatalf("%#v, %v", f, err)
	}
	return approval
}

// startApproval begins an approval in a new browser and returns its cookie.
func (d *desk) startApproval(pending, proof store.ID) (session.ApprovalFlow, *http.Cookie) {
	d.t.Helper()
	j := make(jar)
	f := d.asks(j, pending, proof)
	for name, value := range j {
		return f, &http.Cookie{Name: name, Value: value}
	}
	d.t.Fatal("no flow cookie is set")
	return f, nil
}

func TestAnApprovalComesBackAsItWasStarted(t *testing.T) {
	d := open(t)
	j := make(jar)
	pending, proof := store.Hash([]byte("pending")), store.Hash([]byte("proof"))
	f := d.asks(j, pending, proof)
	d.pass(19 * time.Minute)
	got, err := d.Flow(j.request(), f.State)
	approval, ok := got.(session.ApprovalFlow)
	if err != nil || !ok {
		t.Fatalf("%#v, %v", got, err)
	}
	if p, q := approval.For(); p != pending || q != proof || approval.State != f.State || approval.Used {
		t.Errorf("came back as %+v", approval)
	}
	if approval.Claim() != f.Claim() || !approval.Ends().Equal(f.Started.Add(session.FlowLife)) {
		t.Error("its claim is another, or ends at another time")
	}
	for name, value := range j {
		if len(value) > 1100 {
			t.Errorf("cookie %s has %d bytes", name, len(value))
		}
	}

	t.Run("once: what is answered is an approval still, but a used one", func(t *testing.T) {
		d.answers(j, f.State)
		got, err := d.Flow(j.request(), f.State)
		approval, ok := got.(session.ApprovalFlow)
		if !errors.Is(err, session.ErrFlowEnded) || !ok || !approval.Used {
			t.Errorf("%#v, %v", got, err)
		}
		if next := d.starts(j, session.Return{Address: "/"}); next.Round != 0 || len(j) != 1 {
			t.Errorf("the next login is in round %d, with %d cookies", next.Round, len(j))
		}
	})
	t.Run("in time", func(t *testing.T) {
		j := make(jar)
		f := d.asks(j, pending, proof)
		d.pass(session.FlowLife)
		got, err := d.Flow(j.request(), f.State)
		if _, ok := got.(session.ApprovalFlow); !errors.Is(err, session.ErrFlowEnded) || !ok {
			t.Errorf("%#v, %v", got, err)
		}
	})
}

func TestApprovalsAndLoginsShareTheFiveFlows(t *testing.T) {
	d := open(t)
	j := make(jar)
	first := d.starts(j, session.Return{Address: "/"})
	for range 5 {
		d.pass(time.Second)
		d.asks(j, store.ID{1}, store.ID{2})
	}
	if len(j) != 5 {
		t.Errorf("the browser holds %d flows", len(j))
	}
	if _, err := d.Flow(j.request(), first.State); !errors.Is(err, session.ErrNoFlow) {
		t.Errorf("the oldest: %v", err)
	}
}

// TestAFlowIsOfItsKind: no cookie makes an approval of a login, an approval of a
// login, or either of what was sealed before flows had a kind.
func TestAFlowIsOfItsKind(t *testing.T) {
	d := open(t)
	login, loginCookie := d.start(session.Return{Address: "/" + strings.Repeat("a", 63)})
	approval, approvalCookie := d.startApproval(store.ID{1}, store.ID{2})
	for name, c := range map[string]struct {
		state string
		r     *http.Request
	}{
		"an approval's value under a login's name": {login.State, bearing(loginCookie.Name, approvalCookie.Value)},
		"a login's value under an approval's name": {approval.State, bearing(approvalCookie.Name, loginCookie.Value)},
		"an approval's value for a login's state":  {login.State, bearing(approvalCookie.Name, approvalCookie.Value)},
	} {
		if got, err := d.Flow(c.r, c.state); !errors.Is(err, session.ErrNoFlow) {
			t.Errorf("%s: %#v, %v", name, got, err)
		}
	}

	// What this very gate has sealed under the right name and key is still
	// nothing, if its kind is unknown or its length is another's.
	raw := make([]byte, 24)
	state := strings.Repeat("A", 32)
	name := strings.TrimSuffix(loginCookie.Name, login.State[:8]) + state[:8]
	seal := func(head []byte, rest string) string {
		plain := binary.BigEndian.AppendUint64(head, uint64(d.clock.UnixMilli()))
		plain = append(append(append(plain, make([]byte, 16)...), raw...), rest...)
		key := d.keys.Derive(64, "flow cookie", "realm", "app", "records.example")[0]
		codec := securecookie.New(key[:32], key[32:64])
		codec.SetSerializer(securecookie.NopEncoder{})
		sealed, err := codec.Encode(name[:strings.LastIndex(name, "-f-")+3], plain)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	for what, c := range map[string]struct {
		head []byte
		rest string
		ok   bool
	}{
		"a login":                          {[]byte("L\x00"), "/", true},
		"an approval":                      {[]byte("A\x00"), strings.Repeat("x", 64), true},
		"of before the kinds, round 0":     {[]byte{0}, "/there", false},
		"of before the kinds, used":        {[]byte{1}, "/there", false},
		"of before the kinds, last round":  {[]byte{6}, "/there", false},
		"of no kind that is known":         {[]byte("X\x00"), "/", false},
		"an approval that is too short":    {[]byte("A\x00"), strings.Repeat("x", 63), false},
		"an approval that is too long":     {[]byte("A\x00"), strings.Repeat("x", 65), false},
		"an approval of nothing":           {[]byte("A\x00"), "", false},
		"a login without a place to go to": {[]byte("L\x00"), "", false},
	} {
		if got, err := d.Flow(bearing(name, seal(c.head, c.rest)), state); (err == nil) != c.ok {
			t.Errorf("%s: %#v, %v", what, got, err)
		}
	}
}

func TestForgetLinkEndsItsSessionsInEveryBrowser(t *testing.T) {
	d := open(t)
	pc, phone := d.login(session.Nobody{}), d.login(session.Nobody{})
	d.linked(pc)
	d.linked(phone)
	gone := d.link.ID
	d.linkIn("client", "app2")
	other := d.manager("realm", "client", "app2", "records.example")
	draft, err := other.Draft(d.link)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := other.Open(t.Context(), w, draft, session.Nobody{}); err != nil {
		t.Fatal(err)
	}
	bystander := only(t, w, other.SessionCookie()).Value
	if _, ok := d.who(other, bystander, false).(session.Linked); !ok {
		t.Fatal("the bystander is not logged in")
	}

	if err := d.rows.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteLink(gone) }); err != nil {
		t.Fatal(err)
	}
	d.ForgetLink(gone)
	for name, cookie := range map[string]string{"PC": pc, "phone": phone} {
		if v := d.who(d.Manager, cookie, true); v != (session.Nobody{}) {
			t.Errorf("%s: %#v", name, v)
		}
	}
	if _, ok := d.who(other, bystander, false).(session.Linked); !ok {
		t.Error("another link's session ended too")
	}
}
