package caddyiamsmart

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// showPicker has a person with several accounts say which one they want.
func (g *Gate) showPicker(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	links, err := d.links.Find(r.Context(), who.row.Person)
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	picker := pages.Picker{Common: leadsTo(g.Prefix + "/link"), Token: g.linkToken(d, who, "link"), CanAdd: g.mayAdd(links)}
	for _, l := range links {
		picker.Choices = append(picker.Choices, pages.PickChoice{Value: strconv.FormatInt(l.ID, 10), Name: l.DisplayName, Account: l.AccountName})
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, picker)
	return nil
}

// another is what the picker asks for in the place of a way: the choice of ways to link
// another account.
const another = "another"

// wantsAnother tells whether a person who is to choose asks for a further account, by a
// way that is open, and may have one.
func (g *Gate) wantsAnother(ctx context.Context, d *desk, who unlinked, way string) (bool, error) {
	if way != another && !g.links(way) {
		return false, nil
	}
	links, err := d.links.Find(ctx, who.row.Person)
	return g.mayAdd(links), err
}

// mayAdd tells whether a person with these links may have one more.
func (g *Gate) mayAdd(links []store.Link) bool { return len(links) < max(1, g.AccountsPerPerson) }

// choose logs the person in with the account that they chose. Where it must be
// proven once more, that begins.
func (g *Gate) choose(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, chosen string) error {
	links, err := d.links.Find(r.Context(), who.row.Person)
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	i := slices.IndexFunc(links, func(l store.Link) bool { return strconv.FormatInt(l.ID, 10) == chosen })
	if i < 0 || !linkup.IsChoosing(who.row) {
		return g.linkRefused(w, r, d, who, linkup.ErrStale)
	}
	link, standing, err := g.worth(r.Context(), d, links[i], who.row.LastModified)
	switch {
	case err != nil:
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.CannotCheck, cause: err, link: true})
	case standing == linkup.Closed:
		ref := g.countRefusal(r, d, who, store.Audit{Event: eventState, Account: link.AccountName, Source: link.Source})
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.AccountState, cause: accounts.ErrState, link: true, ref: ref})
	case standing != linkup.Stands:
		return g.beginLinkup(w, r, d, linkup.Arrival{
			Person: who.row.Person, UserType: who.row.UserType, LastModified: who.row.LastModified,
			At: who.row.ApprovedAt, Flow: who.row.Flow, Sealed: who.row.Sealed, Renews: link, Reason: standing,
		})
	}
	return g.enter(w, r, d, who, who.note.address(), func(begin beginning, stood ...store.ID) (store.Link, error) {
		return d.links.Choose(r.Context(), who.row.ID, link.ID, begin, stood...)
	})
}
