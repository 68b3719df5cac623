//go:build !linux

package caddyiamsmart

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// canMakeIn tells no more here than that there is something above the file.
func canMakeIn(file string) bool {
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			return info.IsDir()
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// ownerOf is not known here.
func ownerOf(fs.FileInfo) (id int, ok bool) { return 0, false }

func userName(id int) string { return strconv.Itoa(id) }

// diskOf is not known here.
func diskOf(string) (left uint64, network, ok bool) { return 0, false, false }
