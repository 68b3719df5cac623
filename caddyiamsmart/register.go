package caddyiamsmart

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	appform "caddyiamsmart.example/caddyiamsmart/accounts/form"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/spelling"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// RegisterConfig says what people without an account may do.
type RegisterConfig struct {
	// What iAM Smart fills in for the person, who sees it before it is sent:
	// `name_en`, `name_zh`, `birth_date`, `gender`, `mobile`, `email`. No more than
	// is needed to open an account. Default: `name_en`, `name_zh`; with `form`, what
	// its templates take.
	Fields []string `json:"fields,omitempty"`

	// The application's own registration form, which is filled in and sent for the
	// person, with a user name and a password that they choose. Default: a request
	// that an administrator approves or refuses with `caddy iamsmart requests`.
	Form *appform.Registration `json:"form,omitempty"`
}

// registration is what a gate knows of the way register.
type registration struct {
	fields  []string
	service string
	opener  accounts.Opener // nil where a request is made
}

// registerFields are what a form may ask of iAM Smart, in the order in which it is
// shown. The last two are what the person has stored in the app themselves.
var registerFields = []string{"name_en", "name_zh", "birth_date", "gender", "mobile", "email"}

const maxFilled = 256 // characters of one value

func (g *Gate) provisionRegister(ctx caddy.Context) error {
	if g.Register == nil {
		g.Register = new(RegisterConfig)
	} else if !g.links(linkup.ByRegister) {
		return errors.New("register: the way is not open; write 'link … register' too")
	}
	g.register = new(registration)
	if g.Pages != nil {
		g.register.service = g.Pages.Service
	}
	fields := g.Register.Fields
	if own := g.Register.Form; own != nil {
		if len(fields) > 0 {
			return errors.New("register: with 'form' the templates say which fields iAM Smart is asked for; leave 'fields' out")
		}
		if err := own.Provision(ctx); err != nil {
			return err
		}
		if err := own.Validate(); err != nil {
			return err
		}
		g.register.opener = own
		g.register.fields = slices.DeleteFunc(own.Takes(), func(key string) bool { return !slices.Contains(registerFields, key) })
		return nil
	}
	if len(fields) == 0 {
		fields = []string{"name_en", "name_zh"}
	}
	for i, field := range fields {
		if !slices.Contains(registerFields, field) {
			return fmt.Errorf("register: unknown field '%s'; expected some of: %s%s", field, strings.Join(registerFields, ", "), spelling.Hint(field, registerFields...))
		}
		if slices.Contains(fields[:i], field) {
			return fmt.Errorf("register: %s is named twice", field)
		}
	}
	g.register.fields = fields
	return nil
}

func (g *Gate) parseRegister(d *caddyfile.Dispenser) error {
	if g.Register != nil {
		return d.Err("register is given twice")
	}
	g.Register = new(RegisterConfig)
	d.NextArg()
	switch d.Val() {
	case "request":
		g.Register.Fields = d.RemainingArgs()
		return nil
	case "form":
		g.Register.Form = new(appform.Registration)
		return g.Register.Form.UnmarshalCaddyfile(d.NewFromNextSegment())
	}
	return d.Err("register: expected 'register request [<field...>]' or 'register form <url>' with a block")
}

// smartForm is the form as iAM Smart asks it. What is verified is asked for as
// verified.
func (g *registration) smartForm(fields []string) iamsmart.Form {
	form := iamsmart.Form{Name: "Account registration 申請帳戶", Text: firstRunes(g.service, 255), ProfileFields: smartFields(fields)}
	for field, smart := range map[string]iamsmart.Field{"mobile": iamsmart.FieldMobilePhone, "email": iamsmart.FieldEmail} {
		if slices.Contains(fields, field) {
			form.EMEFields = append(form.EMEFields, smart)
		}
	}
	slices.Sort(form.EMEFields)
	return form
}

// filled is what a person filled in, by the names of its fields.
type filled map[string]string

// fill takes the fields out of what iAM Smart answered.
func fill(fields []string, said iamsmart.FormFilling) filled {
	f := make(filled)
	for _, known := range profileFields {
		if known.take != nil && slices.Contains(fields, known.page) {
			f[known.page] = firstRunes(known.take(said.Profile), maxFilled)
		}
	}
	if slices.Contains(fields, "mobile") {
		p := said.MobilePhone
		f["mobile"] = firstRunes(strings.Join(strings.Fields(p.CountryCode.Reveal()+" "+p.NationalDestinationCode.Reveal()+" "+p.SubscriberNumber.Reveal()), " "), maxFilled)
	}
	if slices.Contains(fields, "email") {
		f["email"] = firstRunes(said.Email.Reveal(), maxFilled)
	}
	return f
}

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

func (f filled) rows(fields []string) (rows []pages.Row) {
	for _, field := range fields {
		if f[field] != "" {
			rows = append(rows, pages.Row{Label: field, Value: f[field]})
		}
	}
	return rows
}

// showRegister asks whether to begin, or shows what was filled in.
func (g *Gate) showRegister(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if who.row.Renews != 0 {
		return g.redirect(w, g.Prefix+"/link")
	}
	if who.note.Form != nil {
		g.pages.Write(w, g.language(r, d), http.StatusOK, g.reviewPage(d, who))
		return nil
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, pages.RegisterAsk{
		Common: leadsTo(g.Prefix + "/link?way=register"), Token: g.linkToken(d, who, "link"), Fields: g.register.fields,
		Days: int(linkup.RequestLife.Hours() / 24), Ends: g.stepsEnd(who), Ways: g.severalWays(), AppForm: g.register.opener != nil,
	})
	return nil
}

func (g *Gate) reviewPage(d *desk, who unlinked) pages.RegisterReview {
	review := pages.RegisterReview{
		Common: leadsTo(g.Prefix + "/link?way=register"), Token: g.linkToken(d, who, "review"),
		Rows: who.note.Form.rows(g.register.fields), Ends: g.stepsEnd(who),
	}
	if g.register.opener != nil {
		review.AppForm, review.AskLogin = true, true
		review.UserField = d.sessions.PendingField(who.row.ID, "new user")
		review.PasswordField = d.sessions.PendingField(who.row.ID, "new password")
		review.PasswordAgainField = d.sessions.PendingField(who.row.ID, "new password again")
	}
	return review
}

// askForForm has the person fill the form in iAM Smart.
func (g *Gate) askForForm(w http.ResponseWriter, r *http.Request, d *desk, who unlinked) error {
	if who.row.Renews != 0 {
		return g.linkRefused(w, r, d, who, linkup.ErrStale)
	}
	if len(g.register.fields) == 0 { // the application's form takes nothing that iAM Smart knows
		who.note.Form = new(filled)
		if _, err := d.links.Keep(r.Context(), who.row.ID, g.sealNote(d, who.note)); err != nil {
			return g.linkRefused(w, r, d, who, err)
		}
		return g.redirect(w, g.Prefix+"/link?way=register")
	}
	return g.askFor(w, r, d, who, asked{For: forRegister, Fields: g.register.fields})
}

// filledIn takes what the person agreed to give, and shows it to them.
func (g *Gate) filledIn(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, callback iamsmart.Callback) error {
	said, err := callback.FormFilling()
	if err != nil {
		return g.noAnswer(w, r, d, who, err)
	}
	form := fill(g.register.fields, said)
	who.note.Form = &form
	if err := g.takeAnswer(r.Context(), d, &who, nil); err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	return g.redirect(w, g.Prefix+"/link?way=register")
}

// sendRegister makes a request of what the person has seen and agreed to, or throws
// it away.
func (g *Gate) sendRegister(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, fields url.Values) error {
	if who.note.Form == nil {
		return g.linkRefused(w, r, d, who, linkup.ErrStale)
	}
	form := *who.note.Form
	if fields.Get("answer") != "yes" {
		who.note.Form = nil
		if _, err := d.links.Keep(r.Context(), who.row.ID, g.sealNote(d, who.note)); err != nil {
			return g.linkRefused(w, r, d, who, err)
		}
		return g.redirect(w, g.Prefix+"/link")
	}
	if g.register.opener != nil {
		return g.openAccount(w, r, d, who, form, fields)
	}
	sealed, err := g.sealRequest(d, who.row.Person, form)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusInternalServerError, kind: pages.Internal, cause: err, link: true})
	}
	request, err := d.links.Request(r.Context(), who.row.ID, sealed)
	if err != nil {
		return g.linkRefused(w, r, d, who, err)
	}
	d.sessions.DropPending(w)
	g.pages.Write(w, g.language(r, d), http.StatusOK, g.requestPage(request))
	return nil
}

func (g *Gate) requestLabels(person [32]byte) []string {
	return []string{"request for an account", g.realm.clientID, g.App, string(person[:])}
}

func (g *Gate) sealRequest(d *desk, person [32]byte, form filled) ([]byte, error) {
	text, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	return d.keys.Seal(text, g.requestLabels(person)...), nil
}

// openRequest reads what a person filled in; nothing once it was decided.
func (g *Gate) openRequest(d *desk, r store.Registration) (form filled, err error) {
	if len(r.Form) == 0 {
		return nil, nil
	}
	text, err := d.keys.Open(r.Form, g.requestLabels(r.Person)...)
	if err == nil {
		err = json.Unmarshal(text, &form)
	}
	return form, err
}

// showRequest tells the person where their request stands, and what else they may
// do.
func (g *Gate) showRequest(w http.ResponseWriter, r *http.Request, d *desk, who unlinked, asked store.Registration) error {
	status := g.requestPage(asked)
	status.Common, status.Ended, status.Token = leadsTo(g.Prefix+"/link"), false, g.linkToken(d, who, "link")
	status.Password, status.HKIC, status.Code = g.links(linkup.ByPassword), g.links(linkup.ByHKIC), g.links(linkup.ByCode)
	status.Register = asked.State == store.RegistrationRefused
	g.pages.Write(w, g.language(r, d), http.StatusOK, status)
	return nil
}

// requestPage tells where a request stands to a person whose link-up is over.
func (g *Gate) requestPage(asked store.Registration) pages.RegisterStatus {
	return pages.RegisterStatus{
		Common: leadsTo(g.Prefix + "/login"), Ended: true,
		State: pages.RequestState(asked.State), Number: asked.Number, Since: asked.CreatedAt, Decided: asked.DecidedAt, Note: asked.Note,
	}
}
