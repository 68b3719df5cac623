package servertest

import (
	"os/exec"
	"syscall"
)

// endWithUs lets the kernel end the server when the test's process dies without
// clean-up, as on a time-out. It watches the thread that started the server, so
// that thread has to stay.
func endWithUs(server *exec.Cmd) {
	if server.SysProcAttr == nil {
		server.SysProcAttr = new(syscall.SysProcAttr)
	}
	server.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
