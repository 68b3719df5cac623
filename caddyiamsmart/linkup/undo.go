package linkup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// UndoWindow is how long the session that made a link may undo it.
const UndoWindow = 10 * time.Minute

// ErrUndoOver means that a session can undo no link: it has made none, its time
// is over, or the link is gone.
var ErrUndoOver = errors.New("this session can undo no link")

// Fresh returns the link that a session has made and may still undo, or
// [ErrUndoOver].
func (l *Linker) Fresh(ctx context.Context, session store.ID) (store.FreshLink, error) {
	return l.own(l.Rows.FreshLink(ctx, session, l.Now()))
}

// Undo deletes the link that this very session has made, and with it every
// session of the link, or returns [ErrUndoOver]. The account is then as if it had
// never been the person's.
func (l *Linker) Undo(ctx context.Context, session store.ID) (store.Link, error) {
	var undone store.Link
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		fresh, err := l.own(tx.FreshLink(session, l.Now()))
		if err != nil {
			return err
		}
		undone = fresh.Link
		if err := tx.UndoLink(undone); err != nil {
			return err
		}
		return l.note(tx, EventUndone, undone)
	})
	if err != nil {
		return store.Link{}, fmt.Errorf("undoing link: %w", err)
	}
	return undone, nil
}

// own turns a row that is gone, or another place's, into ErrUndoOver, and refuses
// one that was altered.
func (l *Linker) own(f store.FreshLink, err error) (store.FreshLink, error) {
	if errors.Is(err, store.ErrNotFound) {
		return store.FreshLink{}, ErrUndoOver
	}
	if err == nil && (f.Link.ClientID != l.ClientID || f.Link.App != l.App) {
		return store.FreshLink{}, ErrUndoOver
	}
	if err == nil && !l.Keys.FreshLinkFits(f) {
		err = errFreshAltered
	}
	if _, err = l.sound(f.Link, err); err != nil {
		return store.FreshLink{}, err
	}
	return f, nil
}
