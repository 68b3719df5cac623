package simulator

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Violation is one breach of a rule by a client. It holds no secret, code, key or openID.
type Violation struct {
	Time   time.Time `json:"time"`
	Call   string    `json:"call"`   // such as auth/getToken
	Code   string    `json:"code"`   // what the call was refused with: D-code or HTTP status
	Rule   string    `json:"rule"`   // stable name
	Detail string    `json:"detail"` // for a reader; may change
}

const (
	maxViolations  = 10_000
	maxRecentCalls = 50
	maxCallbacks   = 1000
	maxDetail      = 200
)

// journal remembers what happened, and what a test wants to happen next.
type journal struct {
	now func() time.Time

	mu         sync.Mutex
	out        io.Writer
	violations []Violation
	total      int
	counts     map[string]int
	recent     []callLine
	callbacks  []Callback
	faults     map[string][]Fault // still to come, by call
}

// callLine is one call as it is logged and shown.
type callLine struct {
	Time   time.Time `json:"time"`
	Call   string    `json:"call"`
	Client string    `json:"client,omitempty"`
	Code   string    `json:"code"`
}

func newJournal(now func() time.Time, out io.Writer) *journal {
	return &journal{now: now, out: out, counts: map[string]int{}, faults: map[string][]Fault{}}
}

func (j *journal) count(call string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[call]++
}

// done notes how a call ended.
func (j *journal) done(call, client, code string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	line := callLine{j.now().UTC(), call, client, code}
	j.recent = append(j.recent, line)
	if len(j.recent) > maxRecentCalls {
		j.recent = slices.Delete(j.recent, 0, 1)
	}
	j.write(struct {
		Kind string `json:"kind"`
		callLine
	}{"call", line})
}

func (j *journal) violation(call string, r *refusal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := Violation{j.now().UTC(), call, r.code, r.rule.name, clip(r.detail)}
	j.total++
	j.violations = append(j.violations, v)
	if len(j.violations) >= 2*maxViolations { // seldom, so that a flood does not move them all each time
		j.violations = slices.Clone(lastOf(j.violations))
	}
	j.write(struct {
		Kind string `json:"kind"`
		Violation
	}{"violation", v})
}

// write puts one line out. A log that cannot be written must not change what the client sees.
func (j *journal) write(line any) {
	if j.out == nil {
		return
	}
	if text, err := json.Marshal(line); err == nil {
		_, _ = j.out.Write(append(text, '\n'))
	}
}

// sent notes a callback.
func (j *journal) sent(line Callback) {
	j.mu.Lock()
	defer j.mu.Unlock()
	line.Time = j.now().UTC()
	j.callbacks = append(j.callbacks, line)
	if len(j.callbacks) > maxCallbacks {
		j.callbacks = slices.Delete(j.callbacks, 0, 1)
	}
	j.write(struct {
		Kind string `json:"kind"`
		Callback
	}{"callback", line})
}

func (j *journal) callbacksSent() []Callback {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Callback{}, j.callbacks...)
}

func (j *journal) snapshot() (violations []Violation, dropped int, recent []callLine, counts map[string]int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	violations = slices.Clone(lastOf(j.violations))
	return violations, j.total - len(violations), slices.Clone(j.recent), maps.Clone(j.counts)
}

func lastOf(violations []Violation) []Violation {
	return violations[max(0, len(violations)-maxViolations):]
}

// Violations returns what was noted so far, oldest first; at most the last 10 000.
func (s *Simulator) Violations() []Violation {
	violations, _, _, _ := s.journal.snapshot()
	return violations
}

// Calls counts the requests to one call, refused ones too. The path is without /api/v1/, as in "security/getKey"; the spellings of one
// call count together.
func (s *Simulator) Calls(path string) int {
	_, _, _, counts := s.journal.snapshot()
	return counts[callName(path)]
}

// T is the part of testing.T that Watch needs, so that programs which embed the simulator do not link the testing package.
type T interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// watchWait is how long a test that is watched waits at its end for callbacks under way.
const watchWait = 2 * time.Second

// Watch fails the test, at its clean-up, for every violation whose rule is not among expected.
func (s *Simulator) Watch(t T, expected ...string) {
	t.Helper()
	t.Cleanup(func() {
		t.Helper()
		s.Settle(watchWait)
		violations, dropped, _, _ := s.journal.snapshot()
		for _, v := range violations {
			if !slices.Contains(expected, v.Rule) {
				t.Errorf("iAM Smart simulator: %s broke the rule %s (%s): %s", v.Call, v.Rule, v.Code, v.Detail)
			}
		}
		if dropped > 0 {
			t.Errorf("iAM Smart simulator: %d more violations were not kept", dropped)
		}
	})
}

// clip keeps what a client sent from filling the journal.
func clip(detail string) string {
	if len(detail) <= maxDetail {
		return detail
	}
	return detail[:maxDetail] + "…"
}
