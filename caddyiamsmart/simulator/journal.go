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
	failures   map[string][]string // codes still to be answered, by call
}

// callLine is one call as it is logged and shown.
type callLine struct {
	Time   time.Time `json:"time"`
	Call   string    `json:"call"`
	Client string    `json:"client,omitempty"`
	Code   string    `json:"code"`
}

func newJournal(now func() time.Time, out io.Writer) *journal {
	return &journal{now: now, out: out, counts: map[string]int{}, failures: map[string][]string{}}
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

// failure is the next announced failure of a call, or nil.
func (j *journal) failure(call string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	codes := j.failures[call]
	if len(codes) == 0 {
		return nil
	}
	j.failures[call] = codes[1:]
	return &refusal{code: codes[0], detail: "announced by FailNext"}
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

// Calls counts the requests to one call, refused ones too. The path is without /api/v1/, as in "security/getKey".
func (s *Simulator) Calls(path string) int {
	_, _, _, counts := s.journal.snapshot()
	return counts[path]
}

// FailNext makes the next times requests to call that are otherwise in order fail with code: a code of iAM Smart, or three digits from
// 400 to 599 for an HTTP status without an envelope. The call "simulator/decide" makes decisions of the login page end in a redirect
// with that error_code. Such failures are announced, and no violations. A code for a call that was named before queues behind.
func (s *Simulator) FailNext(call, code string, times int) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	for range times {
		s.journal.failures[call] = append(s.journal.failures[call], code)
	}
}

// T is the part of testing.T that Watch needs, so that programs which embed the simulator do not link the testing package.
type T interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// Watch fails the test, at its clean-up, for every violation whose rule is not among expected.
func (s *Simulator) Watch(t T, expected ...string) {
	t.Helper()
	t.Cleanup(func() {
		t.Helper()
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
