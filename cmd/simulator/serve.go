package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// stopTime is how long calls under way may take after the signal to stop.
const stopTime = 5 * time.Second

// serve answers until ctx ends, and then lets calls under way finish.
func serve(ctx context.Context, s *settings, options simulator.Options, stderr io.Writer) error {
	handler, err := simulator.New(options)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.listen, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      75 * time.Second, // announced latency takes up to a minute
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	fmt.Fprintf(stderr, "iAM Smart simulator (not iAM Smart) on http://%s for client %s\n", listener.Addr(), s.clientID)
	if s.allowRemote {
		fmt.Fprintln(stderr, "warning: -allow-remote: whoever reaches this address can log in as any test person")
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	timeout, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil {
		_ = server.Close() // what did not end in time is cut off
		return fmt.Errorf("stopping: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
