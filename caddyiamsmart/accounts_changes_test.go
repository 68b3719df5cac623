package caddyiamsmart_test

import (
	"reflect"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// bcryptOfOther is the hash of "battery staple".
const bcryptOfOther = "$2a$05$X4qlNDNXDJ25HzY0KHCX7unaJPO1WKK0RWRKlqLMMx8i6Cv2ftDOq"

// changes: an account that is linked is known again after what happens to it in a home,
// and never taken for another who got its name.
func (j *judged) changes(chan1 accounts.Account) {
	reader, ok := j.source.(accounts.Reader)
	if !ok {
		return
	}
	happens := func(what string) {
		j.Helper()
		j.change(what)
		j.wants("trying itself", j.source.(accounts.SelfChecker).CheckSelf(j.Context()), "yes") // a list is looked at by this
	}
	reads := func(what string, a accounts.Account, want string) accounts.Record {
		j.Helper()
		r, err := reader.ReadAccount(j.Context(), a)
		if j.wants(what, err, want, a.Name); err != nil && !reflect.DeepEqual(r, accounts.Record{}) {
			j.Errorf("%s: %+v beside %v", what, r, err)
		}
		return r
	}
	proves := func(what, name, password, want string, account accounts.Account) {
		j.Helper()
		got, err := j.source.CheckPassword(j.Context(), name, password)
		if j.wants(what, err, want, name, password); got != account {
			j.Errorf("%s: %+v, want %+v", what, got, account)
		}
	}

	before := reads("as it was", chan1, "yes")
	happens("password")
	if after := reads("with another password", chan1, "yes"); after.Stamp == before.Stamp || after.Account != chan1 {
		j.Errorf("with another password: %+v, before: %+v", after, before)
	}
	proves("the old password", "KChan", "correct horse", "wrong", accounts.Account{})
	proves("the new password", "KChan", "battery staple", "yes", chan1)

	happens("renamed")
	renamed := chan1
	renamed.Name = "KChan2"
	if r := reads("renamed", chan1, "yes"); r.Account != renamed {
		j.Errorf("renamed: %+v, want %+v", r.Account, renamed)
	}
	reads("by the old name", accounts.Account{Name: "KChan"}, "unknown")

	happens("reused") // by Wong.ML
	if r := reads("renamed, and its name is another's", chan1, "yes"); r.Account != renamed {
		j.Errorf("its name is another's: %+v, want %+v", r.Account, renamed)
	}
	if r := reads("the other", accounts.Account{Name: "KChan"}, "yes"); r.Key == chan1.Key || r.DisplayName != "WONG Mei Ling" {
		j.Errorf("the other is %+v", r)
	}

	happens("fired")
	reads("deleted, and its name is another's", chan1, "unknown")
	reads("deleted, by name", accounts.Account{Name: "KChan2"}, "unknown")
	proves("deleted, by password", "KChan2", "battery staple", "unknown", accounts.Account{})
	number := accounts.CanonicalHKIC(card(j, "Z000001"))
	_, err := j.source.(accounts.HKICFinder).FindByHKIC(j.Context(), number)
	j.wants("deleted, by number", err, "unknown", number)
	j.list("Ho.KM", "KChan", "Lee.A", "Lee.B")
}
