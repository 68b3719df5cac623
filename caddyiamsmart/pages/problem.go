package pages

import "time"

// ProblemKind names what went wrong. The zero value, and any that is not
// listed, reads as Internal.
type ProblemKind int

const (
	Declined        ProblemKind = iota + 1 // the person cancelled or declined in iAM Smart
	TooLate                                // no confirmation came in time
	OtherBrowser                           // the person came back in another browser than they left
	Unavailable                            // iAM Smart cannot be reached
	TooMany                                // too many tries at a password
	Taken                                  // the account is linked to another person
	HaveAnother                            // the person is linked to another account
	AccountState                           // the app does not let the account be used
	CannotCheck                            // the app cannot be asked at the moment
	Loop                                   // several rounds ended without a session
	Stale                                  // a form of an older page or another tab
	BadRequest                             // the request makes no sense to us
	NotFound                               // no such page under the prefix
	NotReady                               // the gate is starting, or its store is away
	Internal                               // a fault on our side
	EndedIdle                              // logged out because nothing was done for a while
	EndedMax                               // logged out because the longest time was reached
	Ended                                  // logged out, and the reason is not known
	OtherPerson                            // somebody else began the link-up that this person approved
	UndoOver                               // the link can no longer be undone here
	NotLinkedYet                           // a person from the iAM Smart app has no link, and gets none on this way
	SomeoneElse                            // another person is logged in on this device
	NoMatch                                // the identity card number fits no account, or several
	LinkEnded                              // the link has ended, or is too old to be relied on
	RecordChanged                          // the person's record in iAM Smart has changed since the link
	SharedAccount                          // the account is shared by several people
	NameDiffers                            // the names of the account and of iAM Smart differ
	RequestOpen                            // the person has asked for an account before, and nobody has decided yet
	NotAllowed                             // the account may not open the page
	NeedsPlus                              // only people with iAM Smart+ may open the page
	LinkedOtherwise                        // only accounts that were linked in another way may open the page
	LoginAgain                             // the login is too long ago for the page
	FormKept                               // what the person typed is kept until they have logged in
	FormNotKept                            // it is not, for what it holds
	FormLost                               // it is not, for the way in which the session ended
	RegisterUnclear                        // nobody knows whether the app has opened the account
)

// line is a message with the values of its placeholders, name after value.
type line struct {
	key    string
	values []string
}

func one(key string, values ...string) []line { return []line{{key, values}} }

// title is the key of the heading.
func (p Problem) title() string {
	switch p.Kind {
	case Declined:
		return "declined.title"
	case TooLate:
		return "toolate.title"
	case OtherBrowser:
		return "otherbrowser.title"
	case Unavailable:
		return "unavailable.title"
	case TooMany:
		return "toomany.title"
	case Taken:
		return "taken.title"
	case HaveAnother:
		return "haveanother.title"
	case AccountState:
		return "accountstate.title"
	case CannotCheck:
		return "cannotcheck.title"
	case Loop:
		return "loop.title"
	case Stale:
		return "stale.title"
	case BadRequest:
		return "badrequest.title"
	case NotFound:
		return "notfound.title"
	case NotReady:
		return "notready.title"
	case EndedIdle, EndedMax, Ended:
		return "ended.title"
	case OtherPerson:
		return "otherperson.title"
	case UndoOver:
		return "undoover.title"
	case NotLinkedYet:
		return "notlinkedyet.title"
	case SomeoneElse:
		return "someoneelse.title"
	case NoMatch:
		return "nomatch.title"
	case LinkEnded:
		return "linkended.title"
	case RecordChanged:
		return "recordchanged.title"
	case SharedAccount:
		return "sharedaccount.title"
	case NameDiffers:
		return "namediffers.title"
	case RequestOpen:
		return "requestopen.title"
	case NotAllowed, NeedsPlus, LinkedOtherwise:
		return "notallowed.title"
	case LoginAgain:
		return "loginagain.title"
	case FormKept:
		return "formkept.title"
	case FormNotKept, FormLost:
		return "formlost.title"
	case RegisterUnclear:
		return "registerunclear.title"
	}
	return "internal.title"
}

// lines are the sentences below the heading, a paragraph each. Clock is
// the language's way of writing a time; codes tells whether link codes are given out.
func (p Problem) lines(clock clockFunc, codes bool) []line {
	switch p.Kind {
	case Declined:
		return one("declined.text")
	case TooLate:
		return one("toolate.text")
	case OtherBrowser:
		return one("otherbrowser.text")
	case Unavailable:
		return append(one("unavailable.text"), line{key: "unavailable.urgent"})
	case TooMany:
		return p.tooMany(clock, codes)
	case Taken:
		return one("taken.text")
	case HaveAnother:
		if p.Account == "" {
			return one("haveanother.unknown")
		}
		return one("haveanother.text", "account", p.Account)
	case AccountState:
		return one("accountstate.text")
	case CannotCheck:
		return one("cannotcheck.text")
	case Loop:
		return one("loop.text")
	case Stale:
		return one("stale.text")
	case BadRequest:
		return one("badrequest.text")
	case NotFound:
		return one("notfound.text")
	case NotReady:
		return one("notready.text")
	case EndedIdle:
		return p.ended("ended.idle")
	case EndedMax:
		return p.ended("ended.max")
	case Ended:
		return p.ended("ended.plain")
	case OtherPerson:
		return []line{{key: "otherperson.text"}, {key: "otherperson.next"}}
	case UndoOver:
		return one("undoover.text")
	case NotLinkedYet:
		return one("notlinkedyet.text")
	case SomeoneElse:
		if p.Account == "" {
			return one("someoneelse.unknown")
		}
		return one("someoneelse.text", "account", p.Account)
	case NoMatch:
		return one("nomatch.text")
	case LinkEnded:
		return one("linkended.text")
	case RecordChanged:
		return one("recordchanged.text")
	case SharedAccount:
		return one("sharedaccount.text")
	case NameDiffers:
		return one("namediffers.text")
	case RequestOpen:
		return one("requestopen.text")
	case NotAllowed:
		return p.notAllowed("notallowed.record")
	case NeedsPlus:
		return p.notAllowed("notallowed.plus")
	case LinkedOtherwise:
		return p.notAllowed("notallowed.method")
	case LoginAgain:
		return one("loginagain.text")
	case FormKept:
		return one("formkept.text")
	case FormNotKept:
		return one("formlost.file")
	case FormLost:
		return one("formlost.text")
	case RegisterUnclear:
		return one("registerunclear.text")
	}
	return one("internal.text")
}

func (p Problem) tooMany(clock clockFunc, codes bool) []line {
	if p.Until.IsZero() {
		if codes {
			return one("toomany.later.code")
		}
		return one("toomany.later")
	}
	until := clock(p.Until.Add(time.Minute - 1)) // no seconds are told
	if codes {
		return one("toomany.until.code", "time", until)
	}
	return one("toomany.until", "time", until)
}

// notAllowed says what is missing, and whom to ask.
func (p Problem) notAllowed(missing string) []line {
	if p.Account == "" {
		return append(one("notallowed.unknown"), line{key: missing})
	}
	return append(one("notallowed.text", "account", p.Account), line{key: missing})
}

// ended promises the way back only where there is one.
func (p Problem) ended(reason string) []line {
	lines := one(reason)
	if p.Return != "" {
		lines = append(lines, line{key: "ended.return"})
	}
	return lines
}

// causes are the points of a list below the sentences: only Loop has some.
func (p Problem) causes() []line {
	if p.Kind != Loop {
		return nil
	}
	causes := one("loop.cookies")
	if p.Host != "" {
		causes = append(causes, line{"loop.host", []string{"host", p.Host}})
	}
	return append(causes, line{key: "loop.clock"})
}
