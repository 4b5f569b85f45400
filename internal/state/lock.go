package state

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Held is a lock that this process holds until Unlock, or until it ends in
// whatever way.
type Held struct{ file *flock.Flock }

// A Holder is a process that holds a lock.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// LockedError says that somebody else holds a lock.
type LockedError struct {
	// Name is the lock's.
	Name string
	// Holder is who has it; its PID is 0 in the moment between the taking of a
	// lock and the writing of the holder's name.
	Holder Holder
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("%s is in use by another process: wait for it, or end it", e.Name)
	}
	return fmt.Sprintf("%s is in use by pid %d since %s (%s): wait for it, or end it",
		e.Name, e.Holder.PID, e.Holder.Since.Format(time.TimeOnly), e.Holder.Command)
}

// Lock takes the lock of that name, at once or not at all. When another
// process has it, or this one has it already, the error is a *[LockedError].
//
// The kernel gives the lock back when its holder dies, so a crash leaves none
// behind; the file that carries it stays.
func Lock(name string) (*Held, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "locks", name+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	file := flock.New(path)
	switch ok, err := file.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", name, err)
	case !ok:
		return nil, &LockedError{Name: name, Holder: holder(path)}
	}
	me, err := json.Marshal(Holder{PID: os.Getpid(), Command: strings.Join(os.Args, " "), Since: time.Now()})
	if err == nil {
		// In place: the lock lives in this inode, so it can't be written by rename.
		err = os.WriteFile(path, me, 0o600)
	}
	if err != nil {
		_ = file.Unlock()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return &Held{file}, nil
}

// Unlock gives the lock back.
func (h *Held) Unlock() error { return h.file.Unlock() }

// holder reads who wrote the lock file; what can't be read is the zero Holder.
func holder(path string) (h Holder) {
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
