package simulator

import "time"

// allowance is how many calls a client may still make at once; it grows by the limit within a second.
type allowance struct {
	calls float64
	at    time.Time
}

// throttle refuses a call over the limit, which is no violation: the client cannot know the limit before.
func (s *Simulator) throttle(c *client) error {
	limit := float64(s.options.RateLimit)
	if limit == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, left := s.options.Now(), &c.allowance
	if left.at.IsZero() {
		left.calls = limit
	} else {
		left.calls = min(limit, left.calls+limit*max(0, now.Sub(left.at).Seconds()))
	}
	left.at = now
	if left.calls < 1 {
		return &refusal{code: "429", detail: "more calls than the limit", retryAfter: time.Second}
	}
	left.calls--
	return nil
}
