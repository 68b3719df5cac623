package store_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// altered calls look for each field of row, in structs within it too, while that
// field says something else.
func altered(t *testing.T, row reflect.Value, name string, look func(field string)) {
	t.Helper()
	for i := range row.NumField() {
		field, of := row.Field(i), name+row.Type().Field(i).Name
		was := reflect.ValueOf(field.Interface())
		switch v := field.Interface().(type) {
		case int, int64:
			field.SetInt(field.Int() + 1)
		case string:
			field.SetString(v + "x")
		case store.RegistrationState:
			field.SetString(string(v) + "x")
		case []byte:
			field.SetBytes(append([]byte("x"), v...))
		case time.Time:
			field.Set(reflect.ValueOf(v.Add(time.Millisecond)))
		case [32]byte:
			v[31]++
			field.Set(reflect.ValueOf(v))
		case store.Seal:
			v[31]++
			field.Set(reflect.ValueOf(v))
		case *store.Proof:
			altered(t, field.Elem(), of+".", look)
			field.SetZero()
		case store.Link:
			continue // has a seal of its own
		default:
			t.Fatalf("what is a %T? Teach this test and the seal", v)
		}
		look(of)
		field.Set(was)
	}
}

// A field that is added to a row later is missing in the seal until this fails.
func TestASealCoversEveryField(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "iamsmart.db"))
	keys := openKeys(t, s)

	link := linkOf("mei", "chan")
	link.ID = 7
	link.Seal = keys.SealOfLink(link)
	pending := pendingOf("mei", "on the way")
	pending.Proof = &store.Proof{ID: id("proof"), AccountName: "chan", AccountKey: "name:chan", Source: "form", Way: "password", At: noon}
	pending.Seal = keys.SealOfPending(pending)
	fresh := store.FreshLink{Link: link, Session: id("session"), Sealed: []byte("sealed"), Expires: noon}
	fresh.Seal = keys.SealOfFreshLink(fresh)

	old := store.Link{ID: 8, ClientID: "home", App: "records", AccountName: "chan", LinkedAt: noon, ProvedAt: noon}
	old.Seal = keys.SealOfLink(old)

	for name, c := range map[string]struct {
		row  any
		fits func() bool
	}{
		"link of before":  {&old, func() bool { return keys.LinkFits(old) }},
		"link":            {&link, func() bool { return keys.LinkFits(link) }},
		"pending link-up": {&pending, func() bool { return keys.PendingFits(pending) }},
		"fresh link":      {&fresh, func() bool { return keys.FreshLinkFits(fresh) }},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.fits() {
				t.Fatal("it does not fit its own seal")
			}
			n := 0
			altered(t, reflect.ValueOf(c.row).Elem(), "", func(field string) {
				n++
				if c.fits() {
					t.Errorf("with another %s it fits still", field)
				}
			})
			if !c.fits() || n < 4 {
				t.Errorf("%d fields were altered", n)
			}
		})
	}
	if f := fresh; f.Link.ID == 7 {
		if f.Link.ID++; keys.FreshLinkFits(f) {
			t.Error("the right to undo one link is that to undo another")
		}
	}
	for name, seal := range map[string]store.Seal{"none": {}, "a pending link-up's": pending.Seal} {
		l := link
		if l.Seal = seal; keys.LinkFits(l) {
			t.Errorf("a link fits a seal that is %s", name)
		}
	}
}

func TestASealIsOfOneKeyRingAndOutlivesItsTurn(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "iamsmart.db"))
	keys := openKeys(t, s)
	link := insertLink(t, s, linkOf("mei", "chan"))
	stored := func() store.Link {
		t.Helper()
		l, err := findLink(s, personOf(link), link.App)
		must(t, err)
		return l
	}
	if keys.LinkFits(stored()) {
		t.Error("a link fits before it is sealed")
	}
	update(t, s, func(tx *store.Tx) error { return tx.SealLink(link.ID, keys.SealOfLink(link)) })
	if !keys.LinkFits(stored()) {
		t.Error("it does not fit after it was stored")
	}
	update(t, s, func(tx *store.Tx) error {
		wantError(t, tx.SealLink(link.ID+1, keys.SealOfLink(link)), store.ErrNotFound)
		return nil
	})
	must(t, store.TurnRing(t.Context(), s, root(t, rootText), 2))
	if turned := openKeys(t, s); !turned.LinkFits(stored()) || turned.SealOfLink(link) == stored().Seal {
		t.Error("the newest key does not seal, or the old one does not open")
	}
	other := openKeys(t, openFile(t, filepath.Join(t.TempDir(), "other.db")))
	if other.LinkFits(stored()) {
		t.Error("it fits in another store with the same root key")
	}
}
