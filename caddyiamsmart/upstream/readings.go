package upstream

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxReadings bounds the forms of one path. Real paths have a handful, and one
	// with every oddity of old apps at once about fifty.
	maxReadings = 128
	// maxReadingBytes bounds the forms of one path together, so that a long path
	// cannot buy much time.
	maxReadingBytes = 16 << 10
)

// readers are the things that servers do to a path, each by itself. Which of
// them the app's server does, how often and in which order is not known here,
// so readings applies all to all results.
var readers = []func(string) string{
	decodeEscapes,
	decodeAllButSlashes,
	decodeUnicodeEscapes,
	decodeOverlong,
	decodeLookAlikes,
	turnBackslashes,
	dropParameters,
	cutAtParameter,
	dropStreams,
	dropUnseen,
	readLatin1Blanks,
	trimSegments,
	climbLongDots,
	mergeSlashes,
	resolveDots,
	dropAuthority,
	cutQuery,
}

// readings returns every form of the given paths but themselves. The order is
// not important, and each form is held once.
func readings(came, sent string) ([]string, error) {
	for _, p := range []string{came, sent} {
		if brokenEscape(p) {
			return nil, fmt.Errorf("it holds a broken escape: %w", ErrPath)
		}
		if strings.IndexByte(p, 0) >= 0 {
			return nil, fmt.Errorf("it holds NUL: %w", ErrPath)
		}
	}
	all := make([]string, 0, 8)
	all = append(all, came)
	if sent != came {
		all = append(all, sent)
	}
	given := len(all)
	size := len(came) + len(sent)
	for i := 0; i < len(all); i++ {
		for _, read := range readers {
			next := read(all[i])
			if next == all[i] || slices.Contains(all, next) {
				continue
			}
			if strings.IndexByte(next, 0) >= 0 {
				return nil, fmt.Errorf("it holds NUL: %w", ErrPath)
			}
			if size += len(next); len(all) == maxReadings || size > maxReadingBytes {
				return nil, fmt.Errorf("it can be read in too many ways: %w", ErrPath)
			}
			all = append(all, next)
		}
	}
	return all[given:], nil
}

// brokenEscape tells whether p holds a percent sign without two hex digits. That
// is asked of the path as sent alone: "100%25" is a good name.
func brokenEscape(p string) bool {
	for i := strings.IndexByte(p, '%'); i >= 0 && i < len(p); i++ {
		if p[i] == '%' {
			if _, ok := escapedByte(p[i:]); !ok {
				return true
			}
		}
	}
	return false
}
