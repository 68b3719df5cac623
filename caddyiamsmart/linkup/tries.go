package linkup

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	// DefaultTries is how many passwords may be tried in a link-up, by a person and
	// at an account; see [Linker.Prove] for where a right one counts.
	DefaultTries = 4
	// TriesWindow is how long tries count after the last one of them. Many
	// applications forget wrong passwords only when none has come for a while, so
	// a try every ten minutes must not pass here either.
	TriesWindow = 15 * time.Minute

	// A whole home shares one address, so many wrong tries from there make the
	// answers to further ones slow, and are never a reason to refuse one: one
	// usual time more for each twenty, and at most seven more.
	slowStep = 20
	maxSlow  = 8
)

// Attempt is a user name and where it comes from; the password with it is
// nothing to count by.
type Attempt struct {
	Name    string // as it was typed
	Address string // the client's
	// Nameless is set where the person names no account, as with a code.
	Nameless bool
}

// Tried is a try that is counted, so that the app may be asked.
type Tried struct {
	Row store.Pending // with this try

	// Left is how many tries are left if this one is wrong: the least of what the
	// link-up, the person and the account have. It tells that a name was tried of
	// late, by somebody; it is the same for a name that no account has.
	Left int
	// Until is when there will be tries again, where none is left.
	Until time.Time
	// Slow is how many times the usual time the answer to a wrong one takes, from
	// 1 to 8.
	Slow int

	id store.ID
}

// Try counts one try against the link-up, the person, the account and the
// address, before the app is asked, and drops an older proof. Where one of the
// first three has no try left it counts nothing and returns [ErrTooMany], with
// the time to wait for in Until: so the app is asked for an account no more
// often than is good for it, whoever asks, and the refusal says nothing about
// name or password.
//
// A try counts as wrong until [Linker.Prove] or [Linker.TakeBack] says otherwise.
func (l *Linker) Try(ctx context.Context, id store.ID, by Attempt) (Tried, error) {
	var t Tried
	rand.Read(t.id[:])
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		now := l.Now()
		p, err := l.ours(tx.Pending(id, now))
		if err != nil {
			return err
		}
		if !l.inTime(p) {
			return ErrEnded
		}
		person, address := l.byPerson(p.Person), l.byAddress(by.Address)
		counted := []store.Subject{person, address}
		if !by.Nameless {
			counted = append(counted, l.byName(by.Name))
		}
		used, err := l.tallies(tx, now, p, counted)
		if err != nil {
			return err
		}
		if t.Left, t.Until = l.left(used); t.Left == 0 {
			return whose(used, l.Tries)
		}
		if t.Slow, err = slow(tx, address, now); err != nil {
			return err
		}
		for _, of := range counted {
			if err := tx.InsertTry(t.id, of, now); err != nil {
				return err
			}
		}
		p.Tries++
		unprove(&p)
		t.Left, t.Until = l.left(used.withOne(now))
		err = l.save(tx, &p)
		t.Row = p
		return err
	})
	if err != nil {
		return t, fmt.Errorf("counting try: %w", err)
	}
	return t, nil
}

// ID names a try that was counted, for [TriedBefore].
func (t Tried) ID() store.ID { return t.id }

// TriedBefore is a try known by its ID, as [Linker.TakeBack] takes it.
func TriedBefore(id store.ID) Tried { return Tried{id: id} }

// TakeBack has a try not count, because the app was certainly not asked. Only
// the link-up still counts it. It does so for a person who has left, too.
func (l *Linker) TakeBack(ctx context.Context, t Tried) error {
	err := l.Rows.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.DeleteTry(t.id, store.OfAccount, store.OfPerson, store.FromAddress)
	})
	if err != nil {
		return fmt.Errorf("taking try back: %w", err)
	}
	return nil
}

// tally is how many tries were used, and when they count no more.
type tally struct {
	used int
	ends time.Time
}

type tallies struct{ linkup, person, account tally }

func (l *Linker) tallies(tx *store.Tx, now time.Time, p store.Pending, counted []store.Subject) (used tallies, err error) {
	used.linkup = tally{p.Tries, p.Expires}
	for _, of := range counted {
		switch of.Scope {
		case store.OfPerson:
			used.person, err = l.tally(tx, of, now)
		case store.OfAccount:
			used.account, err = l.tally(tx, of, now)
		}
		if err != nil {
			return used, err
		}
	}
	return used, nil
}

func (l *Linker) tally(tx *store.Tx, of store.Subject, now time.Time) (tally, error) {
	times, err := tx.Tries(of, l.Tries)
	if err != nil {
		return tally{}, err
	}
	t := tally{used: run(times, now)}
	if t.used > 0 {
		t.ends = times[0].Add(TriesWindow)
	}
	return t, nil
}

// run counts the tries, newest first, of which each was made within the window
// of the next one, and the newest within the window of now.
func run(times []time.Time, now time.Time) int {
	n := 0
	for _, at := range times {
		if now.Sub(at) >= TriesWindow {
			break
		}
		now = at
		n++
	}
	return n
}

// withOne is what is used once one more try is.
func (u tallies) withOne(now time.Time) tallies {
	u.linkup.used++
	for _, t := range []*tally{&u.person, &u.account} {
		t.used++
		t.ends = now.Add(TriesWindow)
	}
	return u
}

// left is the least that is left of all; where that is nothing, until is when
// none of them stands in the way any more.
func (l *Linker) left(u tallies) (left int, until time.Time) {
	left = l.Tries
	for _, t := range []tally{u.linkup, u.person, u.account} {
		left = min(left, max(l.Tries-t.used, 0))
		if t.used >= l.Tries && t.ends.After(until) {
			until = t.ends
		}
	}
	return left, until
}

// whose tells the log which of them has no try left: many people at one account
// are an attack, one person alone may be tired.
func whose(u tallies, tries int) error {
	if u.account.used >= tries {
		return fmt.Errorf("%w at one account", ErrTooMany)
	}
	return fmt.Errorf("%w by one person", ErrTooMany)
}

// mayBegin refuses a person who has no tries left, and says until when. older is
// the link-up that the new one takes the place of, if any.
func (l *Linker) mayBegin(tx *store.Tx, now time.Time, person [32]byte, older store.Pending) (until time.Time, err error) {
	used := tallies{linkup: tally{older.Tries, older.Expires}}
	if used.person, err = l.tally(tx, l.byPerson(person), now); err != nil {
		return until, err
	}
	left, until := l.left(used)
	if left == 0 {
		return until, ErrTooMany
	}
	return until, nil
}

func slow(tx *store.Tx, address store.Subject, now time.Time) (times int, err error) {
	lately, err := tx.CountTries(address, now.Add(-TriesWindow), slowStep*(maxSlow-1))
	return 1 + lately/slowStep, err
}

func (l *Linker) byPerson(hash [32]byte) store.Subject {
	return store.Subject{Scope: store.OfPerson, ClientID: l.ClientID, App: l.App, Hash: hash}
}

func (l *Linker) byName(typed string) store.Subject {
	return l.hashed(store.OfAccount, foldToCount(typed))
}

func (l *Linker) byAddress(address string) store.Subject {
	return l.hashed(store.FromAddress, network(address))
}

func (l *Linker) hashed(of store.Scope, text string) store.Subject {
	return store.Subject{Scope: of, ClientID: l.ClientID, App: l.App, Hash: l.Keys.SubjectHash(of, l.ClientID, l.App, text)}
}

// network is what an address is counted as: of IPv6 the half that a provider
// gives to one customer, who has all addresses in it.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	half, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return half.String()
}
