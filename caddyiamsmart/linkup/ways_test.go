package linkup_test

import (
	"context"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

const admin = "admin:mei"

var (
	lee    = [32]byte{3}
	number = [32]byte{0x11} // the keyed hash of an identity card's number
)

// codes makes a link code for an account, which must be possible.
func (h *home) codes(a accounts.Account) string {
	h.t.Helper()
	code, _, err := h.Code(context.Background(), a, "file", admin)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// redeems has a person who has arrived type a code.
func (h *home) redeems(id store.ID, code string) (store.Pending, error) {
	h.t.Helper()
	tried, err := h.Try(context.Background(), id, linkup.Attempt{Nameless: true, Address: "192.0.2.1"})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.Redeem(context.Background(), tried, code)
}

// redeemed is redeems with a code that must be good.
func (h *home) redeemed(id store.ID, code string) store.Pending {
	h.t.Helper()
	p, err := h.redeems(id, code)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// answers waits for iAM Smart's answer, which comes.
func (h *home) answers(id store.ID) store.ID {
	h.t.Helper()
	_, err := h.Wait(context.Background(), id, []byte("asked"))
	if err == nil {
		_, err = h.Answered(context.Background(), id, []byte("answered"), []byte("profile"))
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// found is an account that was found by the number of an identity card.
func found(a accounts.Account) linkup.Proven {
	return linkup.Proven{Account: a, Source: "sql", Way: linkup.ByHKIC, Stamp: "s1"}
}

// expects says beforehand whose an account is.
func (h *home) expects(hash [32]byte, a accounts.Account) linkup.Outcome {
	h.t.Helper()
	outcome, err := h.Expect(context.Background(), linkup.Expected{HKICHash: hash, Account: a, Source: "sql"}, admin, false)
	if err != nil {
		h.t.Fatal(err)
	}
	return outcome
}

// requests asks for an account as a person who has arrived.
func (h *home) requests(person [32]byte) store.Registration {
	h.t.Helper()
	r, err := h.Request(context.Background(), h.arrives(person), []byte("form"))
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func (h *home) approvesRequest(r store.Registration, a accounts.Account) (store.Link, error) {
	return h.Approve(context.Background(), r.Number, accounts.Record{Account: a, Stamp: "s2"}, "sql", admin, "welcome")
}

// unlinks ends a link as the administrator.
func (h *home) unlinks(link store.Link) {
	h.t.Helper()
	if _, err := h.UnlinkAs(context.Background(), admin, link.ID); err != nil {
		h.t.Fatal(err)
	}
}

// renews has a person arrive who must prove a link's account again.
func (h *home) renews(link store.Link, why linkup.Standing) store.ID {
	h.t.Helper()
	a := arrival(link.Person, 4)
	a.Renews, a.Reason = link, why
	a.LastModified = a.LastModified.Add(1e9)
	id, _, err := h.Begin(context.Background(), a)
	if err != nil {
		h.t.Fatal(err)
	}
	return store.Hash(id)
}

// linksOf are all links of a person as the store has them.
func (h *home) linksOf(person [32]byte) []store.Link {
	h.t.Helper()
	links, err := h.Rows.Links(context.Background(), store.Person{ClientID: h.ClientID, Hash: person}, h.App)
	if err != nil {
		h.t.Fatal(err)
	}
	return links
}

// allLinks are everybody's links of the app.
func (h *home) allLinks() []store.Link {
	h.t.Helper()
	links, err := h.Rows.AllLinks(context.Background(), h.ClientID, h.App, 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	return links
}

// trail is what the audit trail says from a row on, in short.
func (h *home) trail(from int) []string {
	h.t.Helper()
	rows, err := h.Rows.AuditTrail(context.Background(), store.AuditQuery{ClientID: h.ClientID, App: h.App})
	if err != nil {
		h.t.Fatal(err)
	}
	var told []string
	for _, a := range rows[from:] {
		who := "-"
		for name, person := range map[string][32]byte{"chan": chan1, "wong": wong, "lee": lee} {
			if a.Person == h.Keys.Pseudonym(person, h.ClientID, h.App) {
				who = name
			}
		}
		told = append(told, strings.TrimSpace(strings.Join([]string{a.Event, who, a.Account, a.Source, a.Way, a.Actor, a.Ref}, " ")))
	}
	return told
}

// wrote wants the audit trail to say just this of what f does.
func (h *home) wrote(f func(), want ...string) {
	h.t.Helper()
	before := len(h.trail(0))
	f()
	if got := h.trail(before); strings.Join(got, "\n") != strings.Join(want, "\n") {
		h.t.Errorf("the trail says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
