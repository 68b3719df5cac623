package linkup

import (
	"context"
	"errors"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

const choosing = "choosing"

// IsChoosing tells whether a link-up is that of a person with several links, who
// has yet to choose.
func IsChoosing(p store.Pending) bool { return p.Reason == choosing }

// Choose begins the session of one of the several links of a person who has come
// back from iAM Smart, and ends their link-up and the sessions that stood. It
// returns [ErrEnded], [ErrStale] where the link is not this person's, or [ErrOtherWay]
// where the link-up is not for choosing but for a proof.
func (l *Linker) Choose(ctx context.Context, id store.ID, link int64,
	begin func(store.Link) (store.Session, error), stood ...store.ID,
) (store.Link, error) {
	var chosen store.Link
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err == nil {
			err = l.mustBeInTime(p)
		}
		if err != nil {
			return err
		}
		if !IsChoosing(p) || p.Renews != 0 {
			return ErrOtherWay
		}
		chosen, err = l.ofThisApp(tx.LinkByID(link))
		if errors.Is(err, store.ErrNotFound) || err == nil && chosen.Person != p.Person {
			return ErrStale
		}
		if err != nil {
			return err
		}
		_, err = l.enter(tx, id, chosen, begin, stood)
		return err
	})
	if err != nil {
		return store.Link{}, fmt.Errorf("choosing account: %w", err)
	}
	return chosen, nil
}

// Renew writes down what the accounts say of a link that stands: the account's
// name, and by what its password is known. The link must be of the same account.
func (l *Linker) Renew(ctx context.Context, link store.Link, r accounts.Record) (store.Link, error) {
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		stands, err := l.ofThisApp(tx.LinkByID(link.ID))
		if err != nil {
			return err
		}
		if stands.AccountKey != Key(r.Account) {
			return ErrStale
		}
		renamed := stands.AccountName != r.Name
		stands.AccountName, stands.DisplayName = r.Name, r.DisplayName
		if stands.Stamp == "" {
			stands.Stamp = r.Stamp
		}
		stands.Seal = l.Keys.SealOfLink(stands)
		if err := tx.UpdateLink(stands); err != nil {
			return err
		}
		link = stands
		if renamed {
			return l.note(tx, EventRenamed, link)
		}
		return nil
	})
	if err != nil {
		return link, fmt.Errorf("renewing link: %w", err)
	}
	return link, nil
}

// Act is a journey to iAM Smart that a linked person began for one act upon one
// link, and for nothing else.
type Act interface {
	On() (link int64)
}

// Unlink ends a link, every session of it and its person's link-up, because they have
// approved that in iAM Smart. It returns [ErrOtherPerson] where somebody else did, and
// [store.ErrNotFound] where the link is gone.
func (l *Linker) Unlink(ctx context.Context, approved Act, person [32]byte) (store.Link, error) {
	return l.unlink(ctx, approved.On(), "", func(link store.Link) error {
		if link.Person != person {
			return ErrOtherPerson
		}
		return nil
	})
}

// UnlinkAs ends a link, every session of it and its person's link-up on the word of an
// administrator, who must be named. It returns [store.ErrNotFound] where the link is gone.
func (l *Linker) UnlinkAs(ctx context.Context, actor string, link int64) (store.Link, error) {
	return l.unlink(ctx, link, actor, func(store.Link) error { return mustBeNamed(actor) })
}

var errNobody = errors.New("it is not said which administrator does it")

// mustBeNamed refuses an administrator in whose place the trail would name the person or
// the gate.
func mustBeNamed(actor string) error {
	if actor == "" || actor == store.ActorPerson || actor == store.ActorGate {
		return errNobody
	}
	return nil
}

func (l *Linker) unlink(ctx context.Context, id int64, actor string, may func(store.Link) error) (store.Link, error) {
	var link store.Link
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		var err error
		if link, err = l.ofThisApp(tx.LinkByID(id)); err != nil {
			return err
		}
		if err := may(link); err != nil {
			return err
		}
		if err := l.EndOf(tx, link.Person); err != nil {
			return err
		}
		return l.end(tx, link, actor)
	})
	if err != nil {
		return store.Link{}, fmt.Errorf("unlinking: %w", err)
	}
	return link, nil
}

// end deletes a link and writes it down. A code for the account that was made before
// the link, and is a forgotten slip of paper by now, ends with it; of an account that
// several persons share, it may be the next one's. An import ends in any case: it would
// link its person again without their password, which may have been changed to keep
// them out.
func (l *Linker) end(tx *store.Tx, link store.Link, actor string) error {
	if err := tx.DeleteLink(link.ID); err != nil {
		return err
	}
	if _, shared := l.Rules.Shared[Fold(link.AccountName)]; !shared {
		if err := tx.DeleteLinkCodeOf(l.ClientID, l.App, link.AccountKey); err != nil {
			return err
		}
	}
	if err := tx.DeleteExpectedLinkOf(l.ClientID, l.App, link.AccountKey, l.Now()); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return l.noteBy(tx, EventUnlinked, link, actor)
}
