// Command bench measures what the gate costs a request: processor time of the Caddy
// process over that of a plain reverse proxy, throughput and waiting times.
//
// One Caddy, in a process of its own, serves every set-up at a port of its own, before
// one application with connections that stay open. The set-ups take turns, in another
// order each round, so that what disturbs a machine disturbs all of them; the figures
// that count are the differences within a round. Every answer is checked, and so is what
// the application was told.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "caddyiamsmart.example/caddyiamsmart"
)

// budget is what the gate, logged in and with two headers, may cost over the plain
// proxy, in processor time per request.
const budget = 8 * time.Microsecond

// settings are what the command line says.
type settings struct {
	rounds   int
	requests int // of each set-up in each round
	clients  []int
	cookies  int
	only     string
}

func main() {
	if os.Getenv(childVariable) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: Caddy:", err)
			os.Exit(1)
		}
		return
	}
	var s settings
	var clients string
	flag.IntVar(&s.rounds, "rounds", 15, "how often each set-up has its turn")
	flag.IntVar(&s.requests, "requests", 6000, "requests of each turn")
	flag.StringVar(&clients, "c", "32", "clients at once; several numbers with commas make several tables")
	flag.IntVar(&s.cookies, "cookies", 10000, "people who are logged in, of whom each sends a request in turn")
	flag.StringVar(&s.only, "only", "", "only set-ups whose name contains this, beside the plain proxy")
	flag.Parse()
	for _, one := range strings.Split(clients, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(one))
		if err != nil || n < 1 || n > 1024 {
			fmt.Fprintf(os.Stderr, "bench: -c: %q is no number of clients from 1 to 1024\n", one)
			os.Exit(2)
		}
		s.clients = append(s.clients, n)
	}
	if s.rounds < 1 || s.requests < 1 || s.cookies < 1 || s.cookies > 100000 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "bench: rounds, requests and cookies are numbers from 1, cookies to 100000; nothing stands behind the options")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "iamsmart-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := start(ctx, dir, s)
	if err != nil {
		return err
	}
	defer b.stop()
	var faults []error
	for _, clients := range s.clients {
		table, err := b.measure(ctx, s, clients)
		if err != nil {
			return err
		}
		fmt.Printf("\n%d clients at once, %d rounds of %d requests:\n\n%s", clients, s.rounds, s.requests, table)
		if over, ok := table.over(gateSetup); ok && clients == s.clients[0] && over.low > budget {
			faults = append(faults, fmt.Errorf("the gate costs %v to %v over the plain proxy; the budget is %v", over.low, over.high, budget))
		}
	}
	return errors.Join(faults...)
}
