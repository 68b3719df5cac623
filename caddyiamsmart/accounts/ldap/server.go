package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// deadFor is how long a server that did not answer is asked last.
const deadFor = 30 * time.Second

// server is one of those that hold the directory.
type server struct {
	url     string // scheme, host and port, for logs
	host    string // what its certificate must be for
	address string
	ldaps   bool

	mu        sync.Mutex
	deadUntil time.Time
}

// errAway marks the errors after which another server may be asked: this one did
// not answer, and has been sent no person's password.
var errAway = errors.New("the server does not answer")

func away(step string, cause error) error { return fmt.Errorf("%w: %s: %w", errAway, step, cause) }

func (s *server) dead(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.deadUntil)
}

// mark remembers that the server did not answer, and tells whether that is news.
func (s *server) mark(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := now.After(s.deadUntil)
	s.deadUntil = now.Add(deadFor)
	return news
}

func (s *server) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadUntil = time.Time{}
}

// inOrder returns the servers as configured, those that lately did not answer
// last.
func (s *settings) inOrder(now time.Time) []*server {
	ordered := slices.Clone(s.servers)
	dead := make(map[*server]bool)
	for _, sv := range ordered {
		dead[sv] = sv.dead(now)
	}
	slices.SortStableFunc(ordered, func(a, b *server) int {
		switch {
		case dead[a] == dead[b]:
			return 0
		case dead[a]:
			return 1
		}
		return -1
	})
	return ordered
}

// ask does something with the first server that answers. What it returns but for
// errAway is returned as it is.
func (l *LDAP) ask(ctx context.Context, do func(context.Context, *server) error) error {
	var causes []error
	for _, s := range l.set.inOrder(time.Now()) {
		err := do(ctx, s)
		if !errors.Is(err, errAway) {
			s.answered()
			return err
		}
		causes = append(causes, fmt.Errorf("%s: %w", s.url, err))
		if ctx.Err() != nil { // no fault of the server that was being asked
			break
		}
		if s.mark(time.Now()) && len(l.set.servers) > 1 {
			l.logger.Warn("an LDAP server does not answer; the others are asked before it for a while",
				zap.String("server", s.url), zap.Error(err))
		}
	}
	return cannot(errors.Join(causes...))
}

// cannot tells a doubt with its cause, which holds nothing that was typed.
func cannot(cause error) error { return fmt.Errorf("%w: %w", accounts.ErrCannotCheck, oneLine{cause}) }

// oneLine writes joined errors in one line.
type oneLine struct{ error }

func (e oneLine) Unwrap() error { return e.error }

func (e oneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }
