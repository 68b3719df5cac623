package caddyiamsmart_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// said names what a source said, in few words.
func said(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, accounts.ErrUnknown):
		return "unknown"
	case errors.Is(err, accounts.ErrWrong):
		return "wrong"
	case errors.Is(err, accounts.ErrState):
		return "state"
	case errors.Is(err, accounts.ErrUnusable):
		return "unusable"
	case errors.Is(err, accounts.ErrSeveral):
		return "several"
	case errors.Is(err, accounts.ErrCannotCheck):
		return "cannot check"
	}
	return "what no interface foresees"
}

// judged is one kind of accounts at its real server, under the rules of package accounts.
type judged struct {
	*testing.T
	kindOfAccounts
	homeOfAccounts
	source accounts.PasswordChecker
}

// wants holds an error to what must be said, and to repeat nothing that was asked.
func (j *judged) wants(what string, err error, want string, asked ...string) {
	j.Helper()
	if got := said(err); got != want {
		j.Errorf("%s: %s (%v), want %s", what, got, err, want)
	}
	for _, secret := range append(asked, j.secrets...) {
		if err != nil && len(secret) > 3 && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(secret)) {
			j.Errorf("%s: the error repeats what is nobody's business: %v", what, err)
		}
	}
}

// unknown is what is said of a name that is not there.
func (k kindOfAccounts) unknown() string {
	if k.reads {
		return "unknown"
	}
	return "wrong" // which of the two it was, the application does not say
}

// Given the staff of one home in each place where accounts may live, each at its real
// server, when the gate asks, then each answers as the interfaces say, and alike.
func TestEachKindOfAccountsKeepsTheContract(t *testing.T) {
	for name, kind := range kindsOfAccounts {
		t.Run(name, func(t *testing.T) {
			home := kind.home(t)
			j := &judged{t, kind, home, loadKind(t, home.block)}
			j.capabilities(name)
			chan1 := j.passwords()
			j.refusals()
			j.records(chan1)
			j.numbers(chan1)
			j.list("Ho.KM", "KChan", "Lee.A", "Lee.B", "Wong.ML")
			j.changes(chan1)
		})
	}
}

// capabilities: it can what the table says and no more, and is fit.
func (j *judged) capabilities(name string) {
	word, _, _ := strings.Cut(name, " ")
	if named, ok := j.source.(accounts.Source); !ok || named.Kind() != word {
		j.Error("it does not say its kind")
	}
	_, reads := j.source.(accounts.Reader)
	finder, finds := j.source.(accounts.HKICFinder)
	_, hashed := j.source.(accounts.HKICHashed)
	_, lists := j.source.(accounts.Lister)
	if reads != j.reads || finds != j.finds || hashed != j.hashed || lists != j.lists {
		j.Errorf("it reads %t, finds %t, by hash %t, lists %t; the table says otherwise", reads, finds, hashed, lists)
	}
	if finds && !finder.FindsByHKIC() {
		j.Error("it says that it cannot find by number")
	}
	j.wants("trying itself", j.source.(accounts.SelfChecker).CheckSelf(j.Context()), "yes")
}

// passwords: who is right has the name of the records, and its key where there is one;
// who is not has no account; who may not log in hears so with the right password alone.
func (j *judged) passwords() (chan1 accounts.Account) {
	for _, typed := range []struct{ name, password, want string }{
		{"KChan", "correct horse", "yes"},
		{"kchan", "correct horse", "yes"},
		{"Wong.ML", "correct horse", "yes"},
		{"KChan", "wrong horse", "wrong"},
		{"KChan", "Correct Horse", "wrong"},
		{"KChan", "correct horse ", "wrong"},
		{"KCha", "correct horse", j.unknown()},
		{"nobody.here", "correct horse", j.unknown()},
		{"Ho.KM", "correct horse", j.closed},
		{"Ho.KM", "wrong horse", "wrong"},
	} {
		got, err := j.source.CheckPassword(j.Context(), typed.name, typed.password)
		j.wants(typed.name+", "+typed.password, err, typed.want, typed.name, typed.password)
		switch {
		case err != nil && got != (accounts.Account{}):
			j.Errorf("%s, %s: an account beside %v", typed.name, typed.password, err)
		case err == nil && (!strings.EqualFold(got.Name, typed.name) || got.Name != "KChan" && got.Name != "Wong.ML"):
			j.Errorf("%s: named %q, which is not what the records say", typed.name, got.Name)
		case err == nil && (got.Key != "") != j.reads:
			j.Errorf("%s: the key is %q", typed.name, got.Key)
		}
		if typed.name == "kchan" {
			chan1 = got
		}
	}
	return chan1
}

// refusals: what no source must see is wrong, also where its other half is right.
func (j *judged) refusals() {
	for _, typed := range typedInVain("KChan", "correct horse") {
		got, err := j.source.CheckPassword(j.Context(), typed[0], typed[1])
		if j.wants("what must not be asked", err, "wrong", typed[0], typed[1]); got != (accounts.Account{}) {
			j.Errorf("%.20q, %.20q: %+v", typed[0], typed[1], got)
		}
	}
}

// records: by name and by key it is the same record, with its attributes, and no other.
func (j *judged) records(chan1 accounts.Account) {
	reader, ok := j.source.(accounts.Reader)
	if !ok {
		return
	}
	byKey, err := reader.ReadAccount(j.Context(), chan1)
	j.wants("by key", err, "yes")
	byName, err := reader.ReadAccount(j.Context(), accounts.Account{Name: "KChan"})
	j.wants("by name", err, "yes")
	if !reflect.DeepEqual(byKey, byName) {
		j.Errorf("by key it is %+v, by name %+v", byKey, byName)
	}
	if byKey.Account != chan1 || byKey.DisplayName != "CHAN Siu Ming" || byKey.State == accounts.Closed || byKey.Stamp == "" {
		j.Errorf("the record %+v of %+v", byKey, chan1)
	}
	told := maps.Clone(byKey.Attributes)
	delete(told, "title") // which the directory has besides
	if len(told) != 1 || !slices.Equal(told[j.attribute], []string{"2A"}) {
		j.Errorf("the attributes are %q", byKey.Attributes)
	}
	left, err := reader.ReadAccount(j.Context(), accounts.Account{Name: "Ho.KM"})
	if j.wants("who has left", err, "yes"); left.State != accounts.Closed {
		j.Errorf("who has left may still log in: %+v", left)
	}
	for what, a := range map[string]accounts.Account{
		"nobody": {}, "a name that is not there": {Name: "nobody.here"}, "a key that is not there": {Name: "KChan", Key: "99"},
	} {
		r, err := reader.ReadAccount(j.Context(), a)
		if j.wants(what, err, "unknown", a.Name); !reflect.DeepEqual(r, accounts.Record{}) {
			j.Errorf("%s: %+v", what, r)
		}
	}
}

// numbers: however the clerks have written it, a number finds the one who has it.
func (j *judged) numbers(chan1 accounts.Account) {
	finder, ok := j.source.(accounts.HKICFinder)
	if !ok {
		return
	}
	canonical := func(identification string) string { return accounts.CanonicalHKIC(card(j, identification)) }
	if hashed, ok := j.source.(accounts.HKICHashed); ok {
		_, err := finder.FindByHKIC(j.Context(), canonical("Z000001"))
		j.wants("before there is a key for hashes", err, "cannot check", canonical("Z000001"))
		hashed.UseHKICHasher(hashOfNumber)
	}
	for _, asked := range []struct{ number, want, name string }{
		{canonical("Z000001"), "yes", "KChan"}, {canonical("Z000002"), "yes", "Wong.ML"}, {canonical("C111111"), "several", ""},
		{canonical("Z000009"), "unknown", ""}, {"Z000001", "unknown", ""}, {"", "unknown", ""}, {"%", "unknown", ""}, {"*", "unknown", ""},
	} {
		r, err := finder.FindByHKIC(j.Context(), asked.number)
		j.wants("the number "+asked.number, err, asked.want, asked.number)
		if r.Name != asked.name || err != nil && !reflect.DeepEqual(r, accounts.Record{}) {
			j.Errorf("the number %s finds %+v, want %q", asked.number, r, asked.name)
		}
		if r.Name == chan1.Name && r.Account != chan1 {
			j.Errorf("by number it is %+v, by password %+v", r.Account, chan1)
		}
		for _, values := range r.Attributes {
			if slices.ContainsFunc(values, accounts.LooksLikeHKIC) {
				j.Errorf("the number is told as an attribute of %s", r.Name)
			}
		}
	}
}

// list: everybody is there once, until the caller has enough.
func (j *judged) list(want ...string) {
	lister, ok := j.source.(accounts.Lister)
	if !ok {
		return
	}
	var names []string
	err := lister.ListAccounts(j.Context(), func(r accounts.Record) bool { names = append(names, r.Name); return true })
	j.wants("listing", err, "yes")
	if slices.Sort(names); !slices.Equal(names, want) {
		j.Errorf("listed are %q, want %q", names, want)
	}
	n := 0
	err = lister.ListAccounts(j.Context(), func(accounts.Record) bool { n++; return n < 2 })
	if j.wants("listing", err, "yes"); n != 2 {
		j.Errorf("the caller had enough after 2, and got %d", n)
	}
}
