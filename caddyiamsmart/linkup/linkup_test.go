package linkup_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// shown is an account to whose password the app said yes.
func shown(a accounts.Account) linkup.Proven {
	return linkup.Proven{Account: a, Source: "form", Way: linkup.ByPassword}
}

func (h *home) pass(by time.Duration) { *h.clock = h.clock.Add(by) }

// at is a linker of another place over the same store.
func (h *home) at(clientID, app, host string) *home {
	l := *h.Linker
	l.ClientID, l.App, l.Host = clientID, app, host
	l.Trail.ClientID, l.Trail.App = clientID, app
	return &home{t: h.t, clock: h.clock, file: h.file, names: h.names, Linker: &l}
}

var (
	chan1 = [32]byte{1} // two persons
	wong  = [32]byte{2}

	records = accounts.Account{Name: "chan.sm", DisplayName: "Chan Siu Ming"}
	pantry  = accounts.Account{Name: "Pantry", Key: "0815"}
)

func arrival(person [32]byte, flow byte) linkup.Arrival {
	return linkup.Arrival{
		Person: person, UserType: "sign", LastModified: time.UnixMilli(1_700_000_000_000).UTC(),
		Flow: store.ID{9, flow}, Sealed: []byte("sealed"),
	}
}

// arrives begins a link-up, which must begin.
func (h *home) arrives(person [32]byte) store.ID {
	h.t.Helper()
	id, ends, err := h.Begin(context.Background(), arrival(person, 1))
	if err != nil {
		h.t.Fatal(err)
	}
	if len(id) != 32 || !ends.Equal(h.clock.Add(linkup.Window)) {
		h.t.Fatalf("an id of %d bytes, ends in %v", len(id), ends.Sub(*h.clock))
	}
	return store.Hash(id)
}

// another is an attempt at a name that nobody has tried yet.
func (h *home) another() linkup.Attempt {
	return linkup.Attempt{Name: fmt.Sprintf("user%d", h.names.Add(1)), Address: "192.0.2.1"}
}

// tries takes a try, which must be left.
func (h *home) tries(id store.ID) linkup.Tried {
	h.t.Helper()
	tried, err := h.Try(context.Background(), id, h.another())
	if err != nil {
		h.t.Fatal(err)
	}
	return tried
}

// proves takes a try and has the app say yes.
func (h *home) proves(id store.ID, a accounts.Account) store.Pending {
	h.t.Helper()
	p, err := h.Prove(context.Background(), h.tries(id), shown(a))
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// confirms agrees to a proof and begins a session.
func (h *home) confirms(p store.Pending, stood ...store.ID) (store.Link, store.Session, error) {
	var begun store.Session
	link, err := h.Confirm(context.Background(), p.ID, linkup.ProofToken(p), func(l store.Link) (store.Session, error) {
		begun = h.session(l, byte(l.ID))
		begun.ID[3] = byte(h.names.Add(1))
		return begun, nil
	}, stood...)
	return link, begun, err
}

func (h *home) session(l store.Link, n byte) store.Session {
	return store.Session{
		ID: store.ID{7, n, l.Person[0]}, ClientID: l.ClientID, App: l.App, Host: h.Host, LinkID: l.ID,
		Account: l.AccountName, AccountKey: l.AccountKey, Person: l.Person,
		LoginAt: *h.clock, CreatedAt: *h.clock, LastSeen: *h.clock, Ends: h.clock.Add(time.Hour),
	}
}

// links goes the whole way.
func (h *home) links(person [32]byte, a accounts.Account) (store.Link, store.Session) {
	h.t.Helper()
	link, s, err := h.confirms(h.proves(h.arrives(person), a))
	if err != nil {
		h.t.Fatal(err)
	}
	return link, s
}

// linkOf is the person's link as the store has it, or nil.
func (h *home) linkOf(person [32]byte) *store.Link {
	h.t.Helper()
	links, err := h.Rows.Links(context.Background(), store.Person{ClientID: h.ClientID, Hash: person}, h.App)
	if err != nil {
		h.t.Fatal(err)
	}
	if len(links) == 0 {
		return nil
	}
	return &links[0]
}

// pending is a link-up as the store has it; nil when none stands.
func (h *home) pending(id store.ID) *store.Pending {
	h.t.Helper()
	p, err := h.Pending(context.Background(), id)
	if errors.Is(err, linkup.ErrEnded) {
		return nil
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return &p
}

func (h *home) stands(id store.ID) bool {
	h.t.Helper()
	_, err := h.Rows.Session(context.Background(), id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		h.t.Fatal(err)
	}
	return err == nil
}

func TestAPersonLinksAnAccount(t *testing.T) {
	for name, c := range map[string]struct {
		account accounts.Account
		key     string
	}{
		"by its name":          {records, "name:chan.sm"},
		"by its immutable key": {pantry, "key:0815"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			id := h.arrives(chan1)
			p := h.pending(id)
			if p == nil || p.Person != chan1 || p.Flow != (store.ID{9, 1}) || p.UserType != "sign" || string(p.Sealed) != "sealed" ||
				p.Tries != 0 || p.Proof != nil || linkup.ProofToken(*p) != "" {
				t.Fatalf("the link-up begins as %+v", p)
			}
			h.pass(time.Minute)
			asked := h.tries(id)
			if h.pending(id).Tries != 1 || asked.Left != linkup.DefaultTries-1 {
				t.Error("the try is not counted before the app is asked")
			}
			proven, err := h.Prove(context.Background(), asked, shown(c.account))
			if err != nil {
				t.Fatal(err)
			}
			shown := h.pending(id)
			if shown.Proof == nil || shown.Proof.AccountName != c.account.Name || shown.Proof.DisplayName != c.account.DisplayName ||
				shown.Proof.AccountKey != c.key || shown.Proof.Source != "form" || shown.Proof.Way != "password" || !shown.Proof.At.Equal(*h.clock) {
				t.Errorf("the proof is %+v", shown.Proof)
			}
			if token := linkup.ProofToken(*shown); len(token) != 43 || token != linkup.ProofToken(proven) {
				t.Errorf("the proof's token is %q", token)
			}
			if h.linkOf(chan1) != nil {
				t.Error("a link stands before the person has agreed")
			}

			link, s, err := h.confirms(*shown)
			if err != nil {
				t.Fatal(err)
			}
			want := store.Link{
				ID: link.ID, ClientID: "client", App: "app", Person: chan1, AccountName: c.account.Name, AccountKey: c.key,
				Source: "form", Way: "password", UserType: "sign", LinkedAt: *h.clock, LastModified: time.UnixMilli(1_700_000_000_000).UTC(),
				DisplayName: c.account.DisplayName, ProvedAt: *h.clock,
			}
			want.Seal = h.Keys.SealOfLink(want)
			if got := h.linkOf(chan1); got == nil || *got != want || link != want {
				t.Errorf("linked %+v, returned %+v, want %+v", got, link, want)
			}
			if !h.stands(s.ID) {
				t.Error("no session is begun")
			}
			if h.pending(id) != nil {
				t.Error("the link-up still stands")
			}
		})
	}
}

func TestALinkupStandsForFiveMinutes(t *testing.T) {
	if linkup.Window != 5*time.Minute {
		t.Errorf("the window is %v", linkup.Window)
	}
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	asked := h.tries(id)
	h.pass(linkup.Window - time.Millisecond)
	p, err := h.Prove(ctx, asked, shown(records))
	if err != nil || h.pending(id) == nil {
		t.Fatalf("a moment before its end: %v", err)
	}
	h.pass(time.Millisecond)
	_, errPending := h.Pending(ctx, id)
	_, errTry := h.Try(ctx, id, h.another())
	_, errProve := h.Prove(ctx, asked, shown(records))
	_, errDisown := h.Disown(ctx, id)
	_, _, errConfirm := h.confirms(p)
	for name, err := range map[string]error{
		"look": errPending, "try": errTry, "proof": errProve, "disown": errDisown, "confirm": errConfirm,
	} {
		if !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("%s after five minutes: %v", name, err)
		}
	}
	if err := h.Cancel(ctx, id); err != nil {
		t.Errorf("cancelling what has ended: %v", err)
	}
	if h.linkOf(chan1) != nil {
		t.Error("a link was made too late")
	}
}

func TestAnotherPlacesRowsAreNotThere(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	p := h.proves(h.arrives(chan1), records)
	for name, other := range map[string]*home{
		"another Client ID": h.at("client2", "app", "records.example"),
		"another app":       h.at("client", "app2", "records.example"),
		"another host":      h.at("client", "app", "other.example"),
	} {
		got, errPending := other.Pending(ctx, p.ID)
		tried, errTry := other.Try(ctx, p.ID, h.another())
		_, errProve := other.Prove(ctx, linkup.Tried{Row: p}, shown(records))
		_, errDisown := other.Disown(ctx, p.ID)
		_, _, errConfirm := other.confirms(p)
		for what, err := range map[string]error{
			"look": errPending, "try": errTry, "proof": errProve, "disown": errDisown, "confirm": errConfirm,
		} {
			if !errors.Is(err, linkup.ErrEnded) {
				t.Errorf("%s from %s: %v", what, name, err)
			}
		}
		if got.Person != [32]byte{} || tried.Row.Person != [32]byte{} {
			t.Errorf("%s is told whose link-up it is", name)
		}
		if err := other.Cancel(ctx, p.ID); err != nil {
			t.Errorf("cancel from %s: %v", name, err)
		}
		if other.linkOf(chan1) != nil {
			t.Errorf("%s has a link", name)
		}
	}
	if now := h.pending(p.ID); now == nil || now.Tries != 1 || linkup.ProofToken(*now) != linkup.ProofToken(p) {
		t.Errorf("it became %+v", now)
	}
	if _, _, err := h.confirms(p); err != nil {
		t.Errorf("at home: %v", err)
	}

	t.Run("and a person has a link in each", func(t *testing.T) {
		h.at("client2", "app", "records.example").links(chan1, records)
		h.at("client", "app2", "records.example").links(chan1, records)
	})
}

func TestT33WithoutTheStoreNothingIsLinked(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	p := h.proves(h.arrives(chan1), records)
	h.Rows.Close()
	_, _, errBegin := h.Begin(ctx, arrival(chan1, 2))
	_, errPending := h.Pending(ctx, p.ID)
	_, errTry := h.Try(ctx, p.ID, h.another())
	_, _, errConfirm := h.confirms(p)
	for name, err := range map[string]error{
		"begin": errBegin, "look": errPending, "try": errTry, "confirm": errConfirm, "cancel": h.Cancel(ctx, p.ID),
	} {
		if err == nil || errors.Is(err, linkup.ErrEnded) || errors.Is(err, linkup.ErrStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
