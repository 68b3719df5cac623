package linkup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// CodeLife is how long a link code is good.
const CodeLife = 14 * 24 * time.Hour

// codeLetters are what people tell apart on paper and over the telephone.
const codeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

const codeLength = 12 // letters, 60 bits

// Code makes a link code for an account: whoever brings it, within [CodeLife] and
// once, is its person. An older code for the account is good no more. It returns
// [ErrTaken] or [ErrShared] where nobody could use it: the link that stands must be
// ended first.
//
// The code is returned in groups, ABCD-EFGH-JKLM. The store keeps its keyed hash.
func (l *Linker) Code(ctx context.Context, a accounts.Account, source, actor string) (code string, expires time.Time, err error) {
	var letters [codeLength]byte
	rand.Read(letters[:])
	for i, b := range letters {
		letters[i] = codeLetters[b&31]
	}
	row := store.LinkCode{
		ID: l.codeHash(string(letters[:])), ClientID: l.ClientID, App: l.App,
		AccountName: a.Name, AccountKey: Key(a), DisplayName: a.DisplayName, Source: source,
		CreatedAt: l.Now(), Expires: l.Now().Add(CodeLife), Actor: actor,
	}
	row.Seal = l.Keys.SealOfLinkCode(row)
	err = l.Rows.Update(ctx, func(tx *store.Tx) error {
		if err := mustBeNamed(actor); err != nil {
			return err
		}
		stand, err := l.allSound(tx.LinksOfAccount(l.ClientID, l.App, row.AccountKey))
		if err != nil {
			return err
		}
		persons, shared := l.Rules.Shared[Fold(a.Name)]
		switch {
		case shared && len(stand) >= persons:
			return ErrShared
		case !shared && len(stand) > 0:
			return ErrTaken
		}
		if err := tx.PutLinkCode(row); err != nil {
			return err
		}
		return l.Trail.Note(tx, store.Audit{Event: EventCodeMade, Account: a.Name, Source: source, Actor: actor})
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("making link code: %w", err)
	}
	return string(letters[:4]) + "-" + string(letters[4:8]) + "-" + string(letters[8:]), row.Expires, nil
}

// Redeem proves the account of a link code. A code is used up by the link, not by
// the proof: whoever says that the account is not theirs leaves it as it was. It
// returns [ErrWrongCode], which leaves the try counted, or what [Linker.Prove]
// does.
func (l *Linker) Redeem(ctx context.Context, asked Tried, code string) (store.Pending, error) {
	return l.prove(ctx, asked.Row.ID, func(tx *store.Tx) (store.Proof, error) {
		row, err := l.liveCode(tx, l.codeHash(foldCode(code)))
		if err != nil {
			return store.Proof{}, err
		}
		return store.Proof{AccountName: row.AccountName, AccountKey: row.AccountKey, DisplayName: row.DisplayName,
			Source: row.Source, Way: ByCode, Code: row.ID}, tx.DeleteTry(asked.id, store.OfPerson, store.FromAddress)
	}, func(p store.Pending) error {
		if p.Tries != asked.Row.Tries || p.Person != asked.Row.Person || p.Flow != asked.Row.Flow {
			return ErrStale
		}
		return nil
	})
}

// spend uses up what a proof used: a code, or what an import expected. Where that
// was used or replaced since, the proof proves nothing any more.
func (l *Linker) spend(tx *store.Tx, proof store.Proof) error {
	var err error
	switch {
	case proof.Code == (store.ID{}):
		return nil
	case proof.Way == ByImport:
		var expected store.ExpectedLink
		if expected, err = l.liveExpected(tx, proof.Code); err == nil && expected.AccountKey != proof.AccountKey {
			return ErrStale
		}
		if err == nil {
			err = tx.DeleteExpectedLink(l.ClientID, l.App, proof.Code)
		}
	default:
		if _, err = l.liveCode(tx, proof.Code); err == nil {
			err = tx.DeleteLinkCode(proof.Code)
		}
	}
	if errors.Is(err, ErrWrongCode) || errors.Is(err, ErrNotExpected) {
		return ErrStale
	}
	return err
}

func (l *Linker) liveCode(tx *store.Tx, id store.ID) (store.LinkCode, error) {
	row, err := tx.LinkCode(id, l.Now())
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (row.ClientID != l.ClientID || row.App != l.App):
		return store.LinkCode{}, ErrWrongCode
	case err == nil && !l.Keys.LinkCodeFits(row):
		return store.LinkCode{}, errCodeAltered
	}
	return row, err
}

func (l *Linker) codeHash(folded string) store.ID { return l.Keys.CodeHash(l.ClientID, l.App, folded) }

// foldCode forgives what people do to a code when they type it: small letters,
// full width, blanks, hyphens.
func foldCode(typed string) string {
	if len(typed) > 256 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(codeLetters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(norm.NFKC.String(typed)))
}
