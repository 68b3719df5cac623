package store

import (
	"context"
	"fmt"
)

// linksPerSealing are sealed in one transaction.
const linksPerSealing = 500

// SealOldLinks seals the links of a store that was made before links had seals,
// and says how many there were. It takes every link for what it then says, so it
// does so once: that it was done is recorded in the key ring, in a way that nobody
// undoes who has not the root key. From then on, and in a store that was made
// with seals, it does nothing; a link without a seal stays without. After an error
// part may be done; doing it again is harmless.
func SealOldLinks(ctx context.Context, s *Store, keys *Keys, root RootKey) (n int, err error) {
	if keys.linksSealed {
		return 0, nil
	}
	for last := int64(0); ; {
		var links []Link
		err := s.Update(ctx, func(t *Tx) (err error) {
			if links, err = t.unsealedLinks(last); err != nil {
				return err
			}
			for _, l := range links {
				if err := t.SealLink(l.ID, keys.SealOfLink(l)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		if len(links) == 0 {
			return n, s.markSealed(ctx, root)
		}
		n += len(links)
		last = links[len(links)-1].ID
	}
}

// unsealedLinks returns links without a seal whose id is greater, lowest first.
func (t *Tx) unsealedLinks(after int64) (links []Link, err error) {
	err = t.each(func(scan func(...any) error) error {
		var l Link
		err := scan(l.columns()...)
		links = append(links, l)
		return err
	}, selectUnsealed, after, linksPerSealing)
	if err != nil {
		return nil, failed("reading links without a seal", err)
	}
	return links, nil
}

// SealLink stores the seal of a link. It returns ErrNotFound when the link is
// gone.
func (t *Tx) SealLink(id int64, seal Seal) error {
	n, err := t.exec(sealLink, seal[:], id)
	if err != nil {
		return failed("sealing link", err)
	}
	if n == 0 {
		return fmt.Errorf("sealing link: %w", ErrNotFound)
	}
	return nil
}

// markSealed gives the look-up key the name that says so. Where another process
// has just done it, nothing is left to do.
func (s *Store) markSealed(ctx context.Context, root RootKey) error {
	rows, err := s.ringRows(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.purpose != lookupUnsealed {
			continue
		}
		key, err := openRingKey(root, r)
		if err != nil {
			return err
		}
		sealed, err := sealRingKey(root, ringRow{lookupPurpose, r.number, key})
		if err != nil {
			return fmt.Errorf("sealing key: %w", err)
		}
		err = s.Update(ctx, func(t *Tx) error {
			_, err := t.exec(renameRingKey, lookupPurpose, sealed, lookupUnsealed, r.number)
			return err
		})
		if err != nil {
			return failed("recording that links are sealed", err)
		}
	}
	return nil
}
