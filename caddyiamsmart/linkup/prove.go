package linkup

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Proven is an account that was shown to be the person's, and by what.
type Proven struct {
	Account accounts.Account
	Source  string // the accounts that said so
	Way     string // ByPassword or ByRegister for Prove, ByHKIC for ProveAnswered, ByImport for ProveExpected
	Stamp   string // by what its password is known, or ""
}

// Prove records that the app said yes to this account, and takes the try back
// from the person and the address: that one only, since a right password must
// not clear what was wrong. The account keeps it, for the app may have been asked
// with a wrong password too, to be sure.
//
// No proof is recorded where it took so long that another try began, or the row
// ended ([ErrStale], [ErrEnded]), nor of an account that cannot be this person's
// ([ErrTaken], [ErrShared], [ErrWasAnothers]): then the link-up stands, and the
// person may try another. A way that Prove is not for is [ErrOtherWay].
func (l *Linker) Prove(ctx context.Context, asked Tried, by Proven) (store.Pending, error) {
	return l.prove(ctx, asked.Row.ID, func(tx *store.Tx) (store.Proof, error) {
		if by.Way != ByPassword && by.Way != ByRegister {
			return store.Proof{}, ErrOtherWay
		}
		return by.proof(), tx.DeleteTry(asked.id, store.OfPerson, store.FromAddress)
	}, func(p store.Pending) error {
		if p.Tries != asked.Row.Tries || p.Person != asked.Row.Person || p.Flow != asked.Row.Flow {
			return ErrStale
		}
		return nil
	})
}

// ProveAnswered records an account that was found by what iAM Smart has just said
// of the person; see [Linker.Answered]. It is [Linker.Prove] otherwise.
func (l *Linker) ProveAnswered(ctx context.Context, id store.ID, by Proven) (store.Pending, error) {
	return l.prove(ctx, id, func(*store.Tx) (store.Proof, error) {
		if by.Way != ByHKIC {
			return store.Proof{}, ErrOtherWay
		}
		return by.proof(), nil
	}, l.mustBeInTime)
}

// ProveExpected records an account that the caller has looked at because
// [Linker.ExpectedOf] names it for the person with this number (its keyed hash). It
// returns [ErrNotExpected] where another account is expected by now, or none, and is
// [Linker.Prove] otherwise.
func (l *Linker) ProveExpected(ctx context.Context, id store.ID, hkicHash [32]byte, by Proven) (store.Pending, error) {
	return l.prove(ctx, id, func(tx *store.Tx) (store.Proof, error) {
		if by.Way != ByImport {
			return store.Proof{}, ErrOtherWay
		}
		proof := by.proof()
		proof.Code = hkicHash
		expected, err := l.liveExpected(tx, hkicHash)
		if err == nil && (expected.AccountKey != proof.AccountKey || expected.Source != proof.Source) {
			err = ErrNotExpected
		}
		return proof, err
	}, l.mustBeInTime)
}

func (l *Linker) mustBeInTime(p store.Pending) error {
	if !l.inTime(p) {
		return ErrEnded
	}
	return nil
}

// prove records what find finds, unless fits has something against the link-up or
// the rules have something against the account. Where it refuses, what find did to
// the tries stays.
func (l *Linker) prove(ctx context.Context, id store.ID, find func(*store.Tx) (store.Proof, error), fits func(store.Pending) error) (store.Pending, error) {
	var p store.Pending
	var refused error
	attempt := func(tx *store.Tx) error {
		proof, err := find(tx)
		if err != nil {
			return err
		}
		if p, err = l.ours(tx.Pending(id, l.Now())); err != nil {
			return err
		}
		if err := fits(p); err != nil {
			return err
		}
		_, err = l.judge(tx, p, proof)
		if notThisAccount(err) {
			unprove(&p)
			return cmp.Or(l.save(tx, &p), err)
		}
		if err != nil && !errors.Is(err, ErrHaveAnother) { // that is told at the end
			return err
		}
		proof.At = l.Now()
		rand.Read(proof.ID[:])
		p.Proof = &proof
		return l.save(tx, &p)
	}
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		err := attempt(tx)
		if isRefusal(err) {
			refused, err = err, nil
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return p, fmt.Errorf("recording proof: %w", err)
	}
	return p, nil
}

func isRefusal(err error) bool {
	return notThisAccount(err) || errors.Is(err, ErrEnded) || errors.Is(err, ErrStale) ||
		errors.Is(err, ErrWrongCode) || errors.Is(err, ErrNotExpected)
}

func (by Proven) proof() store.Proof {
	return store.Proof{AccountName: by.Account.Name, AccountKey: Key(by.Account), DisplayName: by.Account.DisplayName,
		Source: by.Source, Way: by.Way, Stamp: by.Stamp}
}
