package store

import (
	"context"
	"fmt"
)

// TurnRing adds a newer key to the ring, as a rotation will.
func TurnRing(ctx context.Context, s *Store, root RootKey, number uint32) error {
	return s.Update(ctx, func(t *Tx) error { return t.addRingKey(root, ringPurpose, number) })
}

// DeleteLink deletes a link on a connection of the store itself.
func DeleteLink(ctx context.Context, s *Store, id int64) error {
	_, err := s.exec(ctx, `DELETE FROM links WHERE id = $1`, id)
	return err
}

// LimitPages lets the file grow to n pages and no further, as a full disk would;
// it returns how many it has.
func LimitPages(ctx context.Context, s *Store, n int) (pages int, err error) {
	if err := s.writer.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		return 0, err
	}
	var limit int
	return pages, s.writer.QueryRowContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, n)).Scan(&limit)
}
