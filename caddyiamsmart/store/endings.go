package store

import "context"

// Ending is the end of a session, whoever ended it and in whatever way.
type Ending struct {
	Number  int64 // each greater than the one before
	Session ID
}

// endingsAtOnce bounds what Endings returns.
const endingsAtOnce = 500

// Endings returns the endings after that number, the first ones first and some
// hundred at most; none when there are no more. Those of sessions whose absolute
// end is past may be missing.
func (s *Store) Endings(ctx context.Context, after int64) (endings []Ending, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	r, err := s.reader.QueryContext(ctx, selectEndings, after, endingsAtOnce)
	if err != nil {
		return nil, failed("reading endings", err)
	}
	defer r.Close()
	for r.Next() {
		var e Ending
		if err := r.Scan(&e.Number, hashColumn{&e.Session}); err != nil {
			return nil, failed("reading endings", err)
		}
		endings = append(endings, e)
	}
	if err := r.Err(); err != nil {
		return nil, failed("reading endings", err)
	}
	return endings, nil
}
