//go:build !unix

package caddyiamsmart_test

import "time"

var started = time.Now()

// processorTime is the time that has passed, where there is no better measure.
func processorTime() time.Duration { return time.Since(started) }
