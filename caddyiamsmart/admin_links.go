package caddyiamsmart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// linkActs are an administrator's acts upon links.
var linkActs = map[string]adminAct{
	"links/list":   listLinks,
	"links/show":   showLink,
	"links/unlink": unlinkByNumber,
	"links/code":   makeCode,
}

// listedAtOnce is how many rows a list looks at in one call.
const listedAtOnce = 500

// listAsk asks for one part of a list.
type listAsk struct {
	After int64 `json:"after,omitempty"` // the number of the last one that was seen; 0 at the beginning
	Limit int   `json:"limit,omitempty"` // how many rows are looked at, from 1 to 500; anything else means 500
}

func (a listAsk) limit() int {
	if a.Limit < 1 || a.Limit > listedAtOnce {
		return listedAtOnce
	}
	return a.Limit
}

// linksAsk asks for links.
type linksAsk struct {
	listAsk
	Account string `json:"account,omitempty"` // only those to this account, in any case and width of its letters
	Source  string `json:"source,omitempty"`  // only those that came from this kind of accounts, as a link shows it
}

// linksAnswer is one part of the list. Links that do not fit what was asked for are
// left out of it, so it may be empty though there is more.
type linksAnswer struct {
	Links []linkEntry `json:"links"`
	Next  int64       `json:"next,omitempty"` // what to ask after for the next part; 0 where there is none
}

// linkEntry is a link as an administrator is shown it.
type linkEntry struct {
	Number      int64     `json:"number"` // never given twice
	Account     string    `json:"account"`
	DisplayName string    `json:"display_name,omitempty"` // of the account's record
	Source      string    `json:"source"`                 // the accounts that it is one of
	Way         string    `json:"way"`                    // how it was proven
	UserType    string    `json:"user_type"`              // what iAM Smart says of its person
	Linked      time.Time `json:"linked"`
	Proved      time.Time `json:"proved"`              // the last time
	LastLogin   time.Time `json:"last_login,omitzero"` // under this name of the account, as far as the audit trail goes back
	Person      string    `json:"person"`              // the pseudonym that applications see
	Altered     bool      `json:"altered,omitempty"`   // somebody changed the row in the store: it opens nothing
}

func listLinks(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask linksAsk
	if err := readAsk(text, &ask); err != nil {
		return nil, err
	}
	links, err := o.desk.links.AllLinks(ctx, ask.After, ask.limit())
	if err != nil {
		return nil, err
	}
	answer := linksAnswer{Links: []linkEntry{}}
	if len(links) == ask.limit() {
		answer.Next = links[len(links)-1].ID
	}
	for _, l := range links {
		if ask.Account != "" && linkup.Fold(ask.Account) != linkup.Fold(l.AccountName) || ask.Source != "" && ask.Source != l.Source {
			continue
		}
		entry := o.linkEntry(l)
		logins, err := o.logins(ctx, l.Link, 1)
		if err != nil {
			return nil, err
		}
		if len(logins) > 0 {
			entry.LastLogin = logins[0]
		}
		answer.Links = append(answer.Links, entry)
	}
	return answer, nil
}

func (o office) linkEntry(l linkup.ListedLink) linkEntry {
	return linkEntry{
		Number: l.ID, Account: l.AccountName, DisplayName: l.DisplayName, Source: l.Source, Way: l.Way,
		UserType: l.UserType, Linked: l.LinkedAt, Proved: l.ProvedAt, Person: o.gate.pseudonym(o.desk, l.Person), Altered: l.Altered,
	}
}

// logins are the last ones by a link, the newest first.
func (o office) logins(ctx context.Context, l store.Link, n int) (at []time.Time, err error) {
	rows, err := o.desk.rows.AuditTrail(ctx, store.AuditQuery{
		ClientID: o.gate.realm.clientID, App: o.gate.App, Person: o.gate.pseudonym(o.desk, l.Person), Account: l.AccountName,
		Event: linkup.EventLogin, Newest: true, Limit: n,
	})
	for _, a := range rows {
		at = append(at, a.At)
	}
	return at, err
}

// numberAsk names a link or a request.
type numberAsk struct {
	Number int64 `json:"number"` // as the list shows it
}

// linkDetail is all that an administrator is shown of one link.
type linkDetail struct {
	linkEntry
	Standing string      `json:"standing"`         // what the link is worth now: see standingOf
	Logins   []time.Time `json:"logins,omitempty"` // the last ones, the newest first
}

// What a link is worth, beside the words of linkup.Standing.
const (
	standingGood    = "good"
	standingUnknown = "unknown" // the accounts cannot be asked now
)

func showLink(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask numberAsk
	if err := readAsk(text, &ask); err != nil {
		return nil, err
	}
	l, err := o.desk.links.Of(ctx, ask.Number)
	if err != nil {
		return nil, err
	}
	detail := linkDetail{linkEntry: o.linkEntry(linkup.ListedLink{Link: l}), Standing: o.standingOf(ctx, l)}
	if detail.Logins, err = o.logins(ctx, l, loginsShown); err != nil {
		return nil, err
	}
	if len(detail.Logins) > 0 {
		detail.LastLogin = detail.Logins[0]
	}
	return detail, nil
}

// standingOf asks the accounts what a link is worth now: good, closed, gone or ended,
// or unknown where they cannot be asked.
func (o office) standingOf(ctx context.Context, l store.Link) string {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	seen, err := o.gate.see(ctx, l, time.Time{})
	if err != nil {
		o.gate.logger.Warn("looking at an account for an administrator", zap.Error(err))
		return standingUnknown
	}
	if standing := o.desk.links.Rules.Standing(l, seen); standing != linkup.Stands {
		return string(standing)
	}
	return standingGood
}

// unlinkByNumber ends a link, and its sessions with it.
func unlinkByNumber(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask numberAsk
	if err := readAsk(text, &ask); err != nil {
		return nil, err
	}
	l, err := o.desk.links.UnlinkAs(ctx, o.actor, ask.Number)
	if err != nil {
		return nil, err
	}
	o.desk.sessions.ForgetLink(l.ID)
	o.gate.logger.Info("unlinked by an administrator", o.gate.who(o.desk, l.Person)...)
	return o.linkEntry(linkup.ListedLink{Link: l}), nil
}

// codeAsk asks for a link code.
type codeAsk struct {
	Account string `json:"account"`           // its name
	Certain bool   `json:"certain,omitempty"` // take the name as it stands where the accounts cannot be looked up
}

// codeAnswer holds the code, this once.
type codeAnswer struct {
	Account     string    `json:"account"` // as the application spells it
	DisplayName string    `json:"display_name,omitempty"`
	Source      string    `json:"source"`
	LookedUp    bool      `json:"looked_up"` // whether the accounts know of it
	Code        string    `json:"code"`
	Expires     time.Time `json:"expires"`
	Address     string    `json:"address"`           // where its person begins
	Service     string    `json:"service,omitempty"` // as the pages name it
}

func makeCode(ctx context.Context, o office, text json.RawMessage) (any, error) {
	var ask codeAsk
	if err := readAsk(text, &ask); err != nil {
		return nil, err
	}
	if !o.gate.links(linkup.ByCode) {
		return nil, refusedAct(http.StatusConflict, fmt.Sprintf(
			"this gate takes no link codes; write 'link %s %s' into its block, reload Caddy, and ask again", strings.Join(o.gate.Link, " "), linkup.ByCode))
	}
	f, looked, err := o.account(ctx, ask.Account, ask.Certain)
	if err != nil {
		return nil, err
	}
	code, expires, err := o.desk.links.Code(ctx, f.Account, f.source, o.actor)
	if err != nil {
		return nil, whyNoLink(err)
	}
	return codeAnswer{
		Account: f.Name, DisplayName: f.DisplayName, Source: f.source, LookedUp: looked, Code: code, Expires: expires,
		Address: o.gate.beginning(), Service: o.gate.Pages.Service,
	}, nil
}

// beginning is the address at which people log in.
func (g *Gate) beginning() string {
	if g.Mode == modeOptional {
		return g.origin + g.Prefix + "/login"
	}
	return g.origin
}
