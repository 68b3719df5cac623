package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load sends the requests of one set-up and looks at each answer.
type load struct {
	of      *setup
	client  *http.Client
	cookies []string
	next    atomic.Int64
}

// run sends requests by some clients at once, and returns how long each waited.
func (l *load) run(ctx context.Context, requests, clients int) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	waited := make([]time.Duration, requests)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for {
				n := int(l.next.Add(1)) - 1
				if n >= requests || ctx.Err() != nil {
					return
				}
				began := time.Now()
				if err := l.ask(ctx, n); err != nil {
					cancel(err)
					return
				}
				waited[n] = time.Since(began)
			}
		})
	}
	all.Wait()
	return waited, context.Cause(ctx)
}

func (l *load) ask(ctx context.Context, n int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://localhost:%d%s", l.of.port, l.of.path), nil)
	if err != nil {
		return err
	}
	r.Header = http.Header{
		"User-Agent": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"},
		"Accept":     {"*/*"}, "Accept-Encoding": {"identity"}, "Accept-Language": {"zh-HK,zh;q=0.9,en;q=0.8"}, "Cache-Control": {"max-age=0"},
		"Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"same-origin"},
	}
	switch l.of.cookie {
	case oneCookie:
		r.Header.Set("Cookie", l.cookies[0])
	case eachInTurn:
		r.Header.Set("Cookie", l.cookies[n%len(l.cookies)])
	}
	answer, err := l.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return err
	}
	if answer.StatusCode != l.of.status {
		return fmt.Errorf("status %d, want %d", answer.StatusCode, l.of.status)
	}
	if told := strings.TrimSpace(string(body)); l.of.told != "" && told != l.of.told {
		return fmt.Errorf("the application was told %q, want %q", told, l.of.told)
	}
	return nil
}
