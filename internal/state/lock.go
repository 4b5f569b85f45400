package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// retryInterval is the pause between two attempts to take a lock: flock(2) has
// no wait that a context can end.
const retryInterval = 100 * time.Millisecond

// Held is a lock that this process holds until it calls Unlock or ends.
type Held struct{ file *flock.Flock }

// A Holder is a process that holds a lock.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// LockedError says that another process, or this one, already holds a lock.
type LockedError struct {
	// Name is the name of the lock, or the path of its file.
	Name string
	// Holder holds the lock. Its PID is 0 until it has written its name to the
	// lock file, right after it took the lock.
	Holder Holder
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return e.Name + " is in use by another process: wait until that process ends, or stop it"
	}
	return fmt.Sprintf("%s is in use by pid %d since %s (%s): wait until that process ends, or stop it with kill %[2]d",
		e.Name, e.Holder.PID, e.Holder.Since.Format(time.TimeOnly), e.Holder.Command)
}

// Lock takes the lock with this name, or fails at once with a *[LockedError].
//
// The kernel releases a lock when its holder dies, so a crash leaves no lock
// behind, only the lock's file.
func Lock(name string) (*Held, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	held, err := LockFile(filepath.Join(dir, "locks", name+".lock"))
	if locked, ok := errors.AsType[*LockedError](err); ok {
		locked.Name = name
	}
	return held, err
}

// LockFile is [Lock] with a file of the caller's choice. It creates the file.
func LockFile(path string) (*Held, error) {
	return lockFile(path, (*flock.Flock).TryLock)
}

// AwaitLockFile is [LockFile] that waits for the lock until ctx ends.
func AwaitLockFile(ctx context.Context, path string) (*Held, error) {
	return lockFile(path, func(file *flock.Flock) (bool, error) {
		ok, err := file.TryLockContext(ctx, retryInterval)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return ok, err
	})
}

func lockFile(path string, take func(*flock.Flock) (bool, error)) (*Held, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create directory: %w", err)
	}
	file := flock.New(path)
	ok, err := take(file)
	if err == nil && !ok {
		return nil, &LockedError{Name: path, Holder: readHolder(path)}
	}
	if err == nil {
		err = writeHolder(path)
	}
	if err != nil {
		_ = file.Unlock()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &Held{file}, nil
}

// Unlock releases the lock.
func (h *Held) Unlock() error { return h.file.Unlock() }

// writeHolder names this process in the lock file. It writes in place, because
// the lock belongs to the inode that a rename would replace.
func writeHolder(path string) error {
	data, err := json.Marshal(Holder{PID: os.Getpid(), Command: strings.Join(os.Args, " "), Since: time.Now()})
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// readHolder returns the process that wrote the lock file, or the zero Holder
// if the file is unreadable or empty.
func readHolder(path string) (h Holder) {
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
