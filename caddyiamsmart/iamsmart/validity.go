package iamsmart

import (
	"errors"
	"time"
)

// absoluteFrom tells a moment from a lifetime: no lifetime is 31 years long, and every moment since 2001 is past it.
const absoluteFrom int64 = 1_000_000_000_000

// latestMoment bounds the moments that we believe: the year 2286, in milliseconds.
const latestMoment int64 = 9_999_999_999_999

// errExpiresIn is an expiresIn that makes no sense as what it was taken for.
var errExpiresIn = errors.New("expiresIn is not what it was taken for, a lifetime or a moment after issueAt")

// validity reads issueAt and expiresIn, both in milliseconds. The texts describe expiresIn as a lifetime while some samples
// show a moment; meaning is the option's word, and in "auto" the size tells which it is.
func validity(meaning string, issueAt, expiresIn int64) (issued, end time.Time, err error) {
	if issueAt <= 0 || expiresIn <= 0 || issueAt > latestMoment || expiresIn > latestMoment {
		return issued, end, errors.New("issueAt or expiresIn is missing or no time")
	}
	moment := expiresIn > absoluteFrom
	if meaning == "duration" && moment || meaning == "absolute" && !moment {
		return issued, end, errExpiresIn
	}
	until := expiresIn
	if !moment {
		until = issueAt + expiresIn
	}
	if until <= issueAt {
		return issued, end, errExpiresIn
	}
	return time.UnixMilli(issueAt), time.UnixMilli(until), nil
}
