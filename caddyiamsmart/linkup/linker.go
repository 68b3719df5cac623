package linkup

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Linker makes the links of one app under one Client ID. It is safe for
// concurrent use.
type Linker struct {
	Rows     *store.Store
	Keys     *store.Keys
	ClientID string
	App      string
	Host     string
	Tries    int // at a password, of one link-up, person or account, 1 to 10; see Try
	Now      func() time.Time

	// ApprovalLast asks for iAM Smart's approval once more, after the password:
	// then only ConfirmApproved links. Default: Confirm does, within Window.
	ApprovalLast bool
}

// Arrival is a person whom iAM Smart has just vouched for.
type Arrival struct {
	Person       [32]byte // keyed hash of the openID
	UserType     string
	LastModified time.Time
	Flow         store.ID // the flow that iAM Smart answered; claimed
	Sealed       []byte   // what the caller wants back at the end
}

// Begin makes the person's pending link-up and returns the random id that goes
// to the browser. An older one of the same person ends, but the tries that it
// used up count in the new one. Where it or the person has none left, Begin
// returns [ErrTooMany] and the time to wait for.
func (l *Linker) Begin(ctx context.Context, a Arrival) (id []byte, ends time.Time, err error) {
	id = make([]byte, 32)
	rand.Read(id)
	now := l.Now()
	ends = now.Add(Window)
	err = l.Rows.Update(ctx, func(tx *store.Tx) error {
		p := store.Pending{
			ID: store.Hash(id), ClientID: l.ClientID, App: l.App, Host: l.Host,
			Person: a.Person, Flow: a.Flow, Sealed: a.Sealed,
			UserType: a.UserType, LastModified: a.LastModified,
			CreatedAt: now, Expires: ends,
		}
		older, err := l.ofApp(tx.PendingOf(l.person(a.Person), l.App, now))
		if err != nil && !errors.Is(err, ErrEnded) {
			return err
		}
		until, err := l.mayBegin(tx, now, a.Person, older)
		if err != nil {
			ends = until
			return err
		}
		p.Tries = older.Tries
		return l.put(tx, &p)
	})
	if err != nil {
		return nil, ends, fmt.Errorf("beginning link-up: %w", err)
	}
	return id, ends, nil
}

// Prove records that the app said yes to this account, and takes the try back
// from the person and the address: that one only, since a right password must
// not clear what was wrong. The account keeps it, for the app may have been asked
// with a wrong password too, to be sure.
//
// No proof is recorded where it took so long that another try began, or the row
// ended ([ErrStale], [ErrEnded]), nor of an account that is linked to another
// person ([ErrTaken]): then the link-up stands, and the person may try another.
func (l *Linker) Prove(ctx context.Context, asked Tried, a accounts.Account, source string) (store.Pending, error) {
	var p store.Pending
	var refused error
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteTry(asked.id, store.OfPerson, store.FromAddress); err != nil {
			return err
		}
		var err error
		p, err = l.ours(tx.Pending(asked.Row.ID, l.Now()))
		switch {
		case errors.Is(err, ErrEnded):
			refused = ErrEnded
			return nil
		case err != nil:
			return err
		case p.Tries != asked.Row.Tries || p.Person != asked.Row.Person || p.Flow != asked.Row.Flow:
			refused = ErrStale
			return nil
		}
		if _, _, err := l.judge(tx, p.Person, Key(a)); errors.Is(err, ErrTaken) {
			refused = ErrTaken
			return nil
		} else if err != nil && !errors.Is(err, ErrHaveAnother) { // that is told at the end
			return err
		}
		proof := &store.Proof{
			AccountName: a.Name, AccountKey: Key(a), DisplayName: a.DisplayName,
			Source: source, Way: "password", At: l.Now(),
		}
		rand.Read(proof.ID[:])
		p.Proof = proof
		return l.save(tx, &p)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return p, fmt.Errorf("recording proof: %w", err)
	}
	return p, nil
}

// Disown drops the proof: the person says that the account is another's.
func (l *Linker) Disown(ctx context.Context, id store.ID) (store.Pending, error) {
	return l.change(ctx, "dropping proof", id, func(p *store.Pending) error {
		unprove(p)
		return nil
	})
}

// ProofToken names the proof of a pending link-up in the confirm form.
func ProofToken(p store.Pending) string {
	if p.Proof == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(p.Proof.ID[:])
}

// names tells whether a token is the ProofToken of the proof that stands.
func names(proofToken string, p store.Pending) bool {
	return p.Proof != nil && subtle.ConstantTimeCompare([]byte(ProofToken(p)), []byte(proofToken)) == 1
}

// Confirm makes the link that the person has agreed to: the proof named by
// proofToken is used up, the link and the session that begin makes of it are
// written, and the session that stood is ended, all in one transaction. For
// [UndoWindow] that session may undo the link.
//
// It returns [ErrEnded], [ErrStale], [ErrOtherWay], [ErrTaken] or
// [ErrHaveAnother]. The last ends the link-up, ErrTaken only where its minutes
// are over: else the person may try another account.
func (l *Linker) Confirm(ctx context.Context, id store.ID, proofToken string,
	begin func(store.Link) (store.Session, error), stood ...store.ID,
) (store.Link, error) {
	return l.confirm(ctx, id, func(p store.Pending) error {
		switch {
		case l.ApprovalLast:
			return ErrOtherWay
		case !l.inTime(p):
			return ErrEnded
		case !names(proofToken, p):
			return ErrStale
		}
		return nil
	}, begin, stood...)
}

// confirm makes the link where agreed has nothing against it.
func (l *Linker) confirm(ctx context.Context, id store.ID, agreed func(store.Pending) error,
	begin func(store.Link) (store.Session, error), stood ...store.ID,
) (store.Link, error) {
	var link store.Link
	var refused error
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err != nil {
			return err
		}
		made := false
		if err = agreed(p); err == nil {
			link, made, err = l.link(tx, p)
		}
		if errors.Is(err, ErrTaken) && l.inTime(p) {
			refused = err
			unprove(&p)
			return l.save(tx, &p)
		}
		if ends(err) {
			refused = err
			return l.bury(tx, p)
		}
		if err != nil {
			return err
		}
		if err := tx.DeletePending(id); err != nil {
			return err
		}
		s, err := begin(link)
		if err != nil {
			return err
		}
		for _, old := range stood {
			if err := tx.EndSession(old); err != nil {
				return err
			}
		}
		if err := tx.InsertSession(s); err != nil || !made {
			return err
		}
		fresh := store.FreshLink{Link: link, Session: s.ID, Sealed: p.Sealed, Expires: l.Now().Add(UndoWindow)}
		fresh.Seal = l.Keys.SealOfFreshLink(fresh)
		return tx.PutFreshLink(fresh)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return link, fmt.Errorf("linking: %w", err)
	}
	return link, nil
}

// ends tells whether a refusal ends the link-up. Any other error leaves it as it
// was.
func ends(err error) bool {
	return errors.Is(err, ErrTaken) || errors.Is(err, ErrHaveAnother) || errors.Is(err, ErrOtherPerson)
}

// link writes the link of a proven pending link-up; made is false where it
// stood before.
func (l *Linker) link(tx *store.Tx, p store.Pending) (link store.Link, made bool, err error) {
	stands, same, err := l.judge(tx, p.Person, p.Proof.AccountKey)
	switch {
	case same:
		return *stands, false, nil
	case err != nil && stands != nil:
		return *stands, false, err // the person may be told which account is theirs already
	case err != nil:
		return link, false, err
	}
	link = store.Link{
		ClientID: l.ClientID, App: l.App, Person: p.Person,
		AccountName: p.Proof.AccountName, AccountKey: p.Proof.AccountKey,
		Source: p.Proof.Source, Way: p.Proof.Way, UserType: p.UserType,
		LinkedAt: l.Now(), LastModified: p.LastModified,
	}
	link.ID, err = tx.InsertLink(link)
	switch {
	case errors.Is(err, store.ErrAccountTaken):
		err = ErrTaken
	case errors.Is(err, store.ErrPersonLinked):
		err = ErrHaveAnother
	case err == nil:
		link.Seal = l.Keys.SealOfLink(link)
		err = tx.SealLink(link.ID, link.Seal)
	}
	return link, err == nil, err
}

// judge says by [verdict] whether a person may be linked to what an account is
// unique by. Stands is the link that they have, if any.
func (l *Linker) judge(tx *store.Tx, person [32]byte, key string) (stands *store.Link, same bool, err error) {
	if stands, err = l.found(tx.Link(l.person(person), l.App)); err != nil {
		return nil, false, err
	}
	ofAccount, err := l.found(tx.LinkOfAccount(l.ClientID, l.App, key))
	if err != nil {
		return nil, false, err
	}
	same, err = verdict(key, stands, ofAccount)
	return stands, same, err
}

// found makes nil of a row that is not there, and refuses one that was altered.
func (l *Linker) found(link store.Link, err error) (*store.Link, error) {
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if link, err = l.sound(link, err); err != nil {
		return nil, err
	}
	return &link, nil
}

func (l *Linker) person(hash [32]byte) store.Person {
	return store.Person{ClientID: l.ClientID, Hash: hash}
}
