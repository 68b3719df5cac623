package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// What callers branch on. They come wrapped; test with errors.Is.
var (
	// ErrNotFound: no such row, or one that no longer counts.
	ErrNotFound = errors.New("not found")
	// ErrClaimed: somebody claimed this id before.
	ErrClaimed = errors.New("already claimed")
	// ErrPersonLinked: the person has a link in this app and slot.
	ErrPersonLinked = errors.New("person is linked already")
	// ErrAccountTaken: the account is linked, to this or another person.
	ErrAccountTaken = errors.New("account is linked already")
	// ErrBusy: another process kept the database locked for five seconds.
	ErrBusy = errors.New("store is busy")
	// ErrNewer: a newer version of this program has changed the tables.
	ErrNewer = errors.New("store was made by a newer version of this program")
	// ErrDamaged: the file is not a database, or one with broken pages.
	ErrDamaged = errors.New("store is damaged")
	// ErrGone: the file was deleted or replaced while the store was open.
	ErrGone = errors.New("the store's file is not in its place any more")
	// ErrWrongKey: the root key is not the one that sealed the key ring.
	ErrWrongKey = errors.New("root key does not open the key ring of this store")
)

// callLimit ends a call whose caller set no nearer deadline, so that nobody
// queues for ever behind a slow writer.
const callLimit = 10 * time.Second

// ID is the SHA-256 of a random id that only its bearer knows; the store never
// sees the id itself.
type ID = [32]byte

// Hash makes the ID under which the store knows a random id.
func Hash(id []byte) ID { return sha256.Sum256(id) }

// Store is an open store. Its methods may be called from many goroutines.
type Store struct {
	writer *sql.DB // one connection: writers queue here, not at a lock in the file
	reader *sql.DB
	// inPlace tells whether what is written will be found at the next start.
	inPlace func() error
	// sick is set when a write failed for a reason that the next one would meet
	// too, until one succeeds.
	sick atomic.Bool
}

// Close ends the use of the store. Calls under way finish or fail; later ones
// fail.
func (s *Store) Close() error {
	// The last connection to close folds the log into the file, which only a
	// writer can do.
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Update runs change in one write transaction and commits it when change
// returns nil. An error or a panic rolls everything back, and the error comes
// back as it was. A change whose statement failed is never committed, even if
// it returns nil.
//
// Writers wait for each other: change must be quick, must not wait for a
// network, and must not call a writing method of Store (it would wait for
// itself until the deadline).
func (s *Store) Update(ctx context.Context, change func(*Tx) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	defer func() { s.feel(err) }()
	if err := s.inPlace(); err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return failed("beginning transaction", err)
	}
	defer tx.Rollback() // does nothing after a commit; covers error and panic
	t := &Tx{ctx: ctx, tx: tx}
	if err := change(t); err != nil {
		return err
	}
	if t.broken != nil {
		return t.broken
	}
	if err := t.why(tx.Commit()); err != nil {
		return failed("committing transaction", err)
	}
	for _, f := range t.then {
		f()
	}
	return nil
}

// feel remembers how a write went.
func (s *Store) feel(err error) {
	if err == nil || ofDisk(err) {
		s.sick.Store(err != nil)
	}
}

// Ready returns nil where the store can be read and, as far as is known, be
// written. After a write that failed because of the disk it tries one, so that
// it is ready again as soon as the disk is.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.HasKeys(ctx); err != nil {
		return err
	}
	if !s.sick.Load() {
		return s.inPlace()
	}
	if _, err := s.exec(ctx, writeMark); err != nil {
		return failed("writing", err)
	}
	return nil
}

// Tx is a write transaction, valid until the function given to Store.Update
// returns, and for one goroutine. It sees its own changes.
type Tx struct {
	ctx context.Context
	tx  *sql.Tx
	// broken is the first failure of a statement. A full disk makes SQLite end
	// the transaction by itself, and what came after would count at once and
	// alone; so nothing comes after.
	broken error
	then   []func()
}

// Then has f called once the transaction is committed, and not otherwise.
func (t *Tx) Then(f func()) { t.then = append(t.then, f) }

// getter reads the single row of a query into dest; no row is ErrNotFound.
// Store and Tx each have one, so that a look-up is written once.
type getter func(dest []any, query string, args ...any) error

func (t *Tx) get(dest []any, query string, args ...any) error {
	if t.broken != nil {
		return t.broken
	}
	err := t.tx.QueryRowContext(t.ctx, query, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	t.broken = t.why(err)
	return t.broken
}

// each gives the rows of a query to read, one after the other.
func (t *Tx) each(read func(scan func(...any) error) error, query string, args ...any) error {
	if t.broken != nil {
		return t.broken
	}
	rows, err := t.tx.QueryContext(t.ctx, query, args...)
	if err == nil {
		defer rows.Close()
		for err == nil && rows.Next() {
			err = read(rows.Scan)
		}
		err = errors.Join(err, rows.Err())
	}
	t.broken = t.why(err)
	return t.broken
}

// exec runs a statement and says how many rows it changed.
func (t *Tx) exec(query string, args ...any) (int64, error) {
	if t.broken != nil {
		return 0, t.broken
	}
	n, err := affected(t.tx.ExecContext(t.ctx, query, args...))
	t.broken = t.why(err)
	return n, t.broken
}

// why names the deadline where database/sql only says that the transaction is
// over, which it does when it was the first to notice.
func (t *Tx) why(err error) error {
	if errors.Is(err, sql.ErrTxDone) && t.ctx.Err() != nil {
		return t.ctx.Err()
	}
	return err
}

func (s *Store) getter(ctx context.Context) getter {
	return func(dest []any, query string, args ...any) error {
		ctx, cancel := context.WithTimeout(ctx, callLimit)
		defer cancel()
		err := s.reader.QueryRowContext(ctx, query, args...).Scan(dest...)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		return err
	}
}

// exec runs one statement as a transaction of its own.
func (s *Store) exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	defer func() { s.feel(err) }()
	if err := s.inPlace(); err != nil {
		return 0, err
	}
	return affected(s.writer.ExecContext(ctx, query, args...))
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// failed says what was being done when err came, and adds the sentinel that
// the database's own code stands for.
func failed(doing string, err error) error {
	if kind := sqliteKind(err); kind != nil {
		return fmt.Errorf("%s: %w: %w", doing, kind, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
