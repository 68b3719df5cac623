package linkup

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	// Window is how long a pending link-up by password stands. A page that is
	// left open on a shared computer must not link the next person.
	Window = 5 * time.Minute
	// Tries is how many passwords a pending link-up may ask the app for.
	Tries = 4
)

// The ways in which a link-up is refused. None changes anything.
var (
	// ErrEnded means that no pending link-up stands: too late, used up, or
	// never begun.
	ErrEnded = errors.New("no pending link-up")
	// ErrTooMany means that all tries of this pending link-up are used up.
	ErrTooMany = errors.New("too many tries")
	// ErrStale means that the proof is another's or an older one.
	ErrStale = errors.New("the proof does not belong to this link-up")
	// ErrOtherWay means that this app's link-ups are finished in another way: by
	// the second approval and not by a mere yes, or the other way round.
	ErrOtherWay = errors.New("the link-up is finished in another way")
	// ErrTaken means that the account is linked to another person.
	ErrTaken = errors.New("account is linked to another person")
	// ErrHaveAnother means that the person is linked to another account.
	ErrHaveAnother = errors.New("person is linked to another account")
)

// Key is what an account is unique by: the immutable key of its source where it
// has one, else its folded name. The two never collide.
func Key(a accounts.Account) string {
	if a.Key != "" {
		return "key:" + a.Key
	}
	return "name:" + Fold(a.Name)
}

// Fold makes one of all spellings of a user name that a legacy app may take for
// the same: compatibility forms (full width), case, outer blanks. Folding twice
// changes nothing more.
func Fold(name string) string {
	name = strings.TrimSpace(strings.ToValidUTF8(name, "\uFFFD"))
	folded := cases.Fold().String(norm.NFKC.String(name))
	// Lower case after it: cases.Fold turns the two cases of a Cherokee letter
	// into each other.
	return strings.TrimSpace(norm.NFKC.String(strings.ToLower(folded)))
}

// verdict judges a proven account against the links that stand. It is nil where
// a link may be made; same is true where this very link stands already (the
// person was faster in another tab).
func verdict(key string, ofPerson, ofAccount *store.Link) (same bool, err error) {
	switch {
	case ofPerson != nil && ofPerson.AccountKey == key:
		return true, nil
	case ofAccount != nil:
		return false, ErrTaken
	case ofPerson != nil:
		return false, ErrHaveAnother
	}
	return false, nil
}

// triesLeft is how many tries a row leaves.
func triesLeft(p store.Pending) int { return max(Tries-p.Tries, 0) }
