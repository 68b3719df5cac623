package linkup_test

import (
	"errors"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// A bit turns in the file: staff1 becomes staff0, who is somebody else.
func TestALinkWithAnotherNameIsNotSound(t *testing.T) {
	for name, want := range map[string]error{
		"Staff1":    nil,
		"STAFF1":    nil, // a spelling of the same account
		"staff0":    store.ErrDamaged,
		"staff":     store.ErrDamaged,
		"\xf3taff1": store.ErrDamaged,
	} {
		link := store.Link{AccountName: name, AccountKey: linkup.Key(accounts.Account{Name: "staff1"})}
		if err := linkup.Sound(link); !errors.Is(err, want) {
			t.Errorf("%q: error is %v", name, err)
		}
		link.AccountKey = linkup.Key(accounts.Account{Key: "17", Name: "staff1"})
		if err := linkup.Sound(link); err != nil {
			t.Errorf("%q with a key of its own: error is %v", name, err)
		}
	}
	if err := linkup.Sound(store.Link{AccountName: "staff1", AccountKey: "namf:staff1"}); err == nil {
		t.Error("a key of no kind is sound")
	}
}

// Linking once more what is linked already does not lead round that.
func TestALinkThatIsNotSoundIsNotConfirmedOnceMore(t *testing.T) {
	h := open(t)
	err := h.Rows.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.InsertLink(store.Link{
			ClientID: h.ClientID, App: h.App, Person: chan1, AccountName: "wong.ml", AccountKey: "name:chan.sm",
			Source: "form", Way: "password", LinkedAt: *h.clock, LastModified: *h.clock,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, s, err := h.confirms(h.proves(h.arrives(chan1), records)); !errors.Is(err, store.ErrDamaged) || h.stands(s.ID) {
		t.Errorf("error is %v", err)
	}
}
