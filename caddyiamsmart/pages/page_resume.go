package pages

import "time"

// Resume offers to send what a person typed before their session ended. One form sends
// it, to the app's own address, with Field and Value in the place of what was typed; the
// other posts to <prefix>/resume and throws it away.
type Resume struct {
	Common
	Token   string
	Address string // path and query; anything else becomes "/"
	Field   string
	Value   string
	Kept    time.Time // when it was sent
	Until   time.Time // how long it is kept
}

func (r Resume) plan() plan { return plan{template: "resume", common: r.Common} }
