package store

import "context"

// each gives the rows of a query to read, one after the other.
func (s *Store) each(ctx context.Context, read func(scan func(...any) error) error, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	return s.eachOfMany(ctx, read, query, args...)
}

// eachOfMany takes as long as ctx allows.
func (s *Store) eachOfMany(ctx context.Context, read func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
