package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// What only tests change.
var (
	// tryPace is the time at which a failed try is answered, whatever was wrong: how
	// fast the application says no may tell whether it knows the name. What took
	// longer is answered at the next multiple.
	tryPace = 1500 * time.Millisecond
	// maxPaced bounds the tries that are under way at one gate, most of which wait.
	maxPaced = 512
	// maxLinkTries is the highest `link_tries`.
	maxLinkTries = 10
)

var errCrowd = errors.New("too many passwords are being tried at once")

// pacer answers failed tries at fixed times. It is safe for concurrent use.
type pacer struct {
	pace   time.Duration
	places chan struct{}
}

func newPacer() *pacer { return &pacer{tryPace, make(chan struct{}, maxPaced)} }

// enter takes a place for one try; false where all are taken.
func (p *pacer) enter() (leave func(), ok bool) {
	select {
	case p.places <- struct{}{}:
		return func() { <-p.places }, true
	default:
		return nil, false
	}
}

// wait returns at the next multiple of the pace since a try began, and not before
// the multiple that is given; or when the visitor has gone.
func (p *pacer) wait(ctx context.Context, began time.Time, multiple int) {
	took := time.Since(began)
	due := max(time.Duration(multiple)*p.pace, took.Truncate(p.pace)+p.pace)
	timer := time.NewTimer(due - took)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// clientAddress is where a request comes from, as Caddy's trusted_proxies say.
func clientAddress(r *http.Request) string {
	address, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	return address
}
