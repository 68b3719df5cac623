package caddyiamsmart

import (
	"cmp"
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
)

// challenge answers who may not pass: a navigation with the login page in its
// place, a frame with a page that leads out of it, everything else with 401.
func (g *Gate) challenge(w http.ResponseWriter, r *http.Request, d *desk, visitor session.Visitor) error {
	what := wants(r)
	if what != data && !g.isPublicHost(r.Host) {
		return g.redirect(w, session.Address(asSent(r), g.Prefix))
	}
	switch what {
	case page:
		if back, kind := g.late(w, r, d, visitor); kind != 0 {
			return g.loginPageTo(w, r, d, session.Return{Address: cmp.Or(back, "/")}, &pages.Problem{Kind: kind})
		}
		return g.loginPage(w, r, d, visitor)
	case frame:
		g.pages.Write(w, g.language(r, d), http.StatusUnauthorized, pages.FrameLogin{Address: g.Prefix + "/login"})
		return nil
	}
	return g.refuse(w, http.StatusUnauthorized, "login_required")
}
