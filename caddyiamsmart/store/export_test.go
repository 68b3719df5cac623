package store

import "context"

// TurnRing adds a newer key to the ring, as a rotation will.
func TurnRing(ctx context.Context, s *Store, root RootKey, number uint32) error {
	return s.Update(ctx, func(t *Tx) error { return t.addRingKey(root, ringPurpose, number) })
}

// DeleteLink deletes a link on a connection of the store itself.
func DeleteLink(ctx context.Context, s *Store, id int64) error {
	_, err := s.exec(ctx, `DELETE FROM links WHERE id = $1`, id)
	return err
}
