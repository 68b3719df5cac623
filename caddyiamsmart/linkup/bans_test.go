package linkup_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// usesUp uses up the tries of a person at one account.
func (h *home) usesUp(person [32]byte, name string) store.ID {
	h.t.Helper()
	id := h.arrives(person)
	for range linkup.DefaultTries {
		must[linkup.Tried](h.t)(h.Try(context.Background(), id, linkup.Attempt{Name: name, Address: "192.0.2.1"}))
	}
	return id
}

// banned wants these to have no tries, each as the person's short name or "account".
func (h *home) banned(want ...string) (bans []linkup.Ban) {
	h.t.Helper()
	bans = must[[]linkup.Ban](h.t)(h.Bans(context.Background()))
	var got []string
	for _, b := range bans {
		who := "account"
		for name, person := range map[string][32]byte{"chan": chan1, "wong": wong} {
			if b.Person == h.Keys.Pseudonym(person, h.ClientID, h.App) {
				who = name
			}
		}
		if (b.Scope == store.OfPerson) != (who != "account") || b.Tries != linkup.DefaultTries || !b.Until.Equal(h.clock.Add(linkup.TriesWindow)) || len(b.Ref) != 8 {
			h.t.Errorf("%+v", b)
		}
		got = append(got, who)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		h.t.Fatalf("banned are %v, want %v", got, want)
	}
	return bans
}

// Given a person and an account out of tries, when an administrator lifts one of the
// two, by whichever name, then that one may be tried again at once, the other not, and
// the trail says who did it.
func TestABanIsLiftedByWhateverItIsCalled(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		whose func(person, account linkup.Ban) linkup.Banned
		stays string
		wrote string // before the reference
	}{
		"a person":               {func(p, _ linkup.Ban) linkup.Banned { return linkup.Banned{Person: p.Person} }, "account", "ban_lifted chan    " + admin},
		"a person's reference":   {func(p, _ linkup.Ban) linkup.Banned { return linkup.Banned{Ref: p.Ref} }, "account", "ban_lifted chan    " + admin},
		"an account":             {func(_, _ linkup.Ban) linkup.Banned { return linkup.Banned{Account: "chan.sm"} }, "chan", "ban_lifted - chan.sm   " + admin},
		"an account's spelling":  {func(_, _ linkup.Ban) linkup.Banned { return linkup.Banned{Account: ` HOME\Chan.SM `} }, "chan", `ban_lifted - HOME\Chan.SM   ` + admin},
		"an account's reference": {func(_, a linkup.Ban) linkup.Banned { return linkup.Banned{Ref: a.Ref} }, "chan", "ban_lifted -    " + admin},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.t = t
			id := h.usesUp(chan1, "chan.sm")
			bans := h.banned("chan", "account")
			lifted := bans[0]
			if c.stays == "chan" {
				lifted = bans[1]
			}
			h.wrote(func() {
				if got, err := h.Lift(ctx, admin, c.whose(bans[0], bans[1])); got != lifted || err != nil {
					t.Errorf("lifted is %+v, %v; want %+v", got, err, lifted)
				}
			}, c.wrote+" "+lifted.Ref)
			h.banned(c.stays)
			if c.stays == "account" { // the page that the person has open works again
				h.tries(id)
				return
			}
			must[linkup.Tried](t)(h.Try(ctx, h.arrives(wong), linkup.Attempt{Name: "chan.sm", Address: "192.0.2.1"}))
		})
	}
}

// Given a person whose link-up was left open, or ended, when their ban is lifted, then
// they begin anew with all tries.
func TestWhoseBanIsLiftedBeginsAnew(t *testing.T) {
	ctx := context.Background()
	for name, leave := range map[string]func(h *home, id store.ID) error{
		"open":  func(*home, store.ID) error { return nil },
		"ended": func(h *home, id store.ID) error { return h.Cancel(ctx, id) },
		"gone":  func(h *home, id store.ID) error { h.pass(linkup.Window); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.t = t
			if err := leave(h, h.usesUp(chan1, "chan.sm")); err != nil {
				t.Fatal(err)
			}
			must[linkup.Ban](t)(h.Lift(ctx, admin, linkup.Banned{Person: h.Keys.Pseudonym(chan1, h.ClientID, h.App)}))
			h.exhausted(h.arrives(chan1), linkup.DefaultTries)
		})
	}
}

// Given nobody of that name who is out of tries, then nothing is lifted and nothing
// written; and nobody lifts a ban without being named.
func TestABanThatCannotBeLifted(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(wong)
	for range linkup.DefaultTries - 1 {
		must[linkup.Tried](t)(h.Try(ctx, id, linkup.Attempt{Name: "wong.ml", Address: "192.0.2.1"}))
	}
	h.usesUp(chan1, "chan.sm")
	bans := h.banned("chan", "account")
	if bans[0].Ref == bans[1].Ref {
		t.Error("two bans have one reference")
	}
	elsewhere := h.at(h.ClientID, "roster", h.Host)
	h.wrote(func() {
		for _, whose := range []linkup.Banned{
			{}, {Ref: "aaaaaaaa"}, {Person: bans[0].Ref}, {Ref: bans[0].Person}, {Account: bans[1].Ref},
			{Account: "wong.ml"}, {Person: h.Keys.Pseudonym(wong, h.ClientID, h.App)}, {Account: "nobody"},
		} {
			if _, err := h.Lift(ctx, admin, whose); !errors.Is(err, linkup.ErrNoBan) {
				t.Errorf("%+v: %v", whose, err)
			}
		}
		for _, whose := range []linkup.Banned{{Ref: bans[0].Ref}, {Person: bans[0].Person}, {Account: "chan.sm"}} {
			if _, err := elsewhere.Lift(ctx, admin, whose); !errors.Is(err, linkup.ErrNoBan) {
				t.Errorf("in another app, %+v: %v", whose, err)
			}
			for _, actor := range []string{"", store.ActorPerson} {
				if _, err := h.Lift(ctx, actor, whose); err == nil || errors.Is(err, linkup.ErrNoBan) {
					t.Errorf("by %q: %v", actor, err)
				}
			}
		}
	})
	h.banned("chan", "account")
	h.pass(linkup.TriesWindow - time.Millisecond)
	if n := len(must[[]linkup.Ban](t)(h.Bans(ctx))); n != 2 {
		t.Errorf("%d bans a moment before their end", n)
	}
	h.pass(time.Millisecond)
	h.banned()
	if _, err := h.Lift(ctx, admin, linkup.Banned{Account: "chan.sm"}); !errors.Is(err, linkup.ErrNoBan) {
		t.Errorf("one that has ended: %v", err)
	}
}

// Given links of the app and of another, then a page holds those of the app, in their
// order, and tells which of them was altered.
func TestLinksComeInPages(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	first, _ := h.links(chan1, records)
	second, _ := h.links(wong, pantry)
	h.at(h.ClientID, "roster", h.Host).links(lee, records)
	h.stored(store.Link{Person: [32]byte{9}, AccountName: "boss", AccountKey: "name:other"})
	for _, c := range []struct {
		after int64
		limit int
		want  string
	}{{0, 10, "chan.sm, Pantry, boss!"}, {0, 1, "chan.sm"}, {first.ID, 1, "Pantry"}, {second.ID, 10, "boss!"}, {1000, 10, ""}} {
		var got []string
		for _, l := range must[[]linkup.ListedLink](t)(h.AllLinks(ctx, c.after, c.limit)) {
			name := l.AccountName
			if l.Altered {
				name += "!"
			}
			got = append(got, name)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("after %d, at most %d: %v, want %s", c.after, c.limit, got, c.want)
		}
	}
}
