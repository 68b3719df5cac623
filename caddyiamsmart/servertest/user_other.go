//go:build !unix

package servertest

import (
	"os/exec"
	"testing"
)

// unprivileged does nothing here.
func unprivileged(testing.TB, string, string) (as func(*exec.Cmd)) { return func(*exec.Cmd) {} }
