package store

import "time"

// SigningKey is a key that signs assertions.
type SigningKey struct {
	Realm, Algorithm string
	ID               string    // as assertions name it
	Sealed           []byte    // sealed by the caller
	Begins           time.Time // from then on it signs
}

// SigningKeys returns the keys of a realm for an algorithm, the first to begin first.
func (t *Tx) SigningKeys(realm, algorithm string) (keys []SigningKey, err error) {
	err = t.each(func(scan func(...any) error) error {
		k := SigningKey{Realm: realm, Algorithm: algorithm}
		if err := scan(&k.ID, &k.Sealed, timeColumn{&k.Begins}); err != nil {
			return err
		}
		keys = append(keys, k)
		return nil
	}, selectSigningKeys, realm, algorithm)
	if err != nil {
		return nil, failed("reading signing keys", err)
	}
	return keys, nil
}

// PutSigningKey stores a new key.
func (t *Tx) PutSigningKey(k SigningKey) error {
	if _, err := t.exec(insertSigningKey, k.Realm, k.Algorithm, k.ID, k.Sealed, millis(k.Begins)); err != nil {
		return failed("storing signing key", err)
	}
	return nil
}

// DeleteSigningKey deletes a key. It is no error when there is none.
func (t *Tx) DeleteSigningKey(k SigningKey) error {
	if _, err := t.exec(deleteSigningKey, k.Realm, k.Algorithm, k.ID); err != nil {
		return failed("deleting signing key", err)
	}
	return nil
}
