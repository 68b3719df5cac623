package caddyiamsmart

import (
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// An application may want the openID itself, for example because it has linked its people
// by it before. Then it is kept, sealed, with the session, and with nothing else.

// provisionOpenID refuses to send the openID unless the realm says that it may be.
func (g *Gate) provisionOpenID() error {
	if g.headers.TakesOpenID() && !g.realm.AllowOpenIDHeader {
		return fmt.Errorf("header_up: {iamsmart.open_id}: realm '%s' does not allow it; write 'allow_open_id_header' there if the application must have it, else use {iamsmart.person}", g.Realm)
	}
	return nil
}

func (g *Gate) openIDLabels(login store.ID) []string {
	return []string{"open id", g.Realm, g.App, g.host, string(login[:])}
}

// keepOpenID puts the openID into a session that is about to begin, where it is wanted.
func (g *Gate) keepOpenID(d *desk, draft *session.Draft, openID string) {
	if g.headers.TakesOpenID() && openID != "" {
		draft.Row.OpenID = d.keys.Seal([]byte(openID), g.openIDLabels(draft.Row.ID)...)
	}
}

// openIDOf is the openID of a session; empty where it is not kept, or was altered.
func (g *Gate) openIDOf(d *desk, who session.Linked) string {
	sealed := who.SealedOpenID()
	if len(sealed) == 0 || !g.headers.TakesOpenID() {
		return ""
	}
	text, err := d.keys.Open(sealed, g.openIDLabels(who.Login())...)
	if err != nil {
		return ""
	}
	return string(text)
}
