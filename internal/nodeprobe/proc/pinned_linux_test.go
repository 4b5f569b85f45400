package proc

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"podlab/internal/testkit/actor"
)

func TestPinned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, path := range map[string]string{"no path": "", "nothing": path + "x", "an empty file": path} {
		if got := Pinned(path); got == nil || *got != 0 {
			t.Errorf("%s: got %v", what, got)
		}
	}
	if got := Pinned(path + "/x"); got != nil {
		t.Errorf("below a file: got %v, want that it can't be told", *got)
	}
	a := actor.Start(t, unix.CLONE_NEWNET, "pin", path)
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
	want := inodes(t, a.PID).Net
	if got := Pinned(path); got == nil || *got != want || *got == inodes(t, os.Getpid()).Net {
		t.Errorf("got %v, want %d", got, want)
	}
	a.End()
	if got := Pinned(path); got == nil || *got != want {
		t.Errorf("nobody lives in it any more: got %v, want %d", got, want)
	}
	if err := unix.Unmount(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := Pinned(path); got == nil || *got != 0 {
		t.Errorf("what is left is an empty file: got %v", got)
	}
}
