// Command simulator serves a strict stand-in for iAM Smart, for an IT team that tries its own app against it.
//
// It prints what it does to standard error, and one JSON line per call and per violation to standard output.
//
//	simulator -make-credentials DIR     writes throw-away credentials and prints how to use them
//	simulator -client-id ID -client-secret-file FILE -cert FILE -redirect-uri URL
//
// Anybody who reaches it can log in as any test person, so it listens on loopback addresses only, unless told otherwise in so many words.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// run does what the arguments say, until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.makeCredentials != "" {
		return makeCredentials(s, stdout)
	}
	if err := s.checkListen(); err != nil {
		return err
	}
	options, err := s.options(getenv, stdout)
	if err != nil {
		return err
	}
	return serve(ctx, s, options, stderr)
}
