package caddyiamsmart

import (
	"fmt"
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
)

// refuseByRule answers a person who lacks what a rule asks for: with the way to it
// where there is one, else with what is missing and whom to ask.
func (g *Gate) refuseByRule(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, l lack) error {
	answer := problem{status: http.StatusForbidden, kind: pages.NotAllowed, account: who.Account(), cause: fmt.Errorf("a rule refuses the person: %s", l)}
	switch l {
	case lackStepUp:
		return g.askStepUp(w, r, d, who)
	case lackLogin:
		return g.challenge(w, r, d, session.Nobody{Why: session.TooOld})
	case lackUserType:
		answer.kind = pages.NeedsPlus
	case lackMethod:
		answer.kind = pages.LinkedOtherwise
	}
	return g.problem(w, r, answer)
}

// String is for the log, which names no value of anybody's record.
func (l lack) String() string {
	switch l {
	case lackStepUp:
		return "the step-up is too long ago"
	case lackLogin:
		return "the login is too long ago"
	case lackUserType:
		return "it asks for iAM Smart+"
	case lackMethod:
		return "the account was linked in another way"
	case lackAttribute:
		return "the account's record does not say what it asks for"
	}
	return "nothing is missing"
}
