package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one mishap of the system or of the way to it, to be had on demand. Code, Status and HTML take the place of an answer, and
// the call is then not carried out; the others spoil the answer to a call that was. Latency goes with any of them.
type Fault struct {
	// Code is a code of iAM Smart to fail with; a callback bears it in place of its own.
	Code string
	// Status is an HTTP status from 400 to 599 without an envelope; beside HTML, from 200.
	Status int
	// RetryAfter goes with Status, in whole seconds.
	RetryAfter time.Duration
	// HTML answers with a page as of a gateway, with status 502 unless Status says otherwise.
	HTML bool
	// Latency is how long the answer, or the callback, is held back; at most a minute.
	Latency time.Duration
	// Drop closes the connection without an answer, or does not send the callback.
	Drop bool
	// Truncate breaks the answer's JSON off in the middle.
	Truncate bool
	// ContentType is sent in place of application/json.
	ContentType string
	// OtherPerson is the handle of a person whose token, result or callback content is sent in place of the right one.
	OtherPerson string
	// ExtraFields adds members that no document knows.
	ExtraFields bool
	// Hold keeps a callback until the next one has gone out.
	Hold bool
	// Malformed breaks a callback's JSON off in the middle.
	Malformed bool
}

const (
	maxLatency = time.Minute
	maxFaults  = 1000 // queued, per call
)

// kinds are the names of what the fault does.
func (f Fault) kinds() (kinds []string) {
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"code", f.Code != ""}, {"status", f.Status != 0}, {"retry-after", f.RetryAfter != 0}, {"html", f.HTML}, {"latency", f.Latency != 0},
		{"drop", f.Drop}, {"truncate", f.Truncate}, {"content-type", f.ContentType != ""}, {"other-person", f.OtherPerson != ""},
		{"extra-fields", f.ExtraFields}, {"hold", f.Hold}, {"malformed", f.Malformed},
	} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

// faultsOf are the kinds of faults that a call can have.
func faultsOf(call string) []string {
	switch call {
	case callDecide:
		return []string{"code"}
	case callQR:
		return []string{"code", "status", "retry-after", "html", "latency", "drop"}
	case callCallback:
		return []string{"code", "latency", "drop", "content-type", "other-person", "extra-fields", "hold", "malformed"}
	case callGetToken, callFormResult, callSignResult, callPDFResult:
		return []string{"code", "status", "retry-after", "html", "latency", "drop", "truncate", "content-type", "other-person", "extra-fields"}
	default:
		return []string{"code", "status", "retry-after", "html", "latency", "drop", "truncate", "content-type", "extra-fields"}
	}
}

// check says what is wrong with a fault for a call.
func (f Fault) check(call string) error {
	kinds := f.kinds()
	if len(kinds) == 0 {
		return errors.New("the fault does nothing")
	}
	for _, kind := range kinds {
		if !slices.Contains(faultsOf(call), kind) {
			return fmt.Errorf("%s cannot have the fault %s, but %s", call, kind, strings.Join(faultsOf(call), ", "))
		}
	}
	switch {
	case f.Code != "" && !codePattern.MatchString(f.Code):
		return fmt.Errorf("code %q is not D and five digits", clip(f.Code))
	case f.Code != "" && (f.Status != 0 || f.HTML):
		return errors.New("code excludes status and html")
	case f.Status != 0 && (f.Status < 400 && !f.HTML || f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d is not 400 to 599 (from 200 with html)", f.Status)
	case f.RetryAfter < 0 || f.RetryAfter > 0 && f.Status == 0:
		return errors.New("retry-after goes with a status")
	case f.Latency < 0 || f.Latency > maxLatency:
		return fmt.Errorf("latency %v is not within %v", f.Latency, maxLatency)
	case !visibleASCII(strings.ReplaceAll(f.ContentType, " ", "")):
		return errors.New("content-type holds others than ASCII characters")
	}
	return nil
}

// Inject makes the next times requests to call that are otherwise in order suffer fault. The call is a path without /api/v1/, or
// "simulator/decide" for the redirect after a login page, or "callback". Faults for one call queue. Announced faults are no violations.
func (s *Simulator) Inject(call string, fault Fault, times int) error {
	name, err := knownCall(call)
	if err != nil {
		return err
	}
	if err := fault.check(name); err != nil {
		return err
	}
	if _, known := s.person(fault.OtherPerson); fault.OtherPerson != "" && !known {
		return fmt.Errorf("there is no person %q", clip(fault.OtherPerson))
	}
	if times < 1 || times > maxFaults {
		return fmt.Errorf("times %d is not 1 to %d", times, maxFaults)
	}
	if !s.journal.announce(name, fault, times) {
		return fmt.Errorf("more than %d faults wait for %s", maxFaults, name)
	}
	return nil
}

// FailNext is Inject for a code of iAM Smart, or for three digits from 400 to 599 as an HTTP status. It does not check what it is given.
func (s *Simulator) FailNext(call, code string, times int) {
	fault := Fault{Code: code}
	if status, ok := httpStatus(code); ok {
		fault = Fault{Status: status}
	}
	s.journal.announce(callName(call), fault, times)
}

// announce queues a fault, unless too many wait.
func (j *journal) announce(call string, fault Fault, times int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.faults[call])+times > maxFaults {
		return false
	}
	for range times {
		j.faults[call] = append(j.faults[call], fault)
	}
	return true
}

// nextFault takes the next announced fault of a call; without one, it is the fault that does nothing.
func (j *journal) nextFault(call string) (fault Fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if waiting := j.faults[call]; len(waiting) > 0 {
		fault, j.faults[call] = waiting[0], waiting[1:]
	}
	return fault
}

// fault takes the call's announced fault along, and is the refusal that it stands for, if it is one.
func (s *Simulator) fault(req *request) error {
	fault := s.journal.nextFault(req.call)
	req.fault = &fault
	return fault.refusal()
}

func (f Fault) refusal() error {
	const detail = "announced by the test"
	switch {
	case f.HTML:
		return &refusal{code: strconv.Itoa(f.pageStatus()), detail: detail, page: true}
	case f.Status != 0:
		return &refusal{code: strconv.Itoa(f.Status), detail: detail, retryAfter: f.RetryAfter}
	case f.Code != "":
		return &refusal{code: f.Code, detail: detail}
	}
	return nil
}

func (f Fault) pageStatus() int {
	if f.Status != 0 {
		return f.Status
	}
	return http.StatusBadGateway
}

// otherwise is the handle of the person whose data go out: the right one, unless a fault mixes them up.
func (s *Simulator) otherwise(fault *Fault, handle string) string {
	if fault != nil && fault.OtherPerson != "" {
		return fault.OtherPerson
	}
	return handle
}

// extra reports whether answers bear members that no document knows.
func (s *Simulator) extra(fault *Fault) bool {
	return s.options.Variants.ExtraFields || fault != nil && fault.ExtraFields
}

// suffer holds an answer back and cuts the connection, as announced.
func (f *Fault) suffer(ctx context.Context) {
	if f == nil {
		return
	}
	select {
	case <-time.After(f.Latency):
	case <-ctx.Done():
	}
	if f.Drop {
		panic(http.ErrAbortHandler) // the way of net/http to close a connection without an answer
	}
}

// gatewayPage is what a proxy in front of the real system might answer.
const gatewayPage = "<!doctype html><html><head><title>Error</title></head><body><h1>The page cannot be displayed</h1><p>gateway</p></body></html>\n"

func writeGatewayPage(w http.ResponseWriter, code string) {
	status, _ := strconv.Atoi(code)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(gatewayPage)) // a client that went away cannot be told
}
