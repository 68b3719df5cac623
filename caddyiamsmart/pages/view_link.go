package pages

import (
	"html/template"
	"regexp"
	"strconv"
	"time"
)

// appAddress is what opens the iAM Smart app, the real one or that of the test
// environment. No other scheme than these may stand in a page.
var appAddress = regexp.MustCompile(`^hk\.gov\.iamsmart(\.[a-z]{1,32})?://[A-Za-z0-9_-]{1,64}\?[A-Za-z0-9=&%._~-]+$`)

const maxAppAddress = 2048 // bytes

// App lets the address of the app through, and makes any other empty.
func (v view) App(link string) template.URL {
	if len(link) > maxAppAddress || !appAddress.MatchString(link) {
		return ""
	}
	return template.URL(link)
}

// Why says what a request in the app is for; nothing where that is not known.
func (v view) Why(w Waiting) (template.HTML, error) {
	switch w.Purpose {
	case PurposeHKIC:
		return v.Say("waiting.hkic")
	case PurposeProfile:
		return v.Say("waiting.profile")
	case PurposeRegister:
		return v.Say("waiting.register")
	case PurposeStepUp:
		return v.Say("waiting.stepup")
	}
	return "", nil
}

// Bounds of the waiting page's refresh, in seconds.
const (
	usualRefresh = 5
	minRefresh   = 3
	maxRefresh   = 60
)

// Refresh is how often the waiting page looks again, in seconds.
func (v view) Refresh(w Waiting) int {
	if w.Refresh <= 0 {
		return usualRefresh
	}
	return min(max(w.Refresh, minRefresh), maxRefresh)
}

// SecondsLeft is the time until then, since the browser's own clock may be
// wrong; 0 when it is over, -1 where no end is known.
func (v view) SecondsLeft(end time.Time) int {
	if end.IsZero() {
		return -1
	}
	return max(0, int(end.Sub(v.now)/time.Second))
}

// Count writes a number.
func (v view) Count(n int64) string { return strconv.FormatInt(n, 10) }

// Fault says why a registration did not go through.
func (v view) Fault(f RegisterFault) (template.HTML, error) {
	switch f {
	case FaultNone:
		return "", nil
	case FaultEmpty:
		return v.Say("review.empty")
	case FaultDiffer:
		return v.Say("review.differ")
	}
	return v.Say("review.refused")
}

// StatusTitle and StatusText are the keys of what is said about a request.
func (v view) StatusTitle(s RequestState) string {
	switch s {
	case RequestApproved:
		return "status.approved.title"
	case RequestRefused:
		return "status.refused.title"
	}
	return "status.open.title"
}

func (v view) StatusText(s RequestState) string {
	switch s {
	case RequestApproved:
		return "status.approved.text"
	case RequestRefused:
		return "status.refused.text"
	}
	return "status.open.text"
}

// Way says how an account was linked; nothing where that is not known.
func (v view) Way(way string) (template.HTML, error) {
	switch way {
	case "password":
		return v.Say("way.password")
	case "hkic":
		return v.Say("way.hkic")
	case "code":
		return v.Say("way.code")
	case "register":
		return v.Say("way.register")
	case "import":
		return v.Say("way.import")
	}
	return "", nil
}
