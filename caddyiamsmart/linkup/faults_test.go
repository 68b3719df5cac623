package linkup_test

import (
	"context"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Given that one table cannot be read, when somebody does what needs it, then it is an
// error of its own: nothing is made, and nobody is told that a code is wrong, that time
// is over or that there is no such thing.
func TestT33WhatCannotBeReadIsNoAnswer(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	confirm := func(p store.Pending) func() error {
		return func() error { _, _, err := h.confirms(p); return err }
	}
	for name, c := range map[string]struct {
		table string
		given func() (act func() error)
	}{
		"a person arrives": {"pendings", func() func() error {
			return func() error { _, _, err := h.Begin(ctx, arrival(chan1, 1)); return err }
		}},
		"a person arrives, and their tries are not known": {"tries", func() func() error {
			return func() error { _, _, err := h.Begin(ctx, arrival(chan1, 1)); return err }
		}},
		"an administrator gives tries back, and nobody knows to whom": {"tries", func() func() error {
			return func() error { _, err := h.Lift(ctx, admin, linkup.Banned{Ref: "abcdefgh"}); return err }
		}},
		"a person looks": {"pendings", func() func() error {
			id := h.arrives(chan1)
			return func() error { _, err := h.Pending(ctx, id); return err }
		}},
		"a person leaves": {"pendings", func() func() error {
			id := h.arrives(chan1)
			return func() error { return h.Cancel(ctx, id) }
		}},
		"a person's link-up is ended": {"pendings", func() func() error {
			h.arrives(chan1)
			return func() error {
				return h.Rows.Update(ctx, func(tx *store.Tx) error { return h.EndOf(tx, chan1) })
			}
		}},
		"a step is refused": {"pendings", func() func() error {
			id := h.arrives(chan1)
			return func() error { return h.CountRefusal(ctx, id, 3, store.Audit{Event: linkup.EventRefused}) }
		}},
		"a password is tried": {"tries", func() func() error {
			id := h.arrives(chan1)
			return func() error { _, err := h.Try(ctx, id, h.another()); return err }
		}},
		"a password is right": {"links", func() func() error {
			tried := h.tries(h.arrives(chan1))
			return func() error { _, err := h.Prove(ctx, tried, shown(records)); return err }
		}},
		"a password is right, and whose the account was is not known": {"past_links", func() func() error {
			tried := h.tries(h.arrives(chan1))
			return func() error { _, err := h.Prove(ctx, tried, shown(records)); return err }
		}},
		"a code is made": {"links", func() func() error {
			return func() error { _, _, err := h.Code(ctx, records, "file", admin); return err }
		}},
		"a code is made, and cannot be kept": {"link_codes", func() func() error {
			return func() error { _, _, err := h.Code(ctx, records, "file", admin); return err }
		}},
		"a code is typed": {"link_codes", func() func() error {
			code, id := h.codes(records), h.arrives(chan1)
			return func() error { _, err := h.redeems(id, code); return err }
		}},
		"a code's link is agreed to": {"link_codes", func() func() error {
			return confirm(h.redeemed(h.arrives(chan1), h.codes(records)))
		}},
		"an account is expected": {"expected_links", func() func() error {
			return func() error {
				_, err := h.Expect(ctx, linkup.Expected{HKICHash: number, Account: records, Source: "sql"}, admin, false)
				return err
			}
		}},
		"an account is expected, and its links are not known": {"links", func() func() error {
			return func() error {
				_, err := h.Expect(ctx, linkup.Expected{HKICHash: number, Account: records, Source: "sql"}, admin, true)
				return err
			}
		}},
		"an account is expected, and whose it was is not known": {"past_links", func() func() error {
			return func() error {
				_, err := h.Expect(ctx, linkup.Expected{HKICHash: number, Account: records, Source: "sql"}, admin, true)
				return err
			}
		}},
		"somebody is asked after who is expected": {"expected_links", func() func() error {
			return func() error { _, err := h.Expecting(ctx); return err }
		}},
		"who is expected comes": {"expected_links", func() func() error {
			h.expects(number, records)
			id := h.answers(h.arrives(chan1))
			return func() error { _, err := h.provesExpected(id, number); return err }
		}},
		"who is expected agrees": {"expected_links", func() func() error {
			h.expects(number, records)
			return confirm(must[store.Pending](t)(h.arrivesExpected(chan1, number)))
		}},
		"a person agrees": {"links", func() func() error { return confirm(h.proves(h.arrives(chan1), records)) }},
		"a person agrees, and it cannot be undone": {"fresh_links", func() func() error {
			return confirm(h.proves(h.arrives(chan1), records))
		}},
		"a person agrees, and no session can be made": {"sessions", func() func() error {
			return confirm(h.proves(h.arrives(chan1), records))
		}},
		"a person agrees, and it cannot be written down": {"audit", func() func() error {
			return confirm(h.proves(h.arrives(chan1), records))
		}},
		"a person chooses": {"links", func() func() error {
			link, _ := h.links(chan1, records)
			id := h.chooses(chan1)
			return func() error { _, _, err := h.takes(id, link.ID); return err }
		}},
		"a person's links are looked for": {"links", func() func() error {
			h.links(chan1, records)
			return func() error { _, err := h.Find(ctx, chan1); return err }
		}},
		"a link is looked for": {"links", func() func() error {
			link, _ := h.links(chan1, records)
			return func() error { _, err := h.Of(ctx, link.ID); return err }
		}},
		"a link is unlinked": {"links", func() func() error {
			link, _ := h.links(chan1, records)
			return func() error { _, err := h.Unlink(ctx, act(link.ID), chan1); return err }
		}},
		"a link is unlinked, and its code cannot be": {"link_codes", func() func() error {
			link, _ := h.links(chan1, records)
			return func() error { _, err := h.Unlink(ctx, act(link.ID), chan1); return err }
		}},
		"a link is renewed": {"links", func() func() error {
			link, _ := h.links(chan1, records)
			return func() error { _, err := h.Renew(ctx, link, accounts.Record{Account: records}); return err }
		}},
		"what may be undone is looked for": {"fresh_links", func() func() error {
			_, s := h.links(chan1, records)
			return func() error { _, err := h.Fresh(ctx, s.ID); return err }
		}},
		"a link is undone": {"fresh_links", func() func() error {
			_, s := h.links(chan1, records)
			return func() error { _, err := h.Undo(ctx, s.ID); return err }
		}},
		"an account is asked for": {"registrations", func() func() error {
			id := h.arrives(chan1)
			return func() error { _, err := h.Request(ctx, id, []byte("form")); return err }
		}},
		"a person asks what became of it": {"registrations", func() func() error {
			h.requests(chan1)
			return func() error { _, err := h.Requested(ctx, chan1); return err }
		}},
		"it is approved": {"registrations", func() func() error {
			r := h.requests(chan1)
			return func() error { _, err := h.approvesRequest(r, records); return err }
		}},
		"it is approved, and the links are not known": {"links", func() func() error {
			r := h.requests(chan1)
			return func() error { _, err := h.approvesRequest(r, records); return err }
		}},
		"it is refused": {"registrations", func() func() error {
			r := h.requests(chan1)
			return func() error { return h.Refuse(ctx, r.Number, admin, "") }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			h.empty()
			h.behind(`DELETE FROM link_codes`, `DELETE FROM expected_links`, `DELETE FROM registrations`)
			act := c.given()
			before := h.allLinks()
			h.behind(`ALTER TABLE ` + c.table + ` RENAME TO away`)
			err := act()
			h.behind(`ALTER TABLE away RENAME TO ` + c.table)
			if err == nil || anyOf(err, linkup.ErrEnded, linkup.ErrStale, linkup.ErrWrongCode, linkup.ErrNotExpected, linkup.ErrUndoOver, linkup.ErrTaken,
				linkup.ErrShared, linkup.ErrWasAnothers, linkup.ErrHaveAnother, linkup.ErrRequested, linkup.ErrDecided, linkup.ErrNoBan, store.ErrNotFound) {
				t.Errorf("it ends with %v", err)
			}
			if after := h.allLinks(); len(after) != len(before) {
				t.Errorf("links were %+v, are %+v", before, after)
			}
		})
	}
}
