package linkup_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestACodeLinksItsAccount(t *testing.T) {
	h := open(t)
	code, expires, err := h.Code(context.Background(), pantry, "file", admin)
	if err != nil || !regexp.MustCompile(`^([A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}$`).MatchString(code) {
		t.Fatalf("the code is %q, %v", code, err)
	}
	if !expires.Equal(h.clock.Add(14 * 24 * time.Hour)) {
		t.Errorf("it is good until %v", expires)
	}
	id := h.arrives(chan1)
	p := h.redeemed(id, code)
	if got := p.Proof; got.AccountName != "Pantry" || got.AccountKey != "key:0815" || got.Source != "file" || got.Way != "code" || !got.At.Equal(*h.clock) {
		t.Errorf("proven is %+v", got)
	}
	if len(h.linksOf(chan1)) != 0 {
		t.Error("linked before the yes")
	}
	link, s, err := h.confirms(p)
	if err != nil || *h.linkOf(chan1) != link || link.Way != linkup.ByCode || !h.stands(s.ID) {
		t.Fatalf("%+v, %v", link, err)
	}
	if other := h.codes(named("x")); other == code {
		t.Error("two codes are one")
	}
}

func TestACodeIsForgivenItsSpelling(t *testing.T) {
	h := open(t)
	code := h.codes(records)
	for _, typed := range []string{
		code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "), " " + code + "\r\n",
		strings.ReplaceAll(code, "-", "–"), strings.ReplaceAll(code, "-", "."), wide(code), wide(strings.ToLower(code)),
		code + strings.Repeat(" ", 256-len(code)),
	} {
		h.pass(linkup.TriesWindow)
		if p, err := h.redeems(h.arrives(chan1), typed); err != nil || p.Proof == nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for name, typed := range map[string]string{
		"nothing": "", "blanks": " - ", "one letter too few": code[1:], "one too many": code + "A", "twice": code + code,
		"the other way round": code[5:] + "-" + code[:4], "too long to look at": code + strings.Repeat(" ", 257-len(code)),
	} {
		h.pass(linkup.TriesWindow)
		id := h.arrives(chan1)
		if p, err := h.redeems(id, typed); !errors.Is(err, linkup.ErrWrongCode) || p.Proof != nil || h.pending(id).Proof != nil || h.pending(id).Tries != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wide is a text in full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, s)
}

// Wrong codes use up the tries of a person, right ones do not.
func TestT60WrongCodesAreCounted(t *testing.T) {
	h := open(t)
	code := h.codes(records)
	id := h.arrives(chan1)
	for range linkup.DefaultTries {
		if _, err := h.redeems(id, "AAAA"); !errors.Is(err, linkup.ErrWrongCode) {
			t.Fatal(err)
		}
	}
	if _, err := h.Try(context.Background(), id, linkup.Attempt{Nameless: true}); !errors.Is(err, linkup.ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	if p := h.redeemed(h.arrives(wong), code); p.Proof == nil {
		t.Error("another person's wrong codes stand in one's way")
	}
	h.pass(linkup.TriesWindow)
	id = h.arrives(lee)
	h.redeemed(id, code)
	if tried, err := h.Try(context.Background(), h.arrives(lee), linkup.Attempt{Nameless: true}); err != nil || tried.Left != 2 {
		t.Errorf("after a right code %d are left, %v", tried.Left, err)
	}
	if _, err := h.Try(context.Background(), h.arrives(lee), h.another()); err != nil {
		t.Error(err)
	}
}

func TestACodeIsGoodForFourteenDays(t *testing.T) {
	h := open(t)
	code := h.codes(records)
	h.pass(linkup.CodeLife - time.Millisecond)
	p := h.redeemed(h.arrives(chan1), code)
	h.pass(time.Millisecond)
	if _, err := h.redeems(h.arrives(wong), code); !errors.Is(err, linkup.ErrWrongCode) {
		t.Errorf("too late: %v", err)
	}
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrStale) || len(h.allLinks()) != 0 {
		t.Errorf("proven in time, confirmed too late: %v", err)
	}
}

func TestACodeIsUsedUpByTheLinkAndNotByTheProof(t *testing.T) {
	h := open(t)
	code := h.codes(records)
	id := h.arrives(chan1)
	h.redeemed(id, code)
	if _, err := h.Disown(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	link, _, err := h.confirms(h.redeemed(h.arrives(wong), code))
	if err != nil {
		t.Fatalf("not mine, so whose it is: %v", err)
	}
	if _, err := h.redeems(h.arrives(lee), code); !errors.Is(err, linkup.ErrWrongCode) {
		t.Errorf("used: %v", err)
	}
	h.unlinks(link)
	if _, err := h.redeems(h.arrives(lee), code); !errors.Is(err, linkup.ErrWrongCode) {
		t.Errorf("used, and the link is gone: %v", err)
	}
}

func TestANewerCodeTakesThePlaceOfTheOlder(t *testing.T) {
	h := open(t)
	older := h.codes(records)
	p := h.redeemed(h.arrives(chan1), older)
	newer := h.codes(named("CHAN.SM"))
	if _, err := h.redeems(h.arrives(wong), older); !errors.Is(err, linkup.ErrWrongCode) {
		t.Errorf("the older: %v", err)
	}
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrStale) || len(h.allLinks()) != 0 {
		t.Errorf("proven by the older: %v", err)
	}
	if link, _, err := h.confirms(h.redeemed(h.arrives(wong), newer)); err != nil || link.AccountName != "CHAN.SM" {
		t.Errorf("the newer: %+v, %v", link, err)
	}
}

func TestACodeForWhatNobodyCouldHaveIsNotMade(t *testing.T) {
	for name, c := range map[string]struct {
		shared map[string]int
		given  int // persons
		want   error
	}{
		"a taken account":                {nil, 1, linkup.ErrTaken},
		"a free account":                 {nil, 0, nil},
		"one that is nobody's":           {map[string]int{"pantry": 0}, 0, linkup.ErrShared},
		"a shared one that is full":      {map[string]int{"pantry": 2}, 2, linkup.ErrShared},
		"a shared one with a place left": {map[string]int{"pantry": 2}, 1, nil},
	} {
		h := open(t)
		h.Rules.Shared = c.shared
		for n := range c.given {
			h.links(person(n), pantry)
		}
		before := len(h.trail(0))
		code, _, err := h.Code(context.Background(), pantry, "file", admin)
		if !errors.Is(err, c.want) || (code == "") != (c.want != nil) || len(h.trail(before)) != map[bool]int{true: 0, false: 1}[c.want != nil] {
			t.Errorf("%s: %q, %v", name, code, err)
		}
	}
}

// A slip of before a link is no way to the account when the link has ended.
func TestT54AForgottenCodeEndsWithTheLink(t *testing.T) {
	for name, shared := range map[string]map[string]int{"one's own": nil, "shared": {"chan.sm": 2}} {
		h := open(t)
		h.Rules.Shared = shared
		code := h.codes(records)
		other := h.codes(pantry)
		link, _ := h.links(chan1, records)
		if _, err := h.redeems(h.arrives(lee), code); shared == nil && !errors.Is(err, linkup.ErrTaken) {
			t.Errorf("%s: while the link stands: %v", name, err)
		}
		h.unlinks(link)
		if _, err := h.redeems(h.arrives(wong), code); errors.Is(err, linkup.ErrWrongCode) != (shared == nil) {
			t.Errorf("%s: afterwards: %v", name, err)
		}
		if _, err := h.redeems(h.arrives([32]byte{4}), other); err != nil {
			t.Errorf("%s: another account's: %v", name, err)
		}
	}
}

func TestACodeOfAnotherPlaceIsNone(t *testing.T) {
	h := open(t)
	code := h.codes(records)
	for _, other := range []*home{h.at("client2", "app", h.Host), h.at("client", "app2", h.Host)} {
		if _, err := other.redeems(other.arrives(chan1), code); !errors.Is(err, linkup.ErrWrongCode) {
			t.Error(err)
		}
		if row, err := other.CodeOf(context.Background(), code); !errors.Is(err, linkup.ErrWrongCode) || row != (store.LinkCode{}) {
			t.Errorf("%+v, %v", row, err)
		}
	}
	if row, err := h.CodeOf(context.Background(), strings.ToLower(code)); err != nil || row.AccountKey != linkup.Key(records) || row.Source != "file" {
		t.Errorf("%+v, %v", row, err)
	}
	if _, err := h.at("client", "app", "other.example").redeems(h.at("client", "app", "other.example").arrives(chan1), code); err != nil {
		t.Errorf("another host of the same app: %v", err)
	}
}

// Nor is one that found its way among ours, though this program sealed it.
func TestACodeAmongOursOfAnotherPlaceIsNone(t *testing.T) {
	h := open(t)
	for name, c := range map[string]struct {
		clientID, app string
		want          error
	}{
		"ours":              {"client", "app", nil},
		"another Client ID": {"client2", "app", linkup.ErrWrongCode},
		"another app":       {"client", "app2", linkup.ErrWrongCode},
	} {
		row := store.LinkCode{
			ID: h.Keys.CodeHash(h.ClientID, h.App, "ABCDEFGHJKLM"), ClientID: c.clientID, App: c.app, AccountName: "chan.sm", AccountKey: "name:chan.sm",
			Source: "file", CreatedAt: *h.clock, Expires: h.clock.Add(linkup.CodeLife), Actor: admin,
		}
		row.Seal = h.Keys.SealOfLinkCode(row)
		h.behind(`DELETE FROM link_codes`)
		if err := h.Rows.Update(context.Background(), func(tx *store.Tx) error { return tx.PutLinkCode(row) }); err != nil {
			t.Fatal(err)
		}
		if p, err := h.redeems(h.arrives(chan1), "ABCD-EFGH-JKLM"); !errors.Is(err, c.want) || (p.Proof != nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A code belongs to the try that was taken for it.
func TestT51ACodeIsRedeemedInOneLinkup(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	code := h.codes(records)
	id := h.arrives(chan1)
	tried := must[linkup.Tried](t)(h.Try(ctx, id, linkup.Attempt{Nameless: true}))
	for name, alter := range map[string]func(*store.Pending){
		"flow":      func(p *store.Pending) { p.Flow = store.ID{8} },
		"person":    func(p *store.Pending) { p.Person = wong },
		"later try": func(p *store.Pending) { p.Tries++ },
	} {
		altered := tried
		alter(&altered.Row)
		if _, err := h.Redeem(ctx, altered, code); !errors.Is(err, linkup.ErrStale) || h.pending(id).Proof != nil {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestT53RaceOfTwentyForOneCode(t *testing.T) {
	for name, shared := range map[string]map[string]int{"one's own": nil, "shared by all": {"chan.sm": 20}} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.Rules.Shared = shared
			code := h.codes(records)
			var proofs []store.Pending
			for n := range 20 {
				proofs = append(proofs, h.redeemed(h.arrives(person(n)), code))
			}
			if made := h.race(proofs, linkup.ErrTaken, linkup.ErrStale); len(made) != 1 || len(h.allLinks()) != 1 {
				t.Errorf("one code made %d links, and %d stand", len(made), len(h.allLinks()))
			}
		})
	}
}

func TestT77TheTrailOfACodeHoldsNoCode(t *testing.T) {
	h := open(t)
	var code string
	h.wrote(func() { code = h.codes(records) }, "code_made - chan.sm file  "+admin)
	var p store.Pending
	h.wrote(func() { p = h.redeemed(h.arrives(chan1), code) })
	h.wrote(func() { must[store.Link](t)(first(h.confirms(p))) }, "linked chan chan.sm file code person", "login chan chan.sm file code person")
	rows := must[[]store.Audit](t)(h.Rows.AuditTrail(context.Background(), store.AuditQuery{ClientID: h.ClientID, App: h.App}))
	if text := fmt.Sprint(rows); strings.Contains(text, code) || strings.Contains(text, strings.ReplaceAll(code, "-", "")) {
		t.Error("the code is in the trail")
	}
}

func first(link store.Link, _ store.Session, err error) (store.Link, error) { return link, err }

func TestACodeThatWasAlteredLinksNothing(t *testing.T) {
	h := open(t)
	code := h.codes(records)
	p := h.redeemed(h.arrives(chan1), code)
	h.behind(`UPDATE link_codes SET account_name = 'boss', account_key = 'name:boss'`)
	const remedy = "delete all rows of the table link_codes"
	_, err := h.redeems(h.arrives(wong), code)
	h.told(err, remedy)
	_, _, err = h.confirms(p)
	h.told(err, remedy)
	if len(h.allLinks()) != 0 {
		t.Error("linked")
	}
}

// What proves an account is never written down as more than it was.
func TestT51AProofIsOfItsOwnKind(t *testing.T) {
	ctx := context.Background()
	for _, way := range []string{"", "password", "hkic", "code", "register", "request", "import", "Password", "x"} {
		h := open(t)
		by := linkup.Proven{Account: records, Source: "form", Way: way}
		id := h.arrives(chan1)
		_, err := h.Prove(ctx, h.tries(id), by)
		if want := way == "password" || way == "register"; (err == nil) != want || !want && !errors.Is(err, linkup.ErrOtherWay) || (h.pending(id).Proof != nil) != want {
			t.Errorf("the application's yes as %q: %v", way, err)
		}
		id = h.answers(h.arrives(wong))
		_, err = h.ProveAnswered(ctx, id, by)
		if want := way == "hkic"; (err == nil) != want || !want && !errors.Is(err, linkup.ErrOtherWay) || (h.pending(id).Proof != nil) != want {
			t.Errorf("iAM Smart's answer as %q: %v", way, err)
		}
	}
	if linkup.ByRegister == linkup.ByRequest {
		t.Error("what a person opened is not what the administrator approved")
	}
}
