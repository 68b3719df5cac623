package simulator

// Reset forgets logins, tokens, tickets, requests, businessIDs, announced faults, violations and callbacks, and makes the persons what
// they were. What clients rightly still rely on stays: CEKs, and the memory of nonces and IVs. Requests that waited get no callback.
func (s *Simulator) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.waiting.all() {
		w.timer.Stop()
	}
	s.forget()
	s.persons, _ = enrol(s.options.Persons) // New has checked them
	for _, c := range s.clients {
		c.businesses, c.allowance = newBounded[*business](maxBusinesses), allowance{}
	}
	s.journal.reset()
}

// forget makes the memories empty ones.
func (s *Simulator) forget() {
	s.pending = newBounded[*pendingLogin](maxPending)
	s.codes = newBounded[*grant](maxCodes)
	s.tokens = newBounded[*accessToken](maxTokens)
	s.waiting = newBounded[*waiting](maxWaiting)
	s.tickets = newBounded[*ticket](maxTickets)
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.violations, j.total, j.recent, j.callbacks = nil, 0, nil, nil
	j.counts, j.faults = map[string]int{}, map[string][]Fault{}
}
