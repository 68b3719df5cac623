package linkup

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

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

	// ApprovalLast asks for iAM Smart's approval once more, after the proof of the
	// account: then only ConfirmApproved links. Default: Confirm does, within Window.
	ApprovalLast bool

	// Rules say how many links may stand.
	Rules Rules

	// Forget makes of what is sealed in a link-up what stays with its link for as
	// long as it can be undone. Default: all of it.
	Forget func(sealed []byte) []byte

	// Trail is where every link that is made, changed or refused is written down.
	Trail store.Trail
}

// Arrival is a person whom iAM Smart has just vouched for.
type Arrival struct {
	Person       [32]byte // keyed hash of the openID
	UserType     string
	LastModified time.Time
	Flow         store.ID // the flow that iAM Smart answered; claimed
	Sealed       []byte   // what the caller wants back at the end
	// At is when the person approved, where that was not just now.
	At time.Time

	// Renews is the link whose account the person must prove again, and why; zero
	// where there is none.
	Renews store.Link
	Reason Standing
	// Choosing is set where the person has several links and has yet to choose.
	Choosing bool
}

// Begin makes the person's pending link-up and returns the random id that goes
// to the browser. An older one of the same person ends, but the tries that it
// used up count in the new one. Where it or the person has none left, Begin
// returns [ErrTooMany] and the time to wait for.
func (l *Linker) Begin(ctx context.Context, a Arrival) (id []byte, ends time.Time, err error) {
	id = make([]byte, 32)
	rand.Read(id)
	now := l.Now()
	if a.At.IsZero() {
		a.At = now
	}
	ends = a.At.Add(Window)
	err = l.Rows.Update(ctx, func(tx *store.Tx) error {
		p := store.Pending{
			ID: store.Hash(id), ClientID: l.ClientID, App: l.App, Host: l.Host,
			Person: a.Person, Flow: a.Flow, Sealed: a.Sealed,
			UserType: a.UserType, LastModified: a.LastModified,
			CreatedAt: now, ApprovedAt: a.At, Expires: ends,
			Renews: a.Renews.ID, Reason: string(a.Reason),
		}
		if a.Choosing {
			p.Reason = choosing
		}
		if a.Reason == Ended || a.Reason == Gone { // iAM Smart says of the person what it said then
			p.Profile = []byte(a.Renews.Profile)
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
// Where the link-up was begun to prove a link's account again, that link is
// renewed and no other made. So is a link of the person to this very account that is
// not as it was proven.
//
// It returns [ErrEnded], [ErrStale], [ErrOtherWay], [ErrTaken], [ErrShared],
// [ErrWasAnothers] or [ErrHaveAnother]. The last ends the link-up, the three
// before it only where its minutes are over: else the person may try another
// account.
func (l *Linker) Confirm(ctx context.Context, id store.ID, proofToken string,
	begin func(store.Link) (store.Session, error), stood ...store.ID,
) (store.Link, error) {
	return l.confirm(ctx, id, func(p store.Pending) error {
		switch {
		case l.ApprovalLast && (p.Proof == nil || p.Proof.Way != ByImport): // there an approval was the last thing already
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
			link, made, err = l.link(tx, p, "")
		}
		if notThisAccount(err) && l.inTime(p) {
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
		s, err := l.enter(tx, id, link, begin, stood)
		if err != nil || !made {
			return err
		}
		fresh := store.FreshLink{Link: link, Session: s.ID, Sealed: p.Sealed, Expires: l.Now().Add(UndoWindow)}
		if l.Forget != nil {
			fresh.Sealed = l.Forget(p.Sealed)
		}
		fresh.Seal = l.Keys.SealOfFreshLink(fresh)
		return tx.PutFreshLink(fresh)
	})
	if err != nil { // nothing was written
		return store.Link{}, fmt.Errorf("linking: %w", err)
	}
	if refused != nil {
		return link, fmt.Errorf("linking: %w", refused)
	}
	return link, nil
}

// enter ends the link-up and begins the session of its link, in the place of those
// that stood.
func (l *Linker) enter(tx *store.Tx, id store.ID, link store.Link, begin func(store.Link) (store.Session, error), stood []store.ID) (store.Session, error) {
	if err := tx.DeletePending(id); err != nil {
		return store.Session{}, err
	}
	s, err := begin(link)
	if err != nil {
		return s, err
	}
	if err := tx.CreateSession(s, stood...); err != nil {
		return s, err
	}
	return s, l.note(tx, EventLogin, link)
}

// ends tells whether a refusal ends the link-up. Any other error leaves it as it
// was.
func ends(err error) bool {
	return notThisAccount(err) || errors.Is(err, ErrHaveAnother) || errors.Is(err, ErrOtherPerson)
}

// notThisAccount tells whether another account might do.
func notThisAccount(err error) bool {
	return errors.Is(err, ErrTaken) || errors.Is(err, ErrShared) || errors.Is(err, ErrWasAnothers)
}

// link writes the link of a proven pending link-up; made is false where it
// stood before. actor is who did that, or "" for the person.
func (l *Linker) link(tx *store.Tx, p store.Pending, actor string) (link store.Link, made bool, err error) {
	at, err := l.judge(tx, p, *p.Proof)
	if err != nil {
		if at.same != nil { // the person may be told which account is theirs already
			link = *at.same
		}
		return link, false, err
	}
	if err := l.spend(tx, *p.Proof); err != nil {
		return link, false, err
	}
	if at.same != nil && p.Renews == 0 && !l.outdated(*at.same, p) {
		return *at.same, false, nil
	}
	if at.same != nil { // the one that was to be proven again, or another that needed it no less
		link, err = l.renewed(tx, *at.same, p, actor)
		return link, false, err
	}
	if at.replaces != nil {
		if err := l.end(tx, *at.replaces, actor); err != nil {
			return link, false, err
		}
	}
	link = l.proven(store.Link{
		ClientID: l.ClientID, App: l.App, Person: p.Person, Slot: at.slot, Seat: at.seat, AccountKey: p.Proof.AccountKey,
		LinkedAt: l.Now(),
	}, p)
	return l.make(tx, link, actor)
}

// outdated tells whether a proof says other things than the link of the same account
// does: without them the link would end the session that it begins.
func (l *Linker) outdated(link store.Link, p store.Pending) bool {
	return link.Stamp != p.Proof.Stamp || link.Source != p.Proof.Source ||
		l.Rules.Standing(link, Seen{At: l.Now(), LastModified: p.LastModified}) != Stands
}

// proven is a link as its account was proven in a link-up.
func (l *Linker) proven(link store.Link, p store.Pending) store.Link {
	link.AccountName, link.DisplayName, link.Stamp = p.Proof.AccountName, p.Proof.DisplayName, p.Proof.Stamp
	link.Source, link.Way = p.Proof.Source, p.Proof.Way
	link.UserType, link.LastModified, link.ProvedAt = p.UserType, p.LastModified, l.Now()
	link.Profile = string(p.Profile)
	return link
}

// make inserts a link and seals it.
func (l *Linker) make(tx *store.Tx, link store.Link, actor string) (_ store.Link, made bool, err error) {
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
	if err == nil {
		err = l.noteBy(tx, EventLinked, link, actor)
	}
	return link, err == nil, err
}

// renewed writes a link whose account was proven again.
func (l *Linker) renewed(tx *store.Tx, link store.Link, p store.Pending, actor string) (store.Link, error) {
	link = l.proven(link, p)
	link.Seal = l.Keys.SealOfLink(link)
	if err := tx.UpdateLink(link); err != nil {
		return link, err
	}
	return link, l.noteBy(tx, EventRenewed, link, actor)
}

// judge says by the rules whether a person may have an account.
func (l *Linker) judge(tx *store.Tx, p store.Pending, proof store.Proof) (place, error) {
	c := claim{name: proof.AccountName, key: proof.AccountKey, way: proof.Way,
		renews: p.Renews, gone: Standing(p.Reason) == Gone}
	var err error
	if c.ofPerson, err = l.allSound(tx.Links(l.person(p.Person), l.App)); err != nil {
		return place{}, err
	}
	if c.ofAccount, err = l.allSound(tx.LinksOfAccount(l.ClientID, l.App, proof.AccountKey)); err != nil {
		return place{}, err
	}
	if c.wasAnothers, err = tx.WasAnothers(l.ClientID, l.App, proof.AccountKey, p.Person); err != nil {
		return place{}, err
	}
	return l.Rules.verdict(c)
}

func (l *Linker) person(hash [32]byte) store.Person {
	return store.Person{ClientID: l.ClientID, Hash: hash}
}
