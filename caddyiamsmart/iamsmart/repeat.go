package iamsmart

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// repeatable are the functions that iAM Smart may be asked twice without harm. The others spend a code, or a businessID
// that counts as a duplicate the second time; of those, none is made again that may have arrived.
var repeatable = map[Function]bool{
	FunctionGetKey:                     true,
	FunctionRevokeKey:                  true,
	FunctionAnonymousFormFillingResult: true,
	FunctionAnonymousSigningResult:     true,
	FunctionAnonymousPDFSigningResult:  true,
}

const (
	maxRepeats  = 2
	firstPause  = 200 * time.Millisecond // half as long to half as long again; the second is three times that
	longestWait = breakLongest           // of what iAM Smart may ask for
)

// mayRepeat tells whether a call that had this outcome is made again.
func mayRepeat(f Function, o outcome, err error) bool {
	for _, lasting := range []error{errUntrusted, errOtherHost, errOutsideDates, errBadServerCert, http.ErrSchemeMismatch} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	return o == outcomeUnsent || o == outcomeAway && repeatable[f]
}

// onceKey marks a context whose calls are made once.
type onceKey struct{}

// once is for calls that strangers can cause: they are not made again.
func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

func triedOnce(ctx context.Context) bool { return ctx.Value(onceKey{}) != nil }

// pauseBefore is how long to wait before a repetition, counted from 0. Jitter is from 0 to 1.
func pauseBefore(repetition int, jitter float64) time.Duration {
	pause := firstPause
	for range repetition {
		pause *= 3
	}
	return pause/2 + time.Duration(jitter*float64(pause))
}

// sleep waits; an error means that ctx has ended or would end before.
func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitAsked is how long the answer asks us to wait, from a second to two minutes; zero when it does not. An answer with 429
// always does.
func waitAsked(status int, header http.Header, now time.Time) time.Duration {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0
	}
	wait, ok := retryAfter(header, now)
	switch {
	case !ok && status == http.StatusTooManyRequests:
		return breakFor
	case !ok:
		return 0
	}
	return max(time.Second, min(wait, longestWait))
}

// retryAfter reads the header of that name: seconds, or a moment, which is compared with the answer's own Date if it has one.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 32)
		if err != nil { // out of range
			return longestWait, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	moment, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if served, err := http.ParseTime(header.Get("Date")); err == nil {
		now = served
	}
	return max(0, min(moment.Sub(now), longestWait)), true
}
