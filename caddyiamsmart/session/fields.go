package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// PendingField names an input of a link-up's form, for what stands in it. The
// name is another one in each link-up, so that what browsers and password
// managers have kept for the application's own form fits nowhere, and a form of
// another link-up has nothing to say.
func (m *Manager) PendingField(id store.ID, what string) string {
	return fieldName(m.fieldKeys()[0], id, what)
}

// ReadPending returns what stands in the input that [Manager.PendingField] names,
// with any live key. It is false for a form that has no such input.
func (m *Manager) ReadPending(form url.Values, id store.ID, what string) (string, bool) {
	for _, key := range m.fieldKeys() {
		if values, ok := form[fieldName(key, id, what)]; ok && len(values) == 1 {
			return values[0], true
		}
	}
	return "", false
}

func (m *Manager) fieldKeys() [][]byte {
	return m.keys.Derive(32, "pending field", m.cfg.Realm, m.cfg.App, m.cfg.Host)
}

// fieldName begins with a letter, as the name of an element should, and is a MAC
// of 128 bits.
func fieldName(key []byte, id store.ID, what string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(id[:])
	mac.Write([]byte(what))
	return "f" + hex.EncodeToString(mac.Sum(nil)[:16])
}
