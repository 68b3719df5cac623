package caddyiamsmart

import (
	"context"
	"encoding/json"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// note is what a gate keeps sealed with a link-up until it ends.
type note struct {
	Return string `json:"return"` // where the person was going

	// By which iAM Smart can be asked for more; kept only where something may be.
	AccessToken string    `json:"token,omitempty"`
	OpenID      string    `json:"open_id,omitempty"`
	TokenEnds   time.Time `json:"token_ends,omitzero"`
	StepUp      bool      `json:"step_up,omitempty"` // the login is for step-ups, too

	Asked *asked  `json:"asked,omitempty"` // what the person is being asked in iAM Smart
	Form  *filled `json:"form,omitempty"`  // what they filled in, for an account
}

// asked is a request to iAM Smart that a link-up waits for.
type asked struct {
	Request store.ID  `json:"request"`
	For     string    `json:"for"`            // what the answer is for: the purposes of a wait
	Fields  []string  `json:"fields"`         // as pages call them
	Try     store.ID  `json:"try,omitzero"`   // that was counted for it
	Slow    int       `json:"slow,omitempty"` // how many times the usual time a no takes
	Ticket  string    `json:"ticket,omitempty"`
	Ends    time.Time `json:"ends"`
}

// What an answer of iAM Smart is for.
const (
	forHKIC     = "hkic"     // finding the account by the number
	forImport   = "import"   // finding it in an import, and else nothing
	forProfile  = "profile"  // fields for headers, or the name to compare
	forRegister = "register" // an account to be opened
)

// newNote is what is known when a person has arrived.
func (g *Gate) newNote(ctx context.Context, d *desk, back string, token iamsmart.Token) note {
	n := note{Return: back, StepUp: g.allowsStepUp(token)}
	if n.StepUp || g.asksMore(ctx, d) {
		n.AccessToken, n.OpenID, n.TokenEnds = token.AccessToken.Reveal(), token.OpenID.Reveal(), token.ExpiresAt
	}
	if g.headers.TakesOpenID() {
		n.OpenID = token.OpenID.Reveal()
	}
	return n
}

func (g *Gate) sealNote(d *desk, n note) []byte {
	text, err := json.Marshal(n)
	if err != nil {
		return nil // plain fields cannot fail; and nothing opens it
	}
	return d.keys.Seal(text, g.sealLabels()...)
}

func (g *Gate) openNote(d *desk, sealed []byte) (note, error) {
	var n note
	text, err := d.keys.Open(sealed, g.sealLabels()...)
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	return n, err
}

// onlyReturn makes of a sealed note one that knows no more than where the person
// was going.
func (g *Gate) onlyReturn(d *desk, sealed []byte) []byte {
	n, err := g.openNote(d, sealed)
	if err != nil {
		return nil
	}
	return g.sealNote(d, note{Return: n.Return})
}

func (n note) address() string {
	if n.Return == "" {
		return "/"
	}
	return n.Return
}
