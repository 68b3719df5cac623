package caddyiamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

var errNamesDiffer = errors.New("the names of the account's record and of iAM Smart differ")

// profile is what iAM Smart said of a person, as it is kept with the link. The
// number of the identity card is never among it.
type profile struct {
	NameEN    string `json:"name_en,omitempty"`
	NameZH    string `json:"name_zh,omitempty"`
	BirthDate string `json:"birth_date,omitempty"`
	Gender    string `json:"gender,omitempty"`

	Asked []string `json:"asked,omitempty"` // what iAM Smart was asked, as pages call it, also where it knew nothing
}

func (p profile) name() string {
	if p.NameZH != "" && p.NameEN != "" {
		return p.NameZH + " " + p.NameEN
	}
	return p.NameZH + p.NameEN
}

// profileFields are what iAM Smart knows them by, and our pages.
var profileFields = []struct {
	page  string
	smart iamsmart.Field
	take  func(iamsmart.Profile) string
}{
	{"hkic", iamsmart.FieldNumber, nil},
	{"name_en", iamsmart.FieldEnglishName, func(p iamsmart.Profile) string { return p.EnglishName.Reveal() }},
	{"name_zh", iamsmart.FieldChineseName, func(p iamsmart.Profile) string { return p.ChineseName.Reveal() }},
	{"birth_date", iamsmart.FieldBirthDate, func(p iamsmart.Profile) string { return isoDate(p.BirthDate) }},
	{"gender", iamsmart.FieldGender, func(p iamsmart.Profile) string { return p.Gender.Reveal() }},
}

// smartFields are the fields of a request for what pages call so.
func smartFields(pages []string) (fields []iamsmart.Field) {
	for _, f := range profileFields {
		if slices.Contains(pages, f.page) {
			fields = append(fields, f.smart)
		}
	}
	return fields
}

// wanted are the fields of a profile that this gate needs of everybody: for headers
// and for the comparison of names. None costs nobody an approval.
func (g *Gate) wanted() []string {
	var fields []string
	for _, taken := range g.headers.ProfileFields() {
		fields = append(fields, map[string]string{"name.en": "name_en", "name.zh": "name_zh", "birth_date": "birth_date", "gender": "gender"}[taken])
	}
	if g.comparesNames() {
		for _, name := range []string{"name_en", "name_zh"} {
			if !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	return fields
}

func (g *Gate) comparesNames() bool {
	return g.LinkNameMatch == matchWarn || g.LinkNameMatch == matchRequire
}

// lacksProfile tells whether iAM Smart must be asked about the person before they
// can be linked. What an older link knows of them may not be all that is wanted now.
func (g *Gate) lacksProfile(d *desk, who unlinked) bool {
	known := g.openPending(d, who.row).Asked
	return slices.ContainsFunc(g.wanted(), func(field string) bool { return !slices.Contains(known, field) })
}

// asksMore tells whether iAM Smart may be asked for more than who a person is.
func (g *Gate) asksMore(ctx context.Context, d *desk) bool {
	return len(g.profileKinds()) > 0 || g.expecting(ctx, d)
}

// fillsForms tells whether iAM Smart fills in forms for people without an account.
func (g *Gate) fillsForms() bool { return g.links(linkup.ByRegister) && !g.register.asksNothing() }

// callbackKinds are the kinds of requests that this gate may put to iAM Smart by its
// options; imports add that of profiles.
func (g *Gate) callbackKinds() []string {
	kinds := g.profileKinds()
	if g.stepsUp() {
		kinds = append(kinds, requestReauthentication)
	}
	return kinds
}

// profileKinds are those by which iAM Smart tells something of the person.
func (g *Gate) profileKinds() (kinds []string) {
	if g.links(linkup.ByHKIC) || len(g.wanted()) > 0 {
		kinds = append(kinds, requestProfile)
	}
	if g.fillsForms() {
		kinds = append(kinds, requestFormFilling)
	}
	return kinds
}

// expecting tells whether an import waits for people, who are known by their
// numbers.
func (g *Gate) expecting(ctx context.Context, d *desk) bool {
	waits, err := d.links.Expecting(ctx)
	if err != nil {
		g.logger.Error("looking whether imported links wait for their people", zap.Error(err))
	}
	return waits
}

// mayAskMore tells whether a login was for more than who the person is. An import may
// have come while the person was at iAM Smart.
func (g *Gate) mayAskMore(token iamsmart.Token) bool {
	return len(token.Scopes) == 0 || slices.Contains(token.Scopes, g.realm.client.ProfileScope())
}

// justApproval is the scope of a journey that asks who approves, and nothing else.
var justApproval = []string{iamsmart.ScopeAuth}

// scopes are what a journey asks for that begins a link-up: no more than what is
// used, and more than who the person is only where asksMore.
func (g *Gate) scopes(asksMore bool) []string {
	scopes := []string{iamsmart.ScopeAuth}
	if more := g.realm.client.ProfileScope(); more != iamsmart.ScopeAuth && asksMore {
		scopes = append(scopes, more)
	}
	if g.stepsUp() {
		scopes = append(scopes, iamsmart.ScopeFR)
	}
	return scopes
}

// sealProfile keeps the wanted ones of the fields that iAM Smart was asked for; nil
// where none are wanted.
func (g *Gate) sealProfile(d *desk, person [32]byte, asked []string, said iamsmart.Profile) []byte {
	wanted := slices.DeleteFunc(g.wanted(), func(field string) bool { return !slices.Contains(asked, field) })
	if len(wanted) == 0 {
		return nil
	}
	p := profile{Asked: wanted}
	for to, field := range map[*string]string{&p.NameEN: "name_en", &p.NameZH: "name_zh", &p.BirthDate: "birth_date", &p.Gender: "gender"} {
		for _, f := range profileFields {
			if f.page == field && slices.Contains(wanted, field) {
				*to = f.take(said)
			}
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil // plain fields cannot fail
	}
	return d.keys.Seal(text, g.profileLabels(person)...)
}

func (g *Gate) profileLabels(person [32]byte) []string {
	return []string{"profile", g.realm.clientID, g.App, string(person[:])}
}

// openProfile reads what is kept with a link. What cannot be read is not known.
func (g *Gate) openProfile(d *desk, link store.Link) profile {
	return g.readProfile(d, []byte(link.Profile), link.Person)
}

func (g *Gate) openPending(d *desk, row store.Pending) profile {
	return g.readProfile(d, row.Profile, row.Person)
}

func (g *Gate) readProfile(d *desk, sealed []byte, person [32]byte) (p profile) {
	if len(sealed) == 0 {
		return p
	}
	text, err := d.keys.Open(sealed, g.profileLabels(person)...)
	if err != nil || json.Unmarshal(text, &p) != nil {
		return profile{}
	}
	return p
}

// isoDate writes a date of birth as 1980-12-31, or as much of it as is known.
func isoDate(b iamsmart.BirthDate) string {
	year, month, day := b.Date()
	switch {
	case year == 0:
		return ""
	case month == 0:
		return fmt.Sprintf("%04d", year)
	case day == 0:
		return fmt.Sprintf("%04d-%02d", year, month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}
