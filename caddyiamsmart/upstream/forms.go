package upstream

import "strings"

// maxForms bounds what a rule looks at for one path. Beyond it whoever asks has to
// take the worst for true.
const maxForms = 512

// AnyForm calls judge with every form in which a rule has to see the path, until it
// says yes, and returns whether it did. That is each reading of the path; each without
// the slash at its end; each cut behind the name of a script, which is told what
// follows; and each of these in small letters, as systems that ignore case read it.
// With more forms than can be looked at it returns true.
//
// It is for rules that restrict: a form too many costs somebody a page, and one too
// few opens it. What opens asks [Public.Open], where all readings have to agree.
func (p Path) AnyForm(judge func(form string) bool) bool {
	seen := 0
	once := func(form string) bool {
		seen++
		return seen > maxForms || judge(form)
	}
	if formsOf(p.came, once) || p.sent != p.came && formsOf(p.sent, once) {
		return true
	}
	for _, reading := range p.other {
		if formsOf(reading, once) {
			return true
		}
	}
	return false
}

func formsOf(reading string, judge func(string) bool) bool {
	if inBothCases(reading, judge) {
		return true
	}
	if bare := strings.TrimRight(reading, "/"); bare != reading && bare != "" && inBothCases(bare, judge) {
		return true
	}
	dot := 0 // behind the last dot of the segment
	for i := 1; i < len(reading)-1; i++ {
		switch reading[i] {
		case '.':
			dot = i + 1
		case '/':
			if dot > 0 && isLetter(reading[dot]) && inBothCases(reading[:i], judge) {
				return true
			}
			dot = 0
		}
	}
	return false
}

// isLetter tells a script's name, as report.php, from a number, as v1.0.
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func inBothCases(form string, judge func(string) bool) bool {
	if judge(form) {
		return true
	}
	small := strings.ToLower(form)
	return small != form && judge(small)
}
