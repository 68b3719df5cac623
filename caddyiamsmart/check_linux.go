package caddyiamsmart

import (
	"io/fs"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// canMakeIn tells whether this user can make the file: its folder, or the first
// one above it that is there, can be written to.
func canMakeIn(file string) bool {
	const write, search = 2, 1
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		err := syscall.Access(dir, write|search)
		if err != syscall.ENOENT || dir == filepath.Dir(dir) {
			return err == nil
		}
	}
}

// ownerOf is the user to whom a file belongs.
func ownerOf(info fs.FileInfo) (id int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// userName is the name of a user, or the number where it has none.
func userName(id int) string {
	if u, err := user.LookupId(strconv.Itoa(id)); err == nil {
		return u.Username
	}
	return strconv.Itoa(id)
}

// networkDrives are the types of file systems that lie on another machine, as
// the kernel numbers them: NFS, CIFS, SMB, SMB2, AFS, Ceph, 9P.
var networkDrives = map[uint32]bool{
	0x6969: true, 0xff534d42: true, 0x517b: true, 0xfe534d42: true, 0x5346414f: true, 0x00c36400: true, 0x01021997: true,
}

// diskOf tells how many bytes a folder has left for this user, and whether it
// lies on another machine.
func diskOf(dir string) (left uint64, network, ok bool) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, false, false
	}
	return stat.Bavail * uint64(stat.Bsize), networkDrives[uint32(stat.Type)], true
}
