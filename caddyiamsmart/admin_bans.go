package caddyiamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// What an administrator does for those whose tries are used up.
var banActs = map[string]adminAct{
	"bans/list": listBans,
	"bans/lift": liftBan,
}

type bansAnswer struct {
	Bans []ban `json:"bans"` // persons first; some thousand at most
}

type ban struct {
	Ref    string      `json:"ref"`
	Whose  store.Scope `json:"whose"`            // "person" or "account"
	Person string      `json:"person,omitempty"` // the name that apps may see; of an account the store knows no name
	Tries  int         `json:"tries"`
	Until  time.Time   `json:"until"`
}

func banOf(b linkup.Ban) ban { return ban{b.Ref, b.Scope, b.Person, b.Tries, b.Until} }

func listBans(ctx context.Context, o office, ask json.RawMessage) (any, error) {
	if err := readAsk(ask, new(struct{})); err != nil {
		return nil, err
	}
	bans, err := o.desk.links.Bans(ctx)
	answer := bansAnswer{Bans: make([]ban, len(bans))}
	for i, b := range bans {
		answer.Bans[i] = banOf(b)
	}
	return answer, err
}

// liftAsk says by one of these whose ban it is. The answer is the ban.
type liftAsk struct {
	Ref     string `json:"ref,omitempty"`
	Person  string `json:"person,omitempty"`  // the name that apps may see
	Account string `json:"account,omitempty"` // in any usual spelling
}

func liftBan(ctx context.Context, o office, ask json.RawMessage) (any, error) {
	var whose liftAsk
	if err := readAsk(ask, &whose); err != nil {
		return nil, err
	}
	named := 0
	for _, name := range []string{whose.Ref, whose.Person, whose.Account} {
		if name != "" {
			named++
		}
	}
	if named != 1 {
		return nil, refusedAct(http.StatusBadRequest, "one of ref, person and account must say whose ban it is")
	}
	lifted, err := o.desk.links.Lift(ctx, o.actor, linkup.Banned(whose))
	if errors.Is(err, linkup.ErrNoBan) {
		return nil, refusedAct(http.StatusNotFound, "there is no such ban; it may be over already, see 'caddy iamsmart bans list'")
	}
	return banOf(lifted), err
}
