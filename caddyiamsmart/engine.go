package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// engines outlive configurations: a reload finds the store open and the cache
// of sessions warm.
var engines = caddy.NewUsagePool()

// engine is an open store with its keys and the sessions seen of late.
type engine struct {
	rows  *store.Store
	keys  *store.Keys
	cache *session.Cache

	logger *zap.Logger
	stop   context.CancelFunc
	busy   sync.WaitGroup
}

const (
	openWithin   = 30 * time.Second
	flushEvery   = 10 * time.Second
	sweepEvery   = 10 * time.Minute
	housekeeping = 20 * time.Second // bound of one round
)

func engineKey(pathDB, pathKey string) string { return pathDB + "\x00" + pathKey }

func openEngine(ctx context.Context, pathDB, pathKey string, logger *zap.Logger) (*engine, error) {
	e, _, err := engines.LoadOrNew(engineKey(pathDB, pathKey), func() (caddy.Destructor, error) {
		ctx, cancel := context.WithTimeout(ctx, openWithin)
		defer cancel()
		return newEngine(ctx, pathDB, pathKey, logger)
	})
	if err != nil {
		return nil, err
	}
	return e.(*engine), nil
}

func closeEngine(pathDB, pathKey string) error {
	_, err := engines.Delete(engineKey(pathDB, pathKey))
	return err
}

func newEngine(ctx context.Context, pathDB, pathKey string, logger *zap.Logger) (*engine, error) {
	rows, err := store.OpenSQLite(ctx, pathDB)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	keys, err := openKeys(ctx, rows, pathDB, pathKey, logger)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("key: %w", err), rows.Close())
	}
	run, stop := context.WithCancel(context.Background())
	e := &engine{rows: rows, keys: keys, cache: new(session.Cache), logger: logger, stop: stop}
	e.busy.Go(func() { e.keepHouse(run) })
	e.busy.Go(func() { e.followEndings(run) })
	return e, nil
}

// openKeys reads the root key. It is made only where the store holds no key
// ring yet: a new key beside an old store would lose every link in it.
func openKeys(ctx context.Context, rows *store.Store, pathDB, pathKey string, logger *zap.Logger) (*store.Keys, error) {
	has, err := rows.HasKeys(ctx)
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(pathKey)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && has {
		return nil, fmt.Errorf("the root key %s is missing, and the store %s was sealed with it; put the key file back from its backup", pathKey, pathDB)
	}
	root, err := store.LoadRootKey(pathKey, !has)
	if err != nil {
		return nil, err
	}
	if missing {
		logger.Info("made a new root key; keep a copy apart from the backups of the store", zap.String("file", pathKey))
	} else if !has {
		logger.Warn("the store is new, but its root key is not: if people were linked before, its file was lost; then stop Caddy and restore it from its backup, or all persons link again",
			zap.String("store", pathDB), zap.String("key", pathKey))
	}
	keys, err := store.OpenKeys(ctx, rows, root)
	if err != nil {
		return nil, err
	}
	sealed, err := store.SealOldLinks(ctx, rows, keys, root)
	if sealed > 0 {
		logger.Warn("sealed the links of an older version as they are; from now on one that is altered in the store lets nobody in",
			zap.Int("links", sealed))
	}
	return keys, err
}

// keepHouse writes activity down and sweeps what has expired.
func (e *engine) keepHouse(ctx context.Context) {
	flush, sweep := time.NewTicker(flushEvery), time.NewTicker(sweepEvery)
	defer flush.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-flush.C:
			e.round("writing session activity", func(ctx context.Context) error {
				return e.cache.Flush(ctx, e.rows, time.Now())
			})
		case <-sweep.C:
			e.round("sweeping the store", func(ctx context.Context) error {
				return e.rows.Sweep(ctx, time.Now())
			})
		}
	}
}

func (e *engine) round(what string, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), housekeeping)
	defer cancel()
	if err := f(ctx); err != nil {
		e.logger.Error(what, zap.Error(err))
	}
}

// Destruct closes the store when the last configuration that used it is gone.
func (e *engine) Destruct() error {
	e.stop()
	e.busy.Wait()
	e.round("writing session activity", func(ctx context.Context) error {
		return e.cache.Flush(ctx, e.rows, time.Now())
	})
	return e.rows.Close()
}
