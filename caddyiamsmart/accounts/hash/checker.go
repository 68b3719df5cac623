package hash

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
)

// MaxPassword is how long a password may be, in bytes. A longer one is wrong.
const MaxPassword = 1024

const (
	maxText   = 1024 // bytes of a stored hash and of its salt
	stampSalt = 12   // bytes of salt from which on a digest of the hash gives nothing away
)

// ErrUnusable means that a stored hash says neither yes nor no. The cause is
// wrapped with it and never holds a part of the hash.
var ErrUnusable = errors.New("the stored hash cannot be used")

// Stored is what an app keeps of a password.
type Stored struct {
	Hash string
	// Salt is what stands beside the hash, for the formats that do not hold it
	// themselves: md5(…) and its like, and aspnet_membership. Others pass it over.
	Salt string
}

// Checker knows the formats that one source of accounts uses. It is safe for
// concurrent use.
type Checker struct {
	formats []format
	decoy   atomic.Pointer[derive]
}

// format is one kind of hash.
type format struct {
	word  string
	is    func(text string) bool
	parse func(Stored) (digest, error)
}

// derive makes of a password what its hash holds. It works as long as the cost
// of the hash says.
type derive func(password []byte) ([]byte, error)

// digest is a hash that was understood.
type digest struct {
	want   []byte
	derive derive
	also   derive // another way that this format knows, or nil
	salt   int    // bytes of salt that nobody can guess, as far as the format tells
}

// slots bound the hashes that are worked on at a time, for all checkers: each
// may take 256 MiB.
var slots = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// Check tells whether the password is the one whose hash is stored. It waits for
// its turn no longer than ctx allows, and then returns the error of ctx. Every
// other error wraps [ErrUnusable].
func (c *Checker) Check(ctx context.Context, stored Stored, password string) (bool, error) {
	d, err := c.parse(stored)
	if err != nil {
		return false, errors.Join(err, c.Pretend(ctx, password))
	}
	c.decoy.Store(&d.derive)
	if !passable(password) {
		return false, c.Pretend(ctx, password)
	}
	return d.matches(ctx, []byte(password))
}

// Pretend does the work of a check where there is nothing to check, so that the
// time does not tell whether there is: that of the hash that was checked last,
// else that of a bcrypt hash of cost 10. It fails only when ctx ends.
func (c *Checker) Pretend(ctx context.Context, password string) error {
	work := c.decoy.Load()
	if work == nil {
		var first derive = unknownBcrypt
		work = &first
	}
	if !passable(password) {
		password = "none"
	}
	_, err := (&digest{derive: *work}).matches(ctx, []byte(password))
	if errors.Is(err, ErrUnusable) {
		return nil
	}
	return err
}

// Usable returns nil if a password can be checked against the stored hash, as far
// as its text tells, and else an error as of Check. It does no work of a check.
func (c *Checker) Usable(stored Stored) error {
	_, err := c.parse(stored)
	return err
}

// Stamp is a text that changes when the hash does, and against which nobody can
// try passwords without having the hash itself: the digest of a hash whose text
// holds a long salt. It is "" for all others.
func (c *Checker) Stamp(stored Stored) string {
	d, err := c.parse(stored)
	if err != nil || d.salt < stampSalt {
		return ""
	}
	sum := sha256.Sum256([]byte("iamsmart accounts stamp\n" + stored.Hash))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (c *Checker) parse(stored Stored) (digest, error) {
	stored.Hash = unwrap(stored.Hash)
	switch {
	case stored.Hash == "":
		return digest{}, fmt.Errorf("%w: it is empty", ErrUnusable)
	case len(stored.Hash) > maxText || len(stored.Salt) > maxText:
		return digest{}, fmt.Errorf("%w: it is too long", ErrUnusable)
	}
	for _, f := range c.formats {
		if f.is(stored.Hash) {
			d, err := f.parse(stored)
			if err != nil {
				return digest{}, fmt.Errorf("%w: as %s: %w", ErrUnusable, f.word, err)
			}
			return d, nil
		}
	}
	return digest{}, fmt.Errorf("%w: it is of none of the formats %s", ErrUnusable, strings.Join(c.words(), ", "))
}

func (d *digest) matches(ctx context.Context, password []byte) (bool, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	got, err := d.derive(password)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	same := subtle.ConstantTimeCompare(got, d.want)
	if d.also != nil {
		if got, err = d.also(password); err != nil {
			return false, fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		same |= subtle.ConstantTimeCompare(got, d.want)
	}
	return same == 1 && len(d.want) > 0, nil
}

// passable tells whether any app could have taken the password. At a NUL, old
// programs stop reading, so that what follows it would not count.
func passable(password string) bool {
	return password != "" && len(password) <= MaxPassword && !strings.Contains(password, "\x00")
}

// unwrap takes off what some programs put around a hash of another's format.
func unwrap(text string) string {
	for _, prefix := range []string{"{CRYPT}", "{ARGON2}", "{bcrypt}", "bcrypt$"} {
		if len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) && text[len(prefix)] == '$' {
			return text[len(prefix):]
		}
	}
	if rest, ok := strings.CutPrefix(text, "argon2$argon2"); ok { // Django
		return "$argon2" + rest
	}
	return text
}
