package simulator

// acknowledge takes the client's word on a signature: SR001 accepted, SR002 rejected, SR003 none received.
func (s *Simulator) acknowledge(req *request) (any, error) {
	clear, _, err := s.open(req)
	if err != nil {
		return nil, err
	}
	p := readParameters(clear)
	businessID := p.text("businessID", maxBusinessID)
	switch result := p.text("signingResult", maxText); result {
	case "", "SR001", "SR002", "SR003":
	default:
		p.note(ruleSigningResult.broken("signingResult is %q", clip(result)))
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	if err := s.fault(req); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := req.client.businesses.get(businessID)
	switch {
	case !known || !b.function.signs:
		return nil, ruleAckUnknown.broken("there was no signing request with this businessID")
	case !b.delivered:
		return nil, ruleAckEarly.broken("the signing request is not decided yet")
	case b.acknowledged:
		return nil, ruleAckTwice.broken("the signing request was acknowledged before")
	}
	b.acknowledged = true
	return nil, nil
}
