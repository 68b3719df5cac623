package form

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// How often [Probe.Compare] and [Probe.Confirm] log in, together. The app may
// count wrong logins, so there is one for the right name, and one for a name
// that nobody has; both come before a right one, which clears most counts.
const (
	RightLogins = 3
	WrongLogins = 2
)

// Comparison is what the answers to right and wrong logins show.
type Comparison struct {
	// Seen are the answers to a right login, to the right name with a random
	// password, and to a random name. The last two are nil where the first
	// settled it.
	Seen [3]*Sight
	// Notes are worth knowing.
	Notes []Finding

	trial   trial
	form    *Form
	pattern string // that shows the account's name; not in use where form.Account is ""
}

// Sight is what may be told of an answer to a login.
type Sight struct {
	Status    int
	Location  string   // where it leads, without what looks like an identifier; or ""
	Cookies   []string // the names of those that the login changed
	LoginForm bool     // the login form comes again
	WayOut    string   // the address of the logout, or ""
}

func sight(o outcome) *Sight {
	s := &Sight{Status: o.login.status, Cookies: slices.Sorted(maps.Keys(o.changed)), LoginForm: o.form}
	if o.login.location != nil {
		s.Location = shownAddress(o.login.location)
	}
	return s
}

// Compare logs in twice with a right login, and once each with the right name
// and a random password and with a random name, and finds the rules that tell
// them apart. The comparison is not nil wherever there is something to tell,
// also with an error. The error is a *[Finding] if there are no such rules.
func (p *Probe) Compare(ctx context.Context, username, password string) (*Comparison, error) {
	anyName := settings{account: regexp.MustCompile(".")} // whether a pattern will be needed is not known yet
	if err := anyName.refuseTyped(username, password); err != nil {
		return nil, err
	}
	c := &Comparison{trial: trial{set: p.set, typed: []string{username, password}}}
	if err := c.logIn(ctx, p, 0, username, password); err != nil {
		return c, err
	}
	for i, name := range []string{accounts.RandomName(), username} {
		if err := c.fail(ctx, p, 1-i, name); err != nil {
			return c, err
		}
	}
	if err := c.logIn(ctx, p, 1, username, password); err != nil {
		return c, err
	}
	c.trial.strangers = p.outside(ctx, c.trial.right[0].final)
	return c, c.conclude(p, username)
}

// logIn makes one right login and keeps the answer, unless something stands
// between the login and the app.
func (c *Comparison) logIn(ctx context.Context, p *Probe, which int, username, password string) error {
	s, err := p.stay(ctx, username, password)
	for _, cause := range []error{errAgain, errElsewhere, errRedirects, errTooLong, errAddress} {
		if errors.Is(err, cause) {
			return &Finding{Unfollowed, cause.Error()}
		}
	}
	if err != nil {
		return fmt.Errorf("logging in: %w", err)
	}
	if status := max(s.login.status, s.final.status); inTrouble(status) {
		return fmt.Errorf("logging in: the app answered with status %d", status)
	}
	c.trial.right[which] = s
	c.Seen[0] = sight(s.outcome)
	if s.out != nil {
		c.Seen[0].WayOut = shownAddress(s.out)
	}
	if barrier := s.barrier(p, username); barrier != nil {
		return barrier
	}
	return nil
}

// fail makes one wrong login and keeps the answer. Should the app let it in, it
// is logged out again.
func (c *Comparison) fail(ctx context.Context, p *Probe, which int, username string) error {
	password := accounts.RandomPassword()
	s, err := p.stay(ctx, username, password)
	if err != nil {
		return fmt.Errorf("logging in with a wrong password: %w", err)
	}
	c.trial.wrong[which] = s.outcome
	c.trial.typed = append(c.trial.typed, username, password)
	c.Seen[1+which] = sight(s.outcome)
	return nil
}

// outside is what a stranger sees of the page after a login.
func (p *Probe) outside(ctx context.Context, inside *answer) []*answer {
	ctx, cancel := context.WithTimeout(ctx, checkTime-logoutTime)
	defer cancel()
	b := newBrowser(p.set.url)
	defer b.close()
	seen := []*answer{p.shown}
	if a, err := b.get(ctx, inside.url, nil); err == nil {
		seen = append(seen, a)
	}
	return seen
}

// conclude writes the form that the answers ask for.
func (c *Comparison) conclude(p *Probe, username string) error {
	c.form = &Form{URL: p.set.url.String(), UserField: p.set.userField, PasswordField: p.set.passwordField}
	c.findLogout(p)
	c.trial.confirmed = c.form.Confirm != nil
	var found bool
	if c.form.Success, c.form.Failure, found = c.trial.rules(); !found {
		return &Finding{Kind: Alike}
	}
	return c.findAccount(p, username)
}

// findLogout sets how the way out begins, if the app's link is the first that
// begins so.
func (c *Comparison) findLogout(p *Probe) {
	first, second := c.trial.right[0], c.trial.right[1]
	if first.out == nil || second.out == nil {
		c.Notes = append(c.Notes, Finding{Kind: StaysOpen})
		return
	}
	start := c.trial.start(first.out, second.out)
	set := p.set
	set.logout = start
	r, err := set.wayOut([]*page{first.pages[0].page, first.pages[first.outOn].page})
	switch {
	case start == "" || err != nil || r.url.RequestURI() != first.out.RequestURI():
		c.Notes = append(c.Notes, Finding{Kind: StaysOpen})
		return
	case !first.ended || !second.ended:
		c.Notes = append(c.Notes, Finding{NotEnded, start})
		return
	}
	c.form.Logout = start
	if first.outOn > 0 { // a check sees the link only on the page that it confirms by
		c.confirmBy(first.outOn)
	}
}

// confirmBy makes a further page part of a check.
func (c *Comparison) confirmBy(which int) {
	first, second := c.trial.right[0], c.trial.right[1]
	if which >= len(second.pages) {
		return
	}
	path := c.trial.start(first.pages[which].page.url, second.pages[which].page.url)
	text := ""
	for _, mark := range first.pages[which].waysOut(c.trial.set.url)[0].marks {
		if text == "" && c.trial.fits(mark) && second.pages[which].holds(mark) {
			text = mark
		}
	}
	if path == first.pages[which].page.url.RequestURI() && text != "" {
		c.form.Confirm = &Confirm{Path: path, Text: text}
	}
}

// findAccount looks where the app says who is logged in. That place may show a
// name that people choose for themselves, which would let them in as anybody:
// so it is not used where the typed name is as good.
func (c *Comparison) findAccount(p *Probe, username string) error {
	first, second := c.trial.right[0], c.trial.right[1]
	read := 0 // the page that a check reads the name from
	if c.form.Confirm != nil {
		read = first.outOn
	}
	var strangers []*page
	for _, a := range c.trial.strangers {
		strangers = append(strangers, a.page)
	}
	pattern, shown := accountPattern(first.pages[read], second.pages[read], strangers, username)
	_, err := accounts.Plain(username)
	plain := err == nil
	switch {
	case pattern == "" && !plain:
		return &Finding{Kind: NoName}
	case pattern == "":
		return nil
	case !plain || shown != strings.ToLower(username):
		c.form.Account = pattern
	default:
		c.pattern = pattern
	}
	c.Notes = append(c.Notes, Finding{ShownName, pattern})
	return nil
}

// Block is the block for a Caddyfile. Where the app shows the account's name
// and the typed one is as good, the comment stands in it above the line that
// would read it, which is a comment too.
func (c *Comparison) Block(comment string) (string, error) {
	var further []string
	if c.pattern != "" {
		line := blockWriter{}
		line.line("account", c.pattern)
		if line.err == nil {
			further = []string{"# " + comment, "# " + strings.TrimSpace(line.text.String())}
		}
	}
	text, err := c.form.block(further...)
	if err != nil {
		return "", &Finding{NotConfirmed, err.Error()}
	}
	return text, nil
}

// Confirm runs the form checker with a block, and returns the account to which
// it says yes. It logs in once more with the right login. Wrong ones are not
// tried again, since the app may count them: the checker judges the answers
// that were seen before, the random name's in the place of its canary.
func (p *Probe) Confirm(ctx context.Context, block string, c *Comparison, username, password string) (accounts.Account, error) {
	f, err := readBlock(block)
	if err != nil {
		return accounts.Account{}, &Finding{NotConfirmed, err.Error()}
	}
	if !reflect.DeepEqual(f, c.form) {
		return accounts.Account{}, &Finding{NotConfirmed, "it reads back as something else"}
	}
	f.logger = zap.NewNop()
	if f.set, err = f.resolve(caddy.NewReplacer()); err == nil {
		err = f.Validate()
	}
	if err != nil {
		return accounts.Account{}, &Finding{NotConfirmed, err.Error()}
	}
	for _, wrong := range c.trial.wrong {
		if v, reason := f.set.judge(wrong); v != no {
			return accounts.Account{}, &Finding{NotConfirmed, reason}
		}
	}
	if err := f.set.refuseTyped(username, password); err != nil {
		return accounts.Account{}, &Finding{NotConfirmed, err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime-logoutTime)
	defer cancel()
	account, err := f.check(ctx, f.set.asked(username), password)
	switch {
	case errors.Is(err, context.Canceled):
		return account, err
	case err != nil:
		return account, &Finding{NotConfirmed, err.Error()}
	case !strings.EqualFold(account.Name, username):
		return account, &Finding{NotConfirmed, "the account's name is another than the typed one"}
	}
	return account, nil
}
