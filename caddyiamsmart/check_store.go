package caddyiamsmart

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	lookWithin  = 15 * time.Second
	littleSpace = 256 << 20 // bytes
)

// modesCount: on Windows the modes of files say nothing.
const modesCount = runtime.GOOS != "windows"

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// checkStore looks at the store and its root key, and changes neither. The sight is
// nil where the store could not be seen.
func (c *checked) checkStore(ctx context.Context) (part, *store.Sight) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	p := part{title: partStore.of()}
	sight, found := storeFindings(ctx, c.app.pathDB)
	p.findings = append(found, folderFindings(c.app.pathDB)...)
	p.findings = append(p.findings, keyFindings(c.app.pathKey, c.app.pathDB, sight)...)
	for _, file := range []string{c.app.pathDB, c.app.pathKey} {
		if foreign := ownerFindings(file, os.Geteuid()); len(foreign) > 0 {
			p.findings = append(p.findings, foreign...)
			break
		}
	}
	return p, sight
}

// storeFindings returns what was seen of the store, nil where it could not be
// seen.
func storeFindings(ctx context.Context, path string) (*store.Sight, []finding) {
	sight, err := store.LookSQLite(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return new(store.Sight), []finding{storeNew.of(path)}
	case errors.Is(err, store.ErrNewer):
		return nil, []finding{storeNewer.of(path)}
	case errors.Is(err, store.ErrDamaged):
		return nil, []finding{storeDamaged.of(path)}
	case errors.Is(err, store.ErrBusy):
		return nil, []finding{storeBusy.of(path)}
	case err != nil:
		return nil, []finding{storeUnread.of(path, err.Error())}
	}
	found := readableFindings(storeReadable, path)
	if sight.Version < sight.Known {
		return sight, append(found, storeOlder.of(path))
	}
	return sight, append(found, storeGood.of(path))
}

func folderFindings(path string) (found []finding) {
	dir := filepath.Dir(path)
	if !canMakeIn(path) {
		found = append(found, storeUnwritable.of(dir))
	}
	if left, network, ok := diskOf(dir); ok {
		found = append(found, diskFindings(dir, left, network)...)
	}
	return found
}

func diskFindings(dir string, left uint64, network bool) (found []finding) {
	if network {
		found = append(found, storeNetwork.of(dir))
	}
	if left < littleSpace {
		found = append(found, storeFull.of(dir, int(left>>20)))
	}
	return found
}

func keyFindings(path, pathDB string, sight *store.Sight) []finding {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if sight == nil || sight.HasKeys() {
			return []finding{keyMissing.of(path, pathDB)}
		}
		return []finding{keyNew.of(path)}
	}
	if err == nil && modesCount && info.Mode().Perm()&0o077 != 0 {
		return []finding{keyReadable.of(path, modeOf(info))}
	}
	root, err := store.LoadRootKey(path, false)
	if err != nil {
		return []finding{keyUnread.of(path, err.Error())}
	}
	if sight == nil || !sight.HasKeys() {
		return []finding{keyUntried.of(path)}
	}
	switch err := sight.OpenedBy(root); {
	case errors.Is(err, store.ErrWrongKey):
		return []finding{keyWrong.of(path, pathDB)}
	case err != nil:
		return []finding{storeDamaged.of(pathDB)}
	}
	return []finding{keyGood.of(path)}
}

// ownerFindings: what this user may read says nothing of another.
func ownerFindings(path string, self int) []finding {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if owner, ok := ownerOf(info); ok && owner != self {
		return []finding{otherUser.of(userName(self), path, userName(owner))}
	}
	return nil
}
