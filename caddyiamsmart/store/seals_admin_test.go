package store_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestASealOfWhatAdministratorsSeeCoversEveryField(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "iamsmart.db"))
	keys := openKeys(t, s)
	row := audit(t, s, keys, auditOf("login", "chan"))
	code, expected := linkCodeOf(keys, "code", "chan"), expectedOf(keys, "A1", "chan")
	open := register(t, s, keys, registrationOf("mei"))
	decided, err := decide(t, s, keys, approvedOf(open))
	must(t, err)
	for name, c := range map[string]struct {
		row  any
		fits func() bool
	}{
		"audit":         {&row, func() bool { return keys.AuditFits(row) }},
		"link code":     {&code, func() bool { return keys.LinkCodeFits(code) }},
		"expected link": {&expected, func() bool { return keys.ExpectedLinkFits(expected) }},
		"open":          {&open, func() bool { return keys.RegistrationFits(open) }},
		"decided":       {&decided, func() bool { return keys.RegistrationFits(decided) }},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.fits() {
				t.Fatal("it does not fit its own seal")
			}
			altered(t, reflect.ValueOf(c.row).Elem(), "", func(field string) {
				if c.fits() {
					t.Errorf("with another %s it fits still", field)
				}
			})
		})
	}
	other := code
	other.Seal = keys.SealOfExpectedLink(store.ExpectedLink{ClientID: "home", App: "records", ImportedAt: time.Now()})
	if keys.LinkCodeFits(other) {
		t.Error("the seal of another kind of row fits")
	}
}
