package main

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// harden keeps what this process will know to itself, before it knows any of it: no other program of the same user can
// read its memory or trace it, a crash leaves no core behind (nor one of a child), and nothing that it starts can gain
// rights. An error must end the program: it would hold PINs and keys in the open.
func harden() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("memory cannot be hidden from other programs: %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("core dumps cannot be switched off: %w", err)
	}
	if err := gainNothing(); err != nil {
		return fmt.Errorf("set-user-ID programs cannot be ruled out: %w", err)
	}
	return nil
}

// gainNothing sets no_new_privs on every thread. The flag is a thread's own and Go has several; what carries it to all of
// them is a filter of system calls (TSYNC), here one that lets everything through.
func gainNothing() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	allow := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	program := unix.SockFprog{Len: uint16(len(allow)), Filter: &allow[0]}
	other, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC|unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	if other != 0 {
		return fmt.Errorf("thread %d has a filter of its own", other)
	}
	return nil
}
