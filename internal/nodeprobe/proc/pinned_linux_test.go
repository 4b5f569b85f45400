package proc

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"podlab/internal/testkit/actor"
)

func TestPinnedNamespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"no path": "", "no file": path + "x", "empty file": path} {
		if got := PinnedNamespace(path); got == nil || *got != 0 {
			t.Errorf("%s: got %v, want 0", name, got)
		}
	}
	if got := PinnedNamespace(path + "/x"); got != nil {
		t.Errorf("path below a file: got %v, want nil", *got)
	}
	a := actor.Start(t, unix.CLONE_NEWNET, "pin", path)
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
	want := inodes(t, a.PID).Net
	if got := PinnedNamespace(path); got == nil || *got != want || *got == inodes(t, os.Getpid()).Net {
		t.Errorf("got %v, want %d", got, want)
	}
	a.Stop()
	if got := PinnedNamespace(path); got == nil || *got != want {
		t.Errorf("namespace without a process: got %v, want %d", got, want)
	}
	if err := unix.Unmount(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := PinnedNamespace(path); got == nil || *got != 0 {
		t.Errorf("after unmount: got %v, want 0", got)
	}
}
