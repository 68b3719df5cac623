package pages

// StepUp stands in the place of a page for which a person who is logged in has to show
// once more, in iAM Smart, that it is them. Its form posts to <prefix>/stepup.
type StepUp struct {
	Common
	Token   string
	Account string // that is logged in
	// Notice, if any, is said above: why the last try came to nothing.
	// Its Restart and Link are ignored.
	Notice *Problem
}

func (s StepUp) plan() plan {
	return plan{template: "stepup", common: s.Common, starts: true, stays: true}
}
