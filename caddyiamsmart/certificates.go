package caddyiamsmart

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

const (
	maxCertFile = 1 << 20 // bytes
	certWarning = 30 * 24 * time.Hour
	certUrgent  = 7 * 24 * time.Hour
	// certKept is how long a certificate that was replaced in its file still opens content keys: iAM Smart goes on
	// wrapping for it until the content key ends, a day later at most.
	certKept = 25 * time.Hour
)

// lookEvery is how often the files of certificates are read again. Only tests
// change it.
var lookEvery = 30 * time.Second

// certificates are the encipherment certificates of a realm, as they lie in
// their files. It is safe for concurrent use.
type certificates struct {
	realm  string
	logger *zap.Logger

	mu       sync.Mutex
	files    []*certificateFile
	replaced []replacedCertificate
}

// certificateFile is one file with the certificate that was last found in it.
type certificateFile struct {
	EnciphermentCert
	path    string
	sum     [sha256.Size]byte // of the file's bytes that pair was read from
	pair    *iamsmart.Encipherment
	trouble string // what was wrong at the last look, "" for nothing
	warned  int    // how close to the end of pair the log has warned
}

type replacedCertificate struct {
	pair  *iamsmart.Encipherment
	until time.Time
}

// loadCertificates reads all files; each must hold a certificate with its key.
func loadCertificates(realm string, configured []EnciphermentCert, logger *zap.Logger) (*certificates, error) {
	if len(configured) == 0 {
		return nil, errors.New("encipherment_cert is missing; name the PEM or PKCS#12 file of the certificate that the portal knows")
	}
	c := &certificates{realm: realm, logger: logger}
	for _, config := range configured {
		path, err := required("encipherment_cert", config.File)
		if err != nil {
			return nil, err
		}
		if config.Password != "" && literal(config.Password) {
			logger.Warn("the password of the encipherment certificate stands in clear in the configuration; write {env.NAME} or {file./absolute/path}",
				zap.String("realm", realm))
		}
		file := &certificateFile{EnciphermentCert: config, path: path}
		if _, err := file.read(); err != nil {
			return nil, fmt.Errorf("encipherment_cert: %w", err)
		}
		c.warn(file, time.Now())
		c.files = append(c.files, file)
	}
	return c, nil
}

// read reads the file. It returns the certificate that was there before, if now
// there is another one. After an error the one from before stays.
func (f *certificateFile) read() (before *iamsmart.Encipherment, err error) {
	data, err := readBounded(f.path, maxCertFile)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if f.pair != nil && sum == f.sum {
		return nil, nil
	}
	password, err := resolve(f.Password)
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	pair, err := iamsmart.LoadEncipherment(data, password)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	if f.pair != nil && !f.pair.Certificate().Equal(pair.Certificate()) {
		before, f.warned = f.pair, 0
	}
	f.pair, f.sum = pair, sum
	return before, nil
}

// look reads the files again. What cannot be read is told once, and what was
// there before stays in force. It returns the certificates, newest first, and
// whether they are others than before.
func (c *certificates) look(now time.Time) (pairs []*iamsmart.Encipherment, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, file := range c.files {
		before, err := file.read()
		c.tell(file, err)
		if before != nil {
			c.logger.Info("the encipherment certificate was replaced; the one before it still opens what iAM Smart wraps for it, for a day",
				zap.String("realm", c.realm), zap.String("file", file.path), zap.Time("ends", file.pair.NotAfter()))
			c.replaced = append(c.replaced, replacedCertificate{before, now.Add(certKept)})
			changed = true
		}
		c.warn(file, now)
	}
	c.replaced = slices.DeleteFunc(c.replaced, func(r replacedCertificate) bool {
		over := !now.Before(r.until)
		changed = changed || over
		return over
	})
	return c.pairs(), changed
}

// reread gives the certificates as they are now.
func (c *certificates) reread() []*iamsmart.Encipherment {
	pairs, _ := c.look(time.Now())
	return pairs
}

// pairs is every certificate that may open a content key. The caller holds the
// lock, or is alone.
func (c *certificates) pairs() []*iamsmart.Encipherment {
	var pairs []*iamsmart.Encipherment
	for _, file := range c.files {
		pairs = append(pairs, file.pair)
	}
	for _, r := range c.replaced {
		pairs = append(pairs, r.pair)
	}
	return pairs
}

// tell writes about a file that cannot be read once, and once that it can be
// again.
func (c *certificates) tell(file *certificateFile, err error) {
	var trouble string
	if err != nil {
		trouble = err.Error()
	}
	if trouble == file.trouble {
		return
	}
	file.trouble = trouble
	if err == nil {
		c.logger.Info("the encipherment certificate can be read again", zap.String("realm", c.realm), zap.String("file", file.path))
		return
	}
	c.logger.Error("the encipherment certificate could not be read again; the one from before stays in force until Caddy ends, "+
		"and without a sound file it does not start again: put a PEM or PKCS#12 file there that holds certificate and key",
		zap.String("realm", c.realm), zap.String("file", file.path), zap.Error(err))
}

// warn writes once that a certificate ends within 30 days, once that it ends
// within seven, and once that it has ended.
func (c *certificates) warn(file *certificateFile, now time.Time) {
	left := file.pair.NotAfter().Sub(now)
	level := 0
	for _, limit := range []time.Duration{certWarning, certUrgent, 0} {
		if left <= limit {
			level++
		}
	}
	if level <= file.warned {
		return
	}
	file.warned = level
	c.logger.Warn("the encipherment certificate ends soon or has ended; apply for its successor",
		zap.String("realm", c.realm), zap.String("file", file.path), zap.Time("ends", file.pair.NotAfter()),
		zap.Int("days_left", int(left.Hours()/24)))
}

// watchCertificates keeps the certificates of all realms as their files are,
// until ctx ends.
func (a *App) watchCertificates(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			a.lookAtCertificates(now)
		}
	}
}

func (a *App) lookAtCertificates(now time.Time) {
	for _, realm := range a.Realms {
		if pairs, changed := realm.certificates.look(now); changed {
			_ = realm.client.SetKeys(pairs) // fails only for none
		}
	}
}
