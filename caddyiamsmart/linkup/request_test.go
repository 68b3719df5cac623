package linkup_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestAPersonAsksForAnAccountAndIsGivenOne(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	var r store.Registration
	h.wrote(func() { r = must[store.Registration](t)(h.Request(ctx, id, []byte("form"))) }, "request_made chan   request person request 1")
	if r.Person != chan1 || r.State != store.RegistrationOpen || string(r.Form) != "form" || r.UserType != "sign" || !r.Expires.Equal(h.clock.Add(90*24*time.Hour)) {
		t.Errorf("asked %+v", r)
	}
	if h.pending(id) != nil {
		t.Error("the link-up stands after it")
	}
	if got := must[store.Registration](t)(h.Requested(ctx, chan1)); got.Number != r.Number || got.State != store.RegistrationOpen {
		t.Errorf("the person is told %+v", got)
	}
	h.pass(time.Hour)
	var link store.Link
	h.wrote(func() { link = must[store.Link](t)(h.approvesRequest(r, records)) },
		"linked chan chan.sm sql request "+admin, "request_approved chan chan.sm  request "+admin+" request 1")
	if *h.linkOf(chan1) != link || link.Person != chan1 || link.AccountKey != "name:chan.sm" || link.Way != linkup.ByRequest ||
		link.Stamp != "s2" || link.Source != "sql" || link.DisplayName != records.DisplayName || !link.LastModified.Equal(r.LastModified) || link.UserType != "sign" {
		t.Errorf("linked %+v", link)
	}
	got := must[store.Registration](t)(h.Requested(ctx, chan1))
	if got.State != store.RegistrationApproved || got.AccountName != "chan.sm" || got.Note != "welcome" || got.Actor != admin || got.Form != nil || !got.DecidedAt.Equal(*h.clock) {
		t.Errorf("the person is told %+v", got)
	}
	h.pass(linkup.RequestLife - time.Millisecond)
	if _, err := h.Requested(ctx, chan1); err != nil {
		t.Errorf("ninety days after the decision: %v", err)
	}
	h.pass(time.Millisecond)
	if _, err := h.Requested(ctx, chan1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after that: %v", err)
	}
}

func TestARefusedRequestLinksNothing(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	r := h.requests(chan1)
	h.wrote(func() {
		if err := h.Refuse(ctx, r.Number, admin, "ask the office"); err != nil {
			t.Fatal(err)
		}
	}, "request_refused chan   request "+admin+" request 1")
	got := must[store.Registration](t)(h.Requested(ctx, chan1))
	if got.State != store.RegistrationRefused || got.Note != "ask the office" || got.Form != nil || len(h.allLinks()) != 0 {
		t.Errorf("%+v", got)
	}
	if h.requests(chan1).Number == r.Number {
		t.Error("a new one has the old one's number")
	}
}

func TestAPersonHasOneOpenRequest(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	r := h.requests(chan1)
	id := h.arrives(chan1)
	h.wrote(func() {
		if _, err := h.Request(ctx, id, []byte("another")); !errors.Is(err, linkup.ErrRequested) {
			t.Errorf("a second: %v", err)
		}
	})
	if h.pending(id) == nil {
		t.Error("the link-up ended, though the person may go another way")
	}
	h.requests(wong)
	h.pass(linkup.RequestLife)
	if again := h.requests(chan1); again.Number == r.Number {
		t.Errorf("after the first has ended: %+v", again)
	}
}

func TestARequestTakesAPersonWhoHasJustComeBack(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	_ = must[store.Pending](t)(h.Wait(ctx, id, []byte("asked")))
	h.pass(linkup.Window)
	if _, err := h.Request(ctx, id, []byte("form")); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("five minutes later: %v", err)
	}
	for name, other := range map[string]*home{"Client ID": h.at("client2", "app", h.Host), "app": h.at("client", "app2", h.Host), "host": h.at("client", "app", "x")} {
		if _, err := other.Request(ctx, h.arrives(chan1), []byte("form")); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestARequestIsDecidedOnce(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	approved, refused := h.requests(chan1), h.requests(wong)
	must[store.Link](t)(h.approvesRequest(approved, records))
	if err := h.Refuse(ctx, refused.Number, admin, ""); err != nil {
		t.Fatal(err)
	}
	h.wrote(func() {
		for _, r := range []store.Registration{approved, refused} {
			if _, err := h.approvesRequest(r, pantry); !errors.Is(err, linkup.ErrDecided) {
				t.Errorf("request %d approved once more: %v", r.Number, err)
			}
			if err := h.Refuse(ctx, r.Number, admin, ""); !errors.Is(err, linkup.ErrDecided) {
				t.Errorf("request %d refused once more: %v", r.Number, err)
			}
		}
	})
	if len(h.allLinks()) != 1 {
		t.Errorf("%+v", h.allLinks())
	}
}

func TestT53ApprovingMeetsTheRules(t *testing.T) {
	for name, c := range map[string]struct {
		rules linkup.Rules
		given func(*home)
		want  error
	}{
		"a taken account":               {given: func(h *home) { h.links(wong, records) }, want: linkup.ErrTaken},
		"a shared account, full":        {linkup.Rules{Shared: map[string]int{"chan.sm": 1}}, func(h *home) { h.links(wong, records) }, linkup.ErrShared},
		"a shared account, not full":    {linkup.Rules{Shared: map[string]int{"chan.sm": 2}}, func(h *home) { h.links(wong, records) }, nil},
		"a person with another account": {given: func(h *home) { h.links(chan1, pantry) }, want: linkup.ErrHaveAnother},
		"one who may have two":          {linkup.Rules{AccountsPerPerson: 2}, func(h *home) { h.links(chan1, pantry) }, nil},
		"one who has this one already":  {given: func(h *home) { h.links(chan1, records) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.Rules = c.rules
			r := h.requests(chan1)
			c.given(h)
			before := len(h.trail(0))
			link, err := h.approvesRequest(r, records)
			if !errors.Is(err, c.want) {
				t.Fatalf("it ends with %v", err)
			}
			open := must[store.Registration](t)(h.Requested(context.Background(), chan1)).State == store.RegistrationOpen
			if c.want != nil && (!open || len(h.trail(before)) != 0 || link != (store.Link{})) {
				t.Error("refused, and something changed")
			}
			if c.want == nil && (open || link.Person != chan1) {
				t.Errorf("approved: %+v", link)
			}
			for _, row := range h.trail(before) { // whatever became of the link, the administrator did it
				if !strings.Contains(row, admin) {
					t.Errorf("the trail says %q", row)
				}
			}
		})
	}
}

func TestARequestThatIsNotOursIsNotThere(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	r := h.requests(chan1)
	for name, other := range map[string]*home{"Client ID": h.at("client2", "app", h.Host), "app": h.at("client", "app2", h.Host)} {
		if _, err := other.approvesRequest(r, records); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("approved from another %s: %v", name, err)
		}
		if err := other.Refuse(ctx, r.Number, admin, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("refused from another %s: %v", name, err)
		}
		if _, err := other.Requested(ctx, chan1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("seen from another %s: %v", name, err)
		}
	}
	if _, err := h.Approve(ctx, 4711, accounts.Record{Account: records}, "sql", admin, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
	h.pass(linkup.RequestLife - time.Millisecond)
	if _, err := h.at("client", "app", "other.example").approvesRequest(r, records); err != nil {
		t.Errorf("a moment before its end, from another host of the app: %v", err)
	}
	late := h.requests(wong)
	h.pass(linkup.RequestLife)
	if err := h.Refuse(ctx, late.Number, admin, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
	if _, err := h.approvesRequest(late, pantry); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
}

func TestARequestThatWasAlteredIsNotDecided(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	r := h.requests(chan1)
	h.behind(`UPDATE registrations SET person = x'` + "02" + zeros + `'`)
	const remedy = "delete all rows of the table registrations"
	_, err := h.approvesRequest(r, records)
	h.told(err, remedy)
	h.told(h.Refuse(ctx, r.Number, admin, ""), remedy)
	_, err = h.Requested(ctx, wong)
	h.told(err, remedy)
	if len(h.allLinks()) != 0 {
		t.Error("linked")
	}
}

const zeros = "00000000000000000000000000000000000000000000000000000000000000"

func TestT53RaceOfTwentyForOneRequest(t *testing.T) {
	h := open(t)
	r := h.requests(chan1)
	var all sync.WaitGroup
	var done atomic.Int64
	for n := range 20 {
		all.Go(func() {
			var err error
			if n%2 == 0 {
				_, err = h.approvesRequest(r, records)
			} else {
				err = h.Refuse(context.Background(), r.Number, admin, "")
			}
			if err == nil {
				done.Add(1)
			} else if !errors.Is(err, linkup.ErrDecided) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("decided %d times", done.Load())
	}
}

func TestWhoDecidesMustBeNamed(t *testing.T) {
	for _, actor := range []string{"", "person", "gate"} { // in the trail they would be somebody else
		h := open(t)
		r := h.requests(chan1)
		h.expects(number, pantry)
		before := len(h.trail(0))
		if _, err := h.Approve(context.Background(), r.Number, accounts.Record{Account: records}, "sql", actor, ""); err == nil {
			t.Errorf("approved by %q", actor)
		}
		if err := h.Refuse(context.Background(), r.Number, actor, ""); err == nil {
			t.Errorf("refused by %q", actor)
		}
		if _, _, err := h.Code(context.Background(), records, "sql", actor); err == nil {
			t.Errorf("a code made by %q", actor)
		}
		if _, err := h.Expect(context.Background(), linkup.Expected{HKICHash: [32]byte{0x22}, Account: records}, actor, false); err == nil {
			t.Errorf("expected by %q", actor)
		}
		if _, err := h.Unexpect(context.Background(), pantry, "sql", actor, false); err == nil {
			t.Errorf("taken back by %q", actor)
		}
		if len(h.allLinks()) != 0 || len(h.trail(before)) != 0 {
			t.Error("something was done")
		}
	}
}
