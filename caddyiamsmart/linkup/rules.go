package linkup

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Window is how long a pending link-up by password stands. A page that is left
// open on a shared computer must not link the next person.
const Window = 5 * time.Minute

// The ways in which a link-up is refused. None changes anything.
var (
	// ErrEnded means that no pending link-up stands: too late, used up, or
	// never begun.
	ErrEnded = errors.New("no pending link-up")
	// ErrTooMany means that all tries of this link-up, person or account are used
	// up.
	ErrTooMany = errors.New("too many tries")
	// ErrStale means that the proof is another's or an older one.
	ErrStale = errors.New("the proof does not belong to this link-up")
	// ErrOtherWay means that this app's link-ups are finished in another way: by
	// the second approval and not by a mere yes, or the other way round.
	ErrOtherWay = errors.New("the link-up is finished in another way")
	// ErrTaken means that the account is linked to another person.
	ErrTaken = errors.New("account is linked to another person")
	// ErrHaveAnother means that the person is linked to another account, or to as
	// many as they may.
	ErrHaveAnother = errors.New("person is linked to another account")
	// ErrShared means that the account belongs to nobody in particular, or that as
	// many persons are linked to it as may be.
	ErrShared = errors.New("account is shared and takes no further person")
	// ErrWasAnothers means that the account was linked to another person once. It
	// goes on to the next by the administrator only.
	ErrWasAnothers = errors.New("account was linked to another person before")
	// ErrWrongCode means that no such link code is good, or not any more.
	ErrWrongCode = errors.New("no link code fits")
	// ErrNotExpected means that nobody has said beforehand which account is this
	// person's.
	ErrNotExpected = errors.New("no account is expected to be this person's")
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

// foldToCount makes one of all spellings under which an app may hold wrong
// passwords against one account. It folds much more than Fold: a domain before
// or after the name, the rest of a directory's path (cn=chan,ou=x) or of a mail's
// (x!chan, chan%x), a mail alias (chan+x), accents, and whatever is no letter or
// digit, such as trailing dots, inner blanks and characters that nobody sees;
// directories and the collations of databases pass over each of them. That would
// make links of two people collide; here it costs at most that somebody whose name
// is nearly the same waits for a quarter of an hour.
func foldToCount(name string) string {
	folded := Fold(name)
	short := folded
	for _, marks := range []string{",;%#", "@+"} { // what follows is the rest of a path or an address
		if i := strings.IndexAny(short, marks); i >= 0 {
			short = short[:i]
		}
		short = short[strings.LastIndexAny(short, `\/!=`)+1:]
	}
	for _, s := range []string{short, folded} {
		if letters := lettersOf(s); letters != "" {
			return letters
		}
	}
	return folded
}

// lettersOf keeps the letters and digits of a text, without their accents.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, norm.NFKD.String(s))
}
