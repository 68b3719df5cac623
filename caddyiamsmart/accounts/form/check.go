package form

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	checkTime  = 20 * time.Second // of a whole check
	logoutTime = 4 * time.Second  // of it, kept for the logout
	maxChecks  = 16               // at once; more wait for a place
)

// CheckPassword implements [accounts.PasswordChecker]. It takes at most twenty
// seconds, however slow the app is.
func (f *Form) CheckPassword(ctx context.Context, username, password string) (accounts.Account, error) {
	if err := f.set.refuseTyped(username, password); err != nil {
		return accounts.Account{}, err
	}
	username = f.set.asked(username)
	asking, cancel := context.WithTimeout(ctx, checkTime-logoutTime)
	defer cancel()
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-asking.Done():
		return accounts.Account{}, notAsked(f.set.cannot("waiting for a place", accounts.PlainCause(asking.Err())))
	}
	if err := f.trusted(asking); err != nil {
		return accounts.Account{}, notAsked(err) // about the random name alone
	}
	account, err := f.check(asking, username, password)
	if err == nil && f.set.confirm == nil {
		err = f.doubted(asking, username, password, account)
	}
	if err != nil {
		return accounts.Account{}, err
	}
	return account, nil
}

// check makes one visit: log in, ask the app who that is, log out.
func (f *Form) check(ctx context.Context, username, password string) (accounts.Account, error) {
	b := newBrowser(f.set.url)
	defer b.close()
	in, err := f.set.login(ctx, b, username, password)
	switch {
	case errors.Is(err, accounts.ErrCannotCheck) && !b.posted:
		return accounts.Account{}, notAsked(err)
	case errors.Is(err, accounts.ErrState):
		f.logOut(ctx, b, []*page{in})
		return accounts.Account{}, err
	case err != nil:
		return accounts.Account{}, err
	}
	pages := []*page{in}
	defer func() { f.logOut(ctx, b, pages) }()

	told := in
	if f.set.confirm != nil {
		told, err = f.set.confirmed(ctx, b, in.url)
		if err != nil {
			return accounts.Account{}, err
		}
		pages = append(pages, told)
	}
	name, err := f.set.accountName(username, told)
	return accounts.Account{Name: name}, err
}

// login returns the page after a login to which the rules say yes. The page
// comes with an [accounts.ErrState] too.
func (s *settings) login(ctx context.Context, b *browser, username, password string) (*page, error) {
	o, err := s.attempt(ctx, b, username, password)
	if err != nil {
		return nil, err
	}
	switch verdict, reason := s.judge(o); verdict {
	case yes:
		return o.final.page, nil
	case no:
		return nil, wrong(reason)
	case barred:
		return o.final.page, s.mayNotBeUsed(state(reason))
	default:
		return nil, s.cannot("judging the login", errors.New(reason))
	}
}

// attempt reads the login page, fills in its form, and tells how the app
// answered, whatever the rules make of it.
func (s *settings) attempt(ctx context.Context, b *browser, username, password string) (outcome, error) {
	shown, err := b.get(ctx, s.url, nil)
	if err != nil {
		return outcome{}, s.cannot("reading the login page", err)
	}
	if inTrouble(shown.status) {
		return outcome{}, s.cannot("reading the login page", fmt.Errorf("the app answered with status %d", shown.status))
	}
	form := shown.page.loginForm(s.userField, s.passwordField)
	if form == nil {
		return outcome{}, s.cannot("reading the login page", fmt.Errorf(
			"no form with the fields %q and %q in it (status %d)", s.userField, s.passwordField, shown.status))
	}
	r, err := shown.page.submission(form, map[string]string{s.userField: username, s.passwordField: password})
	switch {
	case errors.Is(err, errCharacter):
		return outcome{}, wrong(err.Error())
	case err != nil:
		return outcome{}, s.cannot("filling in the login form", err)
	case r.method != http.MethodPost: // held by submission too; this is the line that a password would cross
		return outcome{}, s.cannot("filling in the login form", errGET)
	}

	before := b.jar.snapshot()
	o, err := s.submit(ctx, b, r)
	if err != nil {
		return outcome{}, s.cannot("submitting the login form", err)
	}
	o.changed = b.jar.changedSince(before)
	o.form = o.final.page.holdsLogin(s.userField, s.passwordField)
	o.asks = o.form || o.final.page.asksPassword()
	return o, nil
}

// submit sends the filled form, once, and follows its answer.
func (s *settings) submit(ctx context.Context, b *browser, r request) (outcome, error) {
	answered, err := b.send(ctx, r)
	if err != nil {
		return outcome{}, err
	}
	if keepsMethod(answered.status) {
		return outcome{}, fmt.Errorf("%w (status %d)", errAgain, answered.status)
	}
	final, err := b.follow(ctx, answered, r.referer)
	return outcome{login: answered, final: final}, err
}

// confirmed returns the page of the confirm rule if it shows the text to the
// visitor who is logged in, and to nobody else.
func (s *settings) confirmed(ctx context.Context, b *browser, from *url.URL) (*page, error) {
	u, err := s.url.Parse(s.confirm.path)
	if err != nil {
		return nil, s.cannot("confirming the login", errAddress)
	}
	inside, err := b.get(ctx, u, from)
	if err != nil {
		return nil, s.cannot("confirming the login", err)
	}
	if inside.status != http.StatusOK || !inside.page.holds(s.confirm.text) {
		return nil, s.cannot("confirming the login", fmt.Errorf(
			"the page (status %d) does not hold the text for somebody who is logged in", inside.status))
	}

	stranger := newBrowser(s.url)
	defer stranger.close()
	outside, err := stranger.get(ctx, u, nil)
	if err != nil {
		return nil, s.cannot("confirming the login as a stranger", err)
	}
	if inTrouble(outside.status) || outside.page.holds(s.confirm.text) {
		return nil, s.cannot("confirming the login as a stranger", fmt.Errorf(
			"the page (status %d) holds the text for anybody, or the app is in trouble", outside.status))
	}
	return inside.page, nil
}

// cannot tells a doubt with its cause, which must hold nothing that was typed
// and no address.
func (s *settings) cannot(step string, cause error) error {
	return fmt.Errorf("%w: %s: %s: %w", accounts.ErrCannotCheck, s.where(), step, cause)
}

// notAsked adds to a doubt that the app knows nothing of what was typed.
func notAsked(err error) error {
	return fmt.Errorf("%w (%w)", err, accounts.ErrNotAsked)
}

// wrong tells a no, and to the log the reason of it.
func wrong(reason string) error {
	return fmt.Errorf("%w: %s", accounts.ErrWrong, reason)
}

// logOut ends the app's session, also when the visitor has gone meanwhile. If
// it fails, the check's result stands: it was proven before.
func (f *Form) logOut(ctx context.Context, b *browser, pages []*page) {
	if f.set.logout == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	if err := f.set.logOut(ctx, b, pages); err != nil {
		f.logger.Warn("the app's session of an account check may have stayed open",
			zap.String("app", f.set.where()), zap.Error(err))
	}
}
