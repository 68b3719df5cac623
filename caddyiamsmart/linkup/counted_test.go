package linkup_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// person is one of many.
func person(n int) [32]byte { return [32]byte{8, byte(n), byte(n >> 8)} }

// types has a person who has just arrived try a name, from an address of theirs.
func (h *home) types(n int, name string) (linkup.Tried, error) {
	h.t.Helper()
	return h.Try(context.Background(), h.arrives(person(n)), linkup.Attempt{Name: name, Address: fmt.Sprintf("192.0.2.%d", n)})
}

// guesses is types with a wrong password, where a try must be left.
func (h *home) guesses(n int, name string) linkup.Tried {
	h.t.Helper()
	tried, err := h.types(n, name)
	if err != nil {
		h.t.Fatal(err)
	}
	return tried
}

// closed wants nobody to have a try left at a name, until then.
func (h *home) closed(n int, name string, until time.Time) {
	h.t.Helper()
	tried, err := h.types(n, name)
	if !errors.Is(err, linkup.ErrTooMany) || !strings.HasSuffix(err.Error(), "at one account") { // that is what the log tells of an attack
		h.t.Errorf("another try at %q: %v", name, err)
	}
	if tried.Left != 0 || !tried.Until.Equal(until) {
		h.t.Errorf("%d tries at %q are left until %v, want none until %v", tried.Left, name, tried.Until, until)
	}
}

func TestT60SpellingsOfOneAccountShareItsTries(t *testing.T) {
	shared := open(t)
	for name, spellings := range map[string][]string{
		"chan.sm": {
			"Chan.SM", " chan.sm\t", "ｃｈａｎ．ｓｍ", "chan.sm.", "chan.sm...", "chan.sm ", `HOME\chan.sm`, `＼＼home＼chan.sm`, "home/CHAN.SM", "chan.sm@home.example",
			"chan.sm＠other.example", "chan.sm+x", "chan.sm+x@home.example", "chán.sm", "cha\u0301n.sm", "chan.\u200bsm", "chan.sm\x00",
			"chan sm", "chan-sm", "@chan.sm", `chan.sm\`,
		},
		"陳小明": {"陳 小明", "陳小明.", `home\陳小明`, "陳小明@home.example"},
		"...": {" ..."},
		"":    {" ", "\t"},
	} {
		for _, spelling := range spellings {
			h := shared.at(fmt.Sprintf("%s as %q", name, spelling), "app", "records.example")
			h.Tries = 1
			h.guesses(1, name)
			h.closed(2, spelling, h.clock.Add(linkup.TriesWindow))
		}
	}
}

func TestT60NamesThatDifferHaveTheirOwnTries(t *testing.T) {
	h := open(t)
	h.Tries = 1
	for n, name := range []string{
		"chan.sm", "wong.ml", "chan.sm1", "0han.sm", "chan", "sm", "陳", "陈", "о", "o", "", ".", "..", "\U0001f600", "home",
	} {
		h.guesses(n, name)
	}
}

func TestT61ManyPeopleAtOneAccount(t *testing.T) {
	h := open(t)
	for n, left := range []int{3, 2, 1, 0} {
		if tried := h.guesses(n, "chan.sm"); tried.Left != left {
			t.Errorf("try %d: %d are left, want %d", n+1, tried.Left, left)
		}
		h.pass(time.Minute)
	}
	until := h.clock.Add(linkup.TriesWindow - time.Minute)
	h.closed(9, "chan.sm", until)
	t.Run("a refused try is not counted", func(t *testing.T) {
		for n := range 5 {
			h.closed(10+n, "chan.sm", until)
		}
		if tried := h.guesses(10, "wong.ml"); tried.Left != 3 {
			t.Errorf("who was refused has %d tries left at another account", tried.Left)
		}
	})
	t.Run("nor is another app or Client ID concerned", func(t *testing.T) {
		for _, other := range []*home{h.at("client", "app2", "records.example"), h.at("client2", "app", "records.example")} {
			if tried := other.guesses(9, "chan.sm"); tried.Left != 3 {
				t.Errorf("%d are left there", tried.Left)
			}
		}
	})
	t.Run("another host of the app is", func(t *testing.T) {
		h.at("client", "app", "other.example").closed(9, "chan.sm", until)
	})
	t.Run("a restart changes nothing", func(t *testing.T) {
		if err := h.Rows.Close(); err != nil {
			t.Fatal(err)
		}
		h.start()
		h.closed(9, "chan.sm", until)
	})
	t.Run("until the time is up", func(t *testing.T) {
		h.pass(until.Sub(*h.clock) - time.Millisecond)
		h.closed(9, "chan.sm", until)
		h.pass(time.Millisecond)
		if tried := h.guesses(9, "chan.sm"); tried.Left != 3 {
			t.Errorf("%d are left then", tried.Left)
		}
	})
}

func TestT61OnePersonAtManyAccounts(t *testing.T) {
	h := open(t)
	for range 4 {
		h.tries(h.arrives(chan1))
		h.pass(6 * time.Minute) // a new link-up for each, so that no one of them is used up
	}
	h.waits(chan1, h.clock.Add(linkup.TriesWindow-6*time.Minute))
}

// Many applications count wrong passwords until none has come for a while.
func TestT62ASteadyTrickleIsNoWayRound(t *testing.T) {
	h := open(t)
	for n := range 4 {
		h.guesses(n, "chan.sm")
		h.pass(linkup.TriesWindow - time.Second)
	}
	until := h.clock.Add(time.Second)
	for n := range 3 {
		h.closed(4+n, "chan.sm", until)
		h.pass(100 * time.Millisecond)
	}
	h.pass(time.Second)
	if tried := h.guesses(9, "chan.sm"); tried.Left != 3 {
		t.Errorf("after a quarter of an hour of quiet %d are left", tried.Left)
	}
}

func TestT62ManyAtOnceAreCounted(t *testing.T) {
	h := open(t)
	var asked, refused atomic.Int64
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			switch _, err := h.types(n, "chan.sm"); {
			case err == nil:
				asked.Add(1)
			case errors.Is(err, linkup.ErrTooMany):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if asked.Load() != 4 || refused.Load() != 16 {
		t.Errorf("the app would be asked %d times, %d tries are refused", asked.Load(), refused.Load())
	}
}

// A right password clears what nobody got wrong: not the account's tries, or
// somebody with an account of their own could guess for ever, and not even itself
// there, since the application may have been asked with a wrong one to be sure.
func TestT60ARightPasswordClearsNoOtherTry(t *testing.T) {
	h := open(t)
	for n := range 3 {
		h.guesses(n, "chan.sm")
	}
	if _, err := h.Prove(context.Background(), h.guesses(10, "chan.sm"), shown(records)); err != nil {
		t.Fatal(err)
	}
	h.closed(11, "chan.sm", h.clock.Add(linkup.TriesWindow))
	t.Run("nor somebody's own other tries", func(t *testing.T) {
		id := h.arrives(wong)
		for range 3 {
			h.tries(id)
		}
		h.proves(id, pantry)
		h.pass(linkup.Window)
		h.exhausted(h.arrives(wong), 1)
	})
}

func TestARightPasswordDoesNotCountForThePersonThoughItComesTooLate(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		meanwhile func(*home, linkup.Tried)
		want      error
		left      int // after one more, which the next link-up of the same person counts with its own
	}{
		"another try began":         {func(h *home, asked linkup.Tried) { h.tries(asked.Row.ID) }, linkup.ErrStale, 0},
		"the link-up was cancelled": {func(h *home, asked linkup.Tried) { h.Cancel(ctx, asked.Row.ID) }, linkup.ErrEnded, 1},
		"its time ran out":          {func(h *home, _ linkup.Tried) { h.pass(linkup.Window) }, linkup.ErrEnded, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.Tries = 3
			asked := h.guesses(1, "chan.sm")
			c.meanwhile(h, asked)
			if _, err := h.Prove(ctx, asked, shown(records)); !errors.Is(err, c.want) {
				t.Fatal(err)
			}
			if tried, err := h.types(1, "somebody.else"); err != nil || tried.Left != c.left {
				t.Errorf("%d tries are left (%v)", tried.Left, err)
			}
		})
	}
}

func TestATryIsTakenBackWhereNobodyWasAsked(t *testing.T) {
	h := open(t)
	h.guesses(1, "chan.sm")
	for range 5 {
		h.pass(linkup.Window) // each link-up counts its own
		asked := h.guesses(2, "chan.sm")
		ctx, gone := context.WithCancel(context.Background())
		gone() // the person has closed the window meanwhile
		if err := h.TakeBack(ctx, asked); err != nil {
			t.Fatal(err)
		}
	}
	if tried := h.guesses(2, "chan.sm"); tried.Left != 2 {
		t.Errorf("%d tries are left after one that was wrong and one more", tried.Left)
	}
	t.Run("but the link-up counts it", func(t *testing.T) {
		id := h.arrives(wong)
		for range 4 {
			if err := h.TakeBack(context.Background(), h.tries(id)); err != nil {
				t.Fatal(err)
			}
		}
		h.exhausted(id, 0)
	})
}

func TestT61AnAddressOnlySlows(t *testing.T) {
	h := open(t)
	from := func(n int, address string) linkup.Tried {
		t.Helper()
		tried, err := h.Try(context.Background(), h.arrives(person(n)), linkup.Attempt{Name: fmt.Sprint("user", n), Address: address})
		if err != nil {
			t.Fatal(err)
		}
		return tried
	}
	n := 0
	for want := 1; want <= 8; want++ {
		for range 20 {
			if tried := from(n, "2001:db8::1"); tried.Slow != want || tried.Left != 3 {
				t.Fatalf("try %d: %d times as slow, %d left; want %d, 3", n+1, tried.Slow, tried.Left, want)
			}
			n++
		}
	}
	for address, want := range map[string]int{
		"2001:db8::1":           8, // and no slower
		"2001:db8::ffff:0:1":    8, // the same customer of a provider
		"2001:db8:0:1::1":       1,
		"198.51.100.1":          1,
		"::ffff:198.51.100.1":   1,
		"":                      1,
		"not an address at all": 1,
	} {
		n++
		if tried := from(n, address); tried.Slow != want {
			t.Errorf("from %q: %d times as slow, want %d", address, tried.Slow, want)
		}
	}
	t.Run("right ones do not", func(t *testing.T) {
		for i := range 30 {
			tried := from(1000+i, "203.0.113.7")
			if tried.Slow != 1 {
				t.Fatalf("after %d right passwords: %d times as slow", i, tried.Slow)
			}
			if _, err := h.Prove(context.Background(), tried, shown(accounts.Account{Name: fmt.Sprint("user", 1000+i)})); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("one address, two ways to write it", func(t *testing.T) {
		for i := range 20 {
			from(2000+i, []string{"203.0.113.9", "::ffff:203.0.113.9"}[i%2])
		}
		if tried := from(2020, "203.0.113.9"); tried.Slow != 2 {
			t.Errorf("%d times as slow", tried.Slow)
		}
	})
	t.Run("until the time is up", func(t *testing.T) {
		h.pass(linkup.TriesWindow)
		if tried := from(3000, "2001:db8::1"); tried.Slow != 1 {
			t.Errorf("%d times as slow", tried.Slow)
		}
	})
}

func TestTheNumberOfTriesIsTheOperators(t *testing.T) {
	for _, tries := range []int{1, 3, 10} {
		h := open(t)
		h.Tries = tries
		h.exhausted(h.arrives(chan1), tries)
		for n := range tries {
			h.guesses(n, "wong.ml")
		}
		h.closed(99, "wong.ml", h.clock.Add(linkup.TriesWindow))
	}
}

// T60: the tries of one way are not given back by the success of another: an answer of
// iAM Smart takes back the try that was counted for it, once, and no other.
func TestT60ASuccessGivesBackItsOwnTryOnly(t *testing.T) {
	ctx := context.Background()
	for name, succeed := range map[string]func(h *home, id store.ID, tried linkup.Tried) error{
		"found by number": func(h *home, id store.ID, tried linkup.Tried) error {
			if err := h.TakeBack(ctx, linkup.TriedBefore(tried.ID())); err != nil {
				return err
			}
			_, err := h.ProveAnswered(ctx, id, found(records))
			return err
		},
		"a right password": func(h *home, _ store.ID, tried linkup.Tried) error {
			_, err := h.Prove(ctx, tried, linkup.Proven{Account: records, Source: "sql", Way: linkup.ByPassword})
			return err
		},
		"iAM Smart was not asked, told twice": func(h *home, _ store.ID, tried linkup.Tried) error {
			return errors.Join(h.TakeBack(ctx, linkup.TriedBefore(tried.ID())), h.TakeBack(ctx, linkup.TriedBefore(tried.ID())))
		},
		"nothing was counted": func(h *home, _ store.ID, tried linkup.Tried) error {
			return errors.Join(h.TakeBack(ctx, linkup.TriedBefore(store.ID{})), h.TakeBack(ctx, tried))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			id := h.arrives(chan1)
			wrong := linkup.Attempt{Name: "chan.sm", Address: "192.0.2.1"}
			for range 2 {
				if _, err := h.Try(ctx, id, wrong); err != nil {
					t.Fatal(err)
				}
			}
			tried, err := h.Try(ctx, id, linkup.Attempt{Nameless: true, Address: "192.0.2.1"})
			if err == nil {
				err = succeed(h, id, tried)
			}
			if err != nil {
				t.Fatal(err)
			}
			// Of the four that the person and the account have two were wrong, and a new
			// link-up counts no others. Somebody else finds one less at the account.
			for i, who := range [][32]byte{chan1, wong} {
				h.pass(linkup.Window)
				if next, err := h.Try(ctx, h.arrives(who), wrong); err != nil || next.Left != 1-i {
					t.Errorf("%x: %d are left, %v", who[:1], next.Left, err)
				}
			}
		})
	}
}
