package linkup_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// stored puts a link into the store that somebody has sealed as it is.
func (h *home) stored(link store.Link) {
	h.t.Helper()
	link.ClientID, link.App, link.Source, link.Way = h.ClientID, h.App, "form", "password"
	link.LinkedAt, link.LastModified = *h.clock, *h.clock
	err := h.Rows.Update(context.Background(), func(tx *store.Tx) (err error) {
		if link.ID, err = tx.InsertLink(link); err != nil {
			return err
		}
		return tx.SealLink(link.ID, h.Keys.SealOfLink(link))
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// A bit had turned in the file before its links were sealed: staff1 became staff0,
// who is somebody else.
func TestALinkWithAnotherNameIsNotSound(t *testing.T) {
	for name, want := range map[string]error{
		"Staff1":    nil,
		"STAFF1":    nil, // a spelling of the same account
		"staff0":    store.ErrDamaged,
		"staff":     store.ErrDamaged,
		"\xf3taff1": store.ErrDamaged,
	} {
		for key, want := range map[string]error{
			linkup.Key(accounts.Account{Name: "staff1"}):            want,
			linkup.Key(accounts.Account{Key: "17", Name: "staff1"}): nil,
			"namf:staff1": store.ErrDamaged,
		} {
			h := open(t)
			h.stored(store.Link{Person: chan1, AccountName: name, AccountKey: key})
			if _, err := h.Find(context.Background(), chan1); !errors.Is(err, want) {
				t.Errorf("%q with the key %q: error is %v", name, key, err)
			}
		}
	}
}

// Linking once more what is linked already does not lead round that.
func TestALinkThatIsNotSoundIsNotConfirmedOnceMore(t *testing.T) {
	h := open(t)
	p := h.proves(h.arrives(chan1), records)
	h.stored(store.Link{Person: chan1, AccountName: "wong.ml", AccountKey: "name:chan.sm"})
	if _, s, err := h.confirms(p); !errors.Is(err, store.ErrDamaged) || h.stands(s.ID) {
		t.Errorf("error is %v", err)
	}
	if _, err := h.Prove(context.Background(), h.tries(h.arrives(chan1)), shown(records)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("proven once more: %v", err)
	}
}

// behind changes rows in the file past the program, as somebody does who can write
// to it and has no key.
func (h *home) behind(statements ...string) {
	h.t.Helper()
	db, err := sql.Open("sqlite", h.file+"?_busy_timeout=5000")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		result, err := db.ExecContext(context.Background(), statement)
		if err != nil {
			h.t.Fatalf("%s: %v", statement, err)
		}
		if n, _ := result.RowsAffected(); n == 0 && strings.HasPrefix(statement, "UPDATE") {
			h.t.Fatalf("%s: changed nothing", statement)
		}
	}
}

// empty begins anew in the same file.
func (h *home) empty() {
	h.behind(`DELETE FROM fresh_links`, `DELETE FROM sessions`, `DELETE FROM links`, `DELETE FROM past_links`, `DELETE FROM pendings`, `DELETE FROM tries`)
}

// told wants an error that says what is wrong and what to do, and names nobody.
func (h *home) told(err error, remedy string) {
	h.t.Helper()
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), remedy) {
		h.t.Errorf("error is %v", err)
		return
	}
	for _, secret := range []string{"chan", "wong", "boss", "client", "records"} {
		if strings.Contains(err.Error(), secret) {
			h.t.Errorf("the error names %q: %v", secret, err)
		}
	}
}

// Given chan.sm, linked to chan1, and the manager's account, linked to wong, then
// chan1, who can write to the file, becomes the manager by no change to it.
func TestALinkThatWasAlteredOpensNothing(t *testing.T) {
	const (
		mine, theirs = ` WHERE account_name = 'chan.sm'`, ` WHERE account_name = 'boss'`
		aside        = `UPDATE links SET slot = slot + 7`
		others       = `INSERT INTO links (client_id, app, person, slot, account_name, account_key, source, way, user_type, linked_at, last_modified, seal)
			SELECT client_id, app, (SELECT person FROM links` + mine + `), slot, account_name, 'key:1', source, way, user_type, linked_at, last_modified, seal
			FROM links` + theirs
	)
	swapped := func(column string) string {
		return `UPDATE links SET ` + column + ` = (SELECT ` + column + ` FROM before WHERE before.id <> links.id)`
	}
	h, whole := open(t), t
	for name, changes := range map[string][]string{
		"my link names another account":    {`UPDATE links SET account_name = 'chief', account_key = 'name:chief'` + mine},
		"its key is made one of its own":   {`UPDATE links SET account_name = 'boss', account_key = 'key:1'` + mine},
		"and the seal is taken away":       {`UPDATE links SET account_name = 'chief', account_key = 'name:chief', seal = NULL` + mine},
		"and the seal is guessed":          {`UPDATE links SET account_name = 'chief', account_key = 'name:chief', seal = zeroblob(32)` + mine},
		"and the seal is that of another":  {`UPDATE links SET account_name = 'chief', account_key = 'name:chief', seal = (SELECT seal FROM links` + theirs + `)` + mine},
		"all seals are taken away":         {`UPDATE links SET seal = NULL`},
		"another's link is mine":           {aside + mine, `UPDATE links SET person = (SELECT person FROM links` + mine + `)` + theirs},
		"another's link is copied to me":   {aside + mine, others},
		"two links change their accounts":  {swapped("account_name"), `UPDATE links SET account_key = 'key:' || id`},
		"two links change their seals":     {swapped("seal")},
		"two links change persons":         {`UPDATE links SET slot = id`, swapped("person"), `UPDATE links SET slot = 0`},
		"two links change ids":             {`UPDATE links SET id = -id`, `UPDATE links SET id = (SELECT sum(id) FROM before) + id`},
		"a link of another app":            {aside + mine, `UPDATE links SET slot = 0, app = 'app', account_key = 'key:2' WHERE app = 'app2'`},
		"a link of another Client ID":      {aside + mine, `UPDATE links SET slot = 0, client_id = 'client', account_key = 'key:2' WHERE client_id = 'client2'`},
		"a second account takes the place": {`UPDATE links SET slot = 3` + mine, `UPDATE links SET slot = 0` + mine, `UPDATE links SET way = 'hkic'` + mine},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			h.empty()
			_, s := h.links(chan1, records)
			if strings.Contains(name, "another app") {
				h.at("client", "app2", h.Host).links(chan1, accounts.Account{Name: "boss"})
			} else if strings.Contains(name, "another Client ID") {
				h.at("client2", "app", h.Host).links(chan1, accounts.Account{Name: "boss"})
			} else {
				h.links(wong, accounts.Account{Name: "boss"})
			}
			h.behind(`DROP TABLE IF EXISTS before`, `CREATE TABLE before AS SELECT * FROM links`)
			h.behind(changes...)
			links, err := h.Find(context.Background(), chan1)
			if len(links) > 0 {
				t.Errorf("it is given away: %+v", links)
			}
			h.told(err, "delete this link from the store")
			if !strings.HasPrefix(err.Error(), "link ") {
				t.Errorf("it is not said which: %v", err)
			}
			// Nor does linking anew lead round it, nor is anything undone.
			p, err := h.Prove(context.Background(), h.tries(h.arrives(chan1)), shown(records))
			if p.Proof != nil {
				t.Error("a proof is recorded")
			}
			h.told(err, "delete this link from the store")
			if _, err := h.Undo(context.Background(), s.ID); err == nil {
				t.Error("undone")
			}
			if name == "all seals are taken away" {
				h.t = whole
				h.start() // a new start seals none of them anew
				h.t = t
				root, err := store.ParseRootKey(rootText)
				if err != nil {
					t.Fatal(err)
				}
				if n, err := store.SealOldLinks(context.Background(), h.Rows, h.Keys, root); n != 0 || err != nil {
					t.Errorf("%d sealed, %v", n, err)
				}
				_, err = h.Find(context.Background(), chan1)
				h.told(err, "delete this link from the store")
			}
		})
	}
}

// Given chan1, who has proven chan.sm, or not yet, and can write to the file, then
// the link-up ends with no other account, no other person and no more time.
func TestAPendingLinkUpThatWasAlteredLinksNothing(t *testing.T) {
	h := open(t)
	for name, change := range map[string]string{
		"another account is proven":  `UPDATE pendings SET proof_account_name = 'boss', proof_account_key = 'name:boss'`,
		"another person has proven":  `UPDATE pendings SET person = zeroblob(32)`,
		"another's proof is copied":  `UPDATE pendings SET proof_id = (SELECT proof_id FROM pendings WHERE hex(person) LIKE '02%'), proof_account_name = 'wong.ml', proof_account_key = 'name:wong.ml'`,
		"the way is another":         `UPDATE pendings SET proof_way = 'hkic'`,
		"the tries are taken back":   `UPDATE pendings SET tries = 0`,
		"there is more time":         `UPDATE pendings SET created_at = created_at + 600000, expires = expires + 600000`,
		"it came from another login": `UPDATE pendings SET flow = zeroblob(32)`,
		"the seal is taken away":     `UPDATE pendings SET seal = NULL`,
		"it goes on elsewhere":       `UPDATE pendings SET sealed = x'00'`,
		"there is no proof any more": `UPDATE pendings SET proof_id = NULL`,
		"the person is another sort": `UPDATE pendings SET user_type = 'boss'`,
		"the person's id is another": `UPDATE pendings SET id = zeroblob(32)`,
		"the seal is another's":      `UPDATE pendings SET seal = (SELECT seal FROM pendings WHERE hex(person) LIKE '02%')`,
		"it is told by another name": `UPDATE pendings SET proof_display_name = 'boss'`,
		"it is of another Client ID": `UPDATE pendings SET client_id = 'client2'`,
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			h.t = t
			h.empty()
			h.proves(h.arrives(wong), accounts.Account{Name: "wong.ml"})
			p := h.proves(h.arrives(chan1), records)
			h.behind(change + ` WHERE hex(person) LIKE '01%'`)
			at := h
			if strings.Contains(name, "Client ID") {
				at = h.at("client2", h.App, h.Host)
			}
			if strings.Contains(name, "id is another") {
				p.ID = store.ID{}
			}
			const remedy = "delete all rows of the table pendings"
			_, err := at.Pending(ctx, p.ID)
			at.told(err, remedy)
			_, s, err := at.confirms(p)
			at.told(err, remedy)
			_, err = at.Try(ctx, p.ID, h.another())
			at.told(err, remedy)
			if h.stands(s.ID) || h.linkOf(chan1) != nil || at.linkOf(chan1) != nil || h.linkOf([32]byte{}) != nil {
				t.Error("something is linked")
			}
			// A new login does not count from what the row says now, either.
			if !strings.Contains(name, "another person") {
				_, _, err = at.Begin(ctx, arrival(chan1, 2))
				at.told(err, remedy)
			}
			// Whoever else is linking goes on, and once the rows are gone so may all.
			h.arrives(wong)
			h.behind(`DELETE FROM pendings`)
			h.proves(h.arrives(chan1), records)
		})
	}
}

func TestTheRightToUndoThatWasAlteredUndoesNothing(t *testing.T) {
	h := open(t)
	for name, change := range map[string]string{
		"another's link":         `UPDATE fresh_links SET link_id = (SELECT id FROM links WHERE account_name = 'wong.ml')`,
		"another's session":      `UPDATE fresh_links SET session = (SELECT id FROM sessions WHERE account = 'lee.kk')`,
		"more time":              `UPDATE fresh_links SET expires = expires + 600000`,
		"the seal is taken away": `UPDATE fresh_links SET seal = NULL`,
		"it goes on elsewhere":   `UPDATE fresh_links SET sealed = x'00'`,
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			h.empty()
			_, s := h.links(chan1, records)
			h.links(wong, accounts.Account{Name: "wong.ml"})
			_, lees := h.links([32]byte{3}, accounts.Account{Name: "lee.kk"})
			h.behind(`DELETE FROM fresh_links WHERE session = (SELECT id FROM sessions WHERE account = 'lee.kk')`,
				change+` WHERE link_id = (SELECT id FROM links WHERE account_name = 'chan.sm')`)
			session := s.ID
			if name == "another's session" {
				session = lees.ID
			}
			const remedy = "delete all rows of the table fresh_links"
			_, err := h.Fresh(context.Background(), session)
			h.told(err, remedy)
			_, err = h.Undo(context.Background(), session)
			h.told(err, remedy)
			if h.linkOf(chan1) == nil || h.linkOf(wong) == nil {
				t.Error("undone")
			}
		})
	}
}
