package state_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"podlab/internal/state"
)

// With this variable in its environment, the test binary takes the lock that the
// variable names, prints "held", and holds the lock until its standard input
// ends.
const holdLock = "PODLAB_TEST_HOLD_LOCK"

func TestMain(m *testing.M) {
	if name := os.Getenv(holdLock); name != "" {
		if _, err := state.Lock(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(os.Stdout, "held")
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestDirs(t *testing.T) {
	base := t.TempDir()
	for _, c := range []struct {
		name string
		env  map[string]string
		dir  func() (string, error)
		want string
	}{
		{"state, PODLAB_STATE_DIR", map[string]string{"PODLAB_STATE_DIR": base + "/a"}, state.Dir, base + "/a"},
		{"state, XDG", map[string]string{"XDG_STATE_HOME": base + "/b"}, state.Dir, base + "/b/podlab"},
		{"state, home", map[string]string{"HOME": base + "/c"}, state.Dir, base + "/c/.local/state/podlab"},
		{"cache, PODLAB_CACHE_DIR", map[string]string{"PODLAB_CACHE_DIR": base + "/d"}, state.Cache, base + "/d"},
		{"cache, XDG", map[string]string{"XDG_CACHE_HOME": base + "/e"}, state.Cache, base + "/e/podlab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"PODLAB_STATE_DIR", "PODLAB_CACHE_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"} {
				t.Setenv(name, c.env[name])
			}
			if home := c.env["HOME"]; home != "" {
				t.Setenv("HOME", home)
			}
			got, err := c.dir()
			if err != nil || got != c.want {
				t.Fatalf("got %q, %v; want %q", got, err, c.want)
			}
			info, err := os.Stat(got)
			if err != nil {
				t.Fatal(err)
			}
			if perm := info.Mode().Perm(); perm != 0o700 {
				t.Errorf("permissions %o, want 700", perm)
			}
		})
	}
}

func TestWriteFileReplacesContentAndPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "file")
	for _, content := range []string{"a long first content", "short"} {
		if err := state.WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Fatalf("got %q, %v; want %q", got, err, content)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v, %v; want permissions 640", info.Mode(), err)
	}
}

func TestFailedWriteFileLeavesNoTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "by-a-directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := state.WriteFile(path, []byte("x"), 0o600); err == nil {
		t.Fatal("replaced a directory")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v; want only what was there before", entries, err)
	}
}

func TestLockHasOneHolder(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	held, err := state.Lock("cluster-a")
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.Lock("cluster-a")
	locked, ok := errors.AsType[*state.LockedError](err)
	if !ok {
		t.Fatalf("got %v, want a LockedError", err)
	}
	if locked.Holder.PID != os.Getpid() || locked.Holder.Since.IsZero() {
		t.Errorf("holder %+v is not this process", locked.Holder)
	}
	other, err := state.Lock("cluster-b")
	if err != nil {
		t.Errorf("lock with another name: %v", err)
	} else if err := other.Unlock(); err != nil {
		t.Error(err)
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := state.Lock("cluster-a")
	if err != nil {
		t.Fatalf("after Unlock: %v", err)
	}
	if err := again.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestDeadProcessReleasesItsLock(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	t.Setenv(holdLock, "cluster-a")
	other := exec.Command(os.Args[0])
	other.Stderr = os.Stderr
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, len("held\n"))); err != nil {
		t.Fatal(err)
	}

	_, err = state.Lock("cluster-a")
	locked, ok := errors.AsType[*state.LockedError](err)
	if !ok || locked.Holder.PID != other.Process.Pid {
		t.Fatalf("got %v, want a LockedError that names pid %d", err, other.Process.Pid)
	}
	if advice := fmt.Sprintf("stop it with kill %d", other.Process.Pid); !strings.Contains(err.Error(), advice) {
		t.Errorf("error %q does not contain %q", err, advice)
	}

	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	held, err := state.Lock("cluster-a")
	if err != nil {
		t.Fatalf("lock after the holder died: %v", err)
	}
	if err := held.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestAwaitLockFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "lock")
	held, err := state.LockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.LockFile(path)
	if locked, ok := errors.AsType[*state.LockedError](err); !ok || locked.Name != path {
		t.Errorf("got %v, want a LockedError that names %s", err, path)
	}

	stop := errors.New("stop waiting")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := state.AwaitLockFile(ctx, path); !errors.Is(err, stop) {
		t.Errorf("got %v, want the context's cause", err)
	}

	taken := make(chan error)
	go func() {
		_, err := state.AwaitLockFile(t.Context(), path)
		taken <- err
	}()
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-taken; err != nil {
		t.Errorf("lock after Unlock: %v", err)
	}
}
