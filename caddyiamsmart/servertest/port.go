package servertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
)

// Ports that the system gives to nobody by itself: one of those could be taken
// by any connection that goes out before the server listens.
const (
	firstPort = 10_100 // above the last one that Chromium does not open, 10080
	lastPort  = 31_999
)

var nextPort = func() *atomic.Int64 {
	var n atomic.Int64
	n.Store(rand.Int64N(lastPort - firstPort)) // test processes run side by side
	return &n
}()

// FreePort returns a port on which nothing listens, another one each time.
func FreePort(t testing.TB) int {
	t.Helper()
	for range lastPort - firstPort {
		port := int(firstPort + nextPort.Add(1)%(lastPort-firstPort))
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)) // as Caddy does
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no port is free")
	return 0
}
