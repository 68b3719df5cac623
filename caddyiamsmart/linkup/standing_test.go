package linkup_test

import (
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestT54WhatALinkIsWorth(t *testing.T) {
	const age = 180 * 24 * time.Hour
	proved := time.UnixMilli(1_700_000_000_000).UTC()
	modified := proved.Add(-time.Hour)
	link := store.Link{AccountName: "chan.sm", AccountKey: "name:chan.sm", Stamp: "s1", ProvedAt: proved, LastModified: modified}
	keyed, stampless, unknownPerson := link, link, link
	keyed.AccountKey = "key:7"
	stampless.Stamp, unknownPerson.LastModified = "", time.Time{}
	read := func(a accounts.Account, state accounts.State, stamp string) linkup.Seen {
		return linkup.Seen{At: proved, Read: true, Record: accounts.Record{Account: a, State: state, Stamp: stamp}}
	}
	mine := named("chan.sm")
	with := func(s linkup.Seen, alter func(*linkup.Seen)) linkup.Seen { alter(&s); return s }
	at := func(d time.Duration) linkup.Seen { return linkup.Seen{At: proved.Add(d)} }
	for name, c := range map[string]struct {
		link store.Link
		seen linkup.Seen
		want linkup.Standing
	}{
		"all is as it was":                       {link, read(mine, accounts.Active, "s1"), linkup.Stands},
		"the state is not told":                  {link, read(mine, accounts.Unknown, "s1"), linkup.Stands},
		"another spelling":                       {link, read(named("Chan.SM"), accounts.Active, "s1"), linkup.Stands},
		"its source is no more configured":       {link, with(read(mine, accounts.Active, "s1"), func(s *linkup.Seen) { s.NoSource = true }), linkup.Ended},
		"the account is gone":                    {link, linkup.Seen{At: proved, Read: true, Gone: true}, linkup.Gone},
		"gone, though a record is there":         {link, with(read(mine, accounts.Active, "s1"), func(s *linkup.Seen) { s.Gone = true }), linkup.Gone},
		"another account":                        {link, read(named("wong.ml"), accounts.Active, "s1"), linkup.Gone},
		"renamed":                                {keyed, read(accounts.Account{Name: "new", Key: "7"}, accounts.Active, "s1"), linkup.Stands},
		"the name is another's now":              {keyed, read(accounts.Account{Name: "chan.sm", Key: "8"}, accounts.Active, "s1"), linkup.Gone},
		"the source has no keys any more":        {keyed, read(mine, accounts.Active, "s1"), linkup.Gone},
		"gone and closed":                        {link, read(named("wong.ml"), accounts.Closed, "s1"), linkup.Gone},
		"closed":                                 {link, read(mine, accounts.Closed, "s1"), linkup.Closed},
		"closed, and another password":           {link, read(mine, accounts.Closed, "s2"), linkup.Closed},
		"closed, and the person is another":      {link, with(read(mine, accounts.Closed, "s1"), func(s *linkup.Seen) { s.LastModified = proved }), linkup.Closed},
		"another password":                       {link, read(mine, accounts.Active, "s2"), linkup.Ended},
		"the password is not told now":           {link, read(mine, accounts.Active, ""), linkup.Stands},
		"the password was not told then":         {stampless, read(mine, accounts.Active, "s2"), linkup.Stands},
		"the person is as then":                  {link, with(read(mine, accounts.Active, "s1"), func(s *linkup.Seen) { s.LastModified = modified.In(time.FixedZone("HKT", 8*3600)) }), linkup.Stands},
		"the person's record is newer":           {link, with(read(mine, accounts.Active, "s1"), func(s *linkup.Seen) { s.LastModified = modified.Add(time.Millisecond) }), linkup.Changed},
		"the person's record is older":           {link, with(at(0), func(s *linkup.Seen) { s.LastModified = modified.Add(-time.Millisecond) }), linkup.Changed},
		"the person's record was not known":      {unknownPerson, with(at(0), func(s *linkup.Seen) { s.LastModified = modified }), linkup.Stands},
		"another person and another password":    {link, with(read(mine, accounts.Active, "s2"), func(s *linkup.Seen) { s.LastModified = proved }), linkup.Changed},
		"cannot be read, a moment before":        {link, at(age - time.Millisecond), linkup.Stands},
		"cannot be read, on the moment":          {link, at(age), linkup.Ended},
		"cannot be read, later":                  {link, at(age + time.Hour), linkup.Ended},
		"can be read, and is older":              {link, with(read(mine, accounts.Active, "s1"), func(s *linkup.Seen) { s.At = proved.Add(2 * age) }), linkup.Stands},
		"not read, whatever the record says":     {link, linkup.Seen{At: proved, Record: accounts.Record{Account: named("wong.ml"), State: accounts.Closed, Stamp: "s2"}, Gone: true}, linkup.Stands},
		"no source, gone, closed and not proven": {link, linkup.Seen{At: proved.Add(2 * age), Read: true, Gone: true, NoSource: true}, linkup.Ended},
	} {
		if got := (linkup.Rules{MaxAge: age}).Standing(c.link, c.seen); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := (linkup.Rules{}).Standing(link, at(100*age)); got != linkup.Stands {
		t.Errorf("without a bound: %q", got)
	}
	if got := (linkup.Rules{MaxAge: 1}).Standing(link, at(0)); got != linkup.Stands {
		t.Errorf("with the smallest bound, at once: %q", got)
	}
}

func TestWhatIsNewsOfAnAccount(t *testing.T) {
	link := store.Link{AccountName: "chan.sm", DisplayName: "Chan", Stamp: "s1"}
	fresh := link
	fresh.Stamp = ""
	for name, c := range map[string]struct {
		link store.Link
		read bool
		rec  accounts.Record
		want bool
	}{
		"nothing":                    {link, true, accounts.Record{Account: accounts.Account{Name: "chan.sm", DisplayName: "Chan"}, Stamp: "s1"}, false},
		"another name":               {link, true, accounts.Record{Account: accounts.Account{Name: "Chan.sm", DisplayName: "Chan"}, Stamp: "s1"}, true},
		"another display name":       {link, true, accounts.Record{Account: accounts.Account{Name: "chan.sm"}, Stamp: "s1"}, true},
		"another password":           {link, true, accounts.Record{Account: accounts.Account{Name: "chan.sm", DisplayName: "Chan"}, Stamp: "s2"}, false},
		"the first stamp":            {fresh, true, accounts.Record{Account: accounts.Account{Name: "chan.sm", DisplayName: "Chan"}, Stamp: "s1"}, true},
		"still no stamp":             {fresh, true, accounts.Record{Account: accounts.Account{Name: "chan.sm", DisplayName: "Chan"}}, false},
		"all, but it cannot be read": {fresh, false, accounts.Record{Account: accounts.Account{Name: "new"}, Stamp: "s1"}, false},
	} {
		if got := linkup.News(c.link, linkup.Seen{Read: c.read, Record: c.rec}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhenTwoNamesAreOnePersons(t *testing.T) {
	for _, c := range []struct {
		record, en, zh string
		want           bool
	}{
		{"Chan Siu Ming", "CHAN, Siu Ming", "", true},
		{"siu-ming CHAN", "Chan Siu Ming", "陳小明", true},
		{"Ming Siu Chan", "CHAN Siu Ming", "", true},
		{"Dr. Peter Chan Siu Ming (ward 3)", "CHAN Siu Ming", "", true},
		{"ＣＨＡＮ　Ｓｉｕ Ｍｉｎｇ", "Chan Siu Ming", "", true},
		{"José Chan", "JOSE CHAN", "", true},
		{"Renee Chan", "CHAN Renée", "", true}, // a mark within a word does not cut it in two
		{"Re Nee Chan", "CHAN Renée", "", false},
		{"陳小明", "CHAN Siu Ming", "陳小明", true},
		{"陳小明 (護士)", "CHAN Siu Ming", "陳小明", false}, // letter for letter
		{"Chan 陳小明", "CHAN Siu Ming", "陳小明", true},
		{"Chan Siu", "CHAN Siu Ming", "", false},
		{"Chan Siuming", "CHAN Siu Ming", "", false},
		{"Chan Siu Ming", "CHAN Siu Siu", "", false},
		{"Chan Siu Siu", "CHAN Siu Siu", "", true},
		{"Wong Mei Ling", "CHAN Siu Ming", "陳小明", false},
		{"陳大明", "CHAN Siu Ming", "陳小明", false},
		{"陳小", "CHAN Siu Ming", "陳小明", false},
		{"", "CHAN Siu Ming", "陳小明", false},
		{"Chan", "", "", false},
		{"", "", "", false},
		{"123", "--", "", false},
		{"Chan", "", "Chan", false},
	} {
		if got := linkup.SameName(c.record, c.en, c.zh); got != c.want {
			t.Errorf("%q is %q or %q: %v", c.record, c.en, c.zh, got)
		}
	}
}
