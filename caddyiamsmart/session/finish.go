package session

import "context"

// Finish ends, in the store too, a session that is over on this node and whose
// end the store was not told, because it could not be reached. Of other cookies
// it knows nothing and does nothing; n is how many came.
func (m *Manager) Finish(ctx context.Context, cookie string, n int) error {
	was, ok := m.cache.entries.Load(cookie)
	if n != 1 || !ok {
		return nil
	}
	if e := was.(*entry); e.ended.Load() {
		return m.End(ctx, Linked{e})
	}
	return nil
}
