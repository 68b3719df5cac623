package store

import (
	"fmt"
	"time"
)

// millis is how a time is stored: milliseconds since 1970, UTC.
func millis(t time.Time) int64 { return t.UnixMilli() }

// timeColumn reads what millis wrote; the zero time comes back as zero.
type timeColumn struct{ to *time.Time }

// Scan implements sql.Scanner.
func (c timeColumn) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("column is no time but a %T", v)
	}
	*c.to = time.UnixMilli(ms).UTC()
	return nil
}

// hashColumn reads 32 bytes and refuses any other length.
type hashColumn struct{ to *[32]byte }

// Scan implements sql.Scanner.
func (c hashColumn) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(c.to) {
		return fmt.Errorf("column is no hash of %d bytes", len(c.to))
	}
	copy(c.to[:], b)
	return nil
}

// sealColumn reads a seal; of a row that has none, the zero one.
type sealColumn struct{ to *Seal }

// Scan implements sql.Scanner.
func (c sealColumn) Scan(v any) error {
	if v == nil {
		*c.to = Seal{}
		return nil
	}
	return hashColumn{(*[32]byte)(c.to)}.Scan(v)
}

// textColumn reads a text and refuses one that is longer than its table allows.
type textColumn struct {
	to  *string
	max int // bytes
}

// Scan implements sql.Scanner.
func (c textColumn) Scan(v any) error {
	s, ok := v.(string)
	if !ok || len(s) > c.max {
		return fmt.Errorf("column is no text of at most %d bytes", c.max)
	}
	*c.to = s
	return nil
}

// bytesColumn reads bytes, or none, and refuses more than its table allows.
type bytesColumn struct {
	to  *[]byte
	max int
}

// Scan implements sql.Scanner.
func (c bytesColumn) Scan(v any) error {
	b, ok := v.([]byte)
	if v != nil && !ok || len(b) > c.max {
		return fmt.Errorf("column is not at most %d bytes", c.max)
	}
	*c.to = append([]byte(nil), b...)
	return nil
}

// Bytes that a text may have, as the tables have them.
const (
	maxID      = 256 // Client IDs, apps, sources, actors
	maxWord    = 64  // events, ways, user types, pseudonyms
	maxAccount = 1024
	maxRef     = 128
)

// blobColumn reads bytes into a text; of a row that has none, "".
type blobColumn struct{ to *string }

// Scan implements sql.Scanner.
func (c blobColumn) Scan(v any) error {
	if v == nil {
		*c.to = ""
		return nil
	}
	b, ok := v.([]byte)
	if !ok {
		return fmt.Errorf("column is no bytes but a %T", v)
	}
	*c.to = string(b)
	return nil
}
