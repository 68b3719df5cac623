package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Purposes of the rows of the key ring.
const (
	ringPurpose   = "ring"                  // seals and derives; the highest number is the newest
	lookupPurpose = "look-up, links sealed" // hashes openIDs; never replaced, or no link would be found again
	// lookupUnsealed names the same key in a store of before links had seals, until
	// they have (see SealOldLinks). The name is sealed with the key: whoever takes
	// the seals away cannot give it back, and without the key there is no store.
	lookupUnsealed = "look-up"
)

// ringRow is one key as it lies in the store, or opened.
type ringRow struct {
	purpose string
	number  uint32
	key     []byte
}

// HasKeys says whether a key ring lies in the store. Then its root key must be
// found and never be made anew.
func (s *Store) HasKeys(ctx context.Context) (bool, error) {
	var n int64
	if err := s.getter(ctx)([]any{&n}, countRing); err != nil {
		return false, failed("counting keys", err)
	}
	return n > 0, nil
}

// OpenKeys opens the key ring of the store with its root key, and makes the
// ring where there is none. Of several processes that do so at once, one makes
// it and all have the same. A root key that did not seal the ring gives
// ErrWrongKey.
func OpenKeys(ctx context.Context, s *Store, root RootKey) (*Keys, error) {
	if root == (RootKey{}) {
		return nil, errors.New("opening key ring: no root key given")
	}
	rows, err := s.ringRows(ctx)
	if err == nil && len(rows) == 0 {
		if err = s.makeRing(ctx, root); err == nil {
			rows, err = s.ringRows(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if rows[i].key, err = openRingKey(root, r); err != nil {
			return nil, err
		}
	}
	keys, err := newKeys(rows)
	if err != nil {
		return nil, err
	}
	if keys.hkic, err = root.HKICKey(); err != nil {
		return nil, err
	}
	return keys, nil
}

// ringRows returns the sealed keys, newest first.
func (s *Store) ringRows(ctx context.Context) (rows []ringRow, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	r, err := s.reader.QueryContext(ctx, selectRing)
	if err != nil {
		return nil, failed("reading key ring", err)
	}
	defer r.Close()
	for r.Next() {
		var row ringRow
		if err := r.Scan(&row.purpose, &row.number, &row.key); err != nil {
			return nil, failed("reading key ring", err)
		}
		rows = append(rows, row)
	}
	if err := r.Err(); err != nil {
		return nil, failed("reading key ring", err)
	}
	return rows, nil
}

// makeRing stores the first key of each purpose, both or none. Where another
// process has just done so its keys stay.
func (s *Store) makeRing(ctx context.Context, root RootKey) error {
	return s.Update(ctx, func(t *Tx) error {
		for _, purpose := range []string{ringPurpose, lookupPurpose} {
			if err := t.addRingKey(root, purpose, 1); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *Tx) addRingKey(root RootKey, purpose string, number uint32) error {
	key := make([]byte, 32)
	rand.Read(key)
	sealed, err := sealRingKey(root, ringRow{purpose, number, key})
	if err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	if _, err := t.exec(insertRingKey, purpose, number, sealed); err != nil {
		return failed("storing key", err)
	}
	return nil
}

func sealRingKey(root RootKey, r ringRow) ([]byte, error) {
	aead, err := newAEAD(root.key[:], "key ring")
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, r.key, r.place()), nil
}

func openRingKey(root RootKey, r ringRow) ([]byte, error) {
	aead, err := newAEAD(root.key[:], "key ring")
	if err != nil {
		return nil, fmt.Errorf("opening key: %w", err)
	}
	key, err := aead.Open(nil, nil, r.key, r.place())
	if err != nil {
		return nil, fmt.Errorf("opening key %d (%s): %w: restore the root key that was made with this store", r.number, r.purpose, ErrWrongKey)
	}
	return key, nil
}

// place binds a sealed key to its row, so that rows cannot be exchanged.
func (r ringRow) place() []byte {
	return []byte(joined(r.purpose, fmt.Sprint(r.number)))
}
