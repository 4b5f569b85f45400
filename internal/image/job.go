package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"podlab/internal/progress"
)

const (
	// killDelay is how long a command may take to end after it was told to.
	killDelay = 10 * time.Second
	// tailLines is how much of a log goes into an error.
	tailLines = 12
)

// A job is one run of a step.
type job struct {
	cache *cache
	log   *stepLog
	// out is where the entry has to be when the step is done, tmp a directory
	// for whatever else; both are gone afterwards.
	out, tmp string
}

// in is the path of a needed step's entry.
func (j *job) in(s *step) string { return j.cache.path(s) }

// command returns a command whose output goes to the step's log. When ctx ends
// it is told to end, with everything that it has started, and then killed.
func (j *job) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = j.log, j.log
	cmd.Env = append(os.Environ(), "TMPDIR="+j.tmp, "LC_ALL=C.UTF-8")
	inGroup(cmd)
	cmd.WaitDelay = killDelay
	return cmd
}

// do runs a command of the job's.
func (j *job) do(ctx context.Context, cmd *exec.Cmd) error {
	if err := j.log.note("$ " + strings.Join(cmd.Args, " ")); err != nil {
		return err
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		endGroup(cmd)
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", cmd.Args[0], err)
	}
	return nil
}

// output runs a command of the job's and returns what it wrote to its
// standard output.
func (j *job) output(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out strings.Builder
	cmd.Stdout = &out
	err := j.do(ctx, cmd)
	return []byte(out.String()), err
}

// A stepLog keeps what a step's commands say in a file, shows their last line,
// and knows their last lines when something has failed.
type stepLog struct {
	mu    sync.Mutex
	file  *os.File
	shown progress.Step
	lines []string
	line  []byte
	err   error // the first of the file's
}

var _ io.WriteCloser = (*stepLog)(nil)

func newLog(path string, shown progress.Step) (*stepLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	return &stepLog{file: file, shown: shown}, err
}

// Write never fails: to a command that would be a broken pipe, and what it says
// of its own trouble lost. [stepLog.Close] tells.
func (l *stepLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range p {
		if c != '\n' && c != '\r' {
			l.line = append(l.line, c)
			continue
		}
		if line := strings.TrimSpace(string(l.line)); line != "" {
			l.lines = append(l.lines[max(0, len(l.lines)-tailLines+1):], line)
			l.shown.Detail("%s", line)
		}
		l.line = l.line[:0]
	}
	if _, err := l.file.Write(p); l.err == nil {
		l.err = err
	}
	return len(p), nil
}

// note writes a line that is only for the file.
func (l *stepLog) note(line string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintln(l.file, line)
	return err
}

// Close closes the file, and says whether it holds everything; what the log
// knows stays.
func (l *stepLog) Close() error { return errors.Join(l.err, l.file.Close()) }

func (l *stepLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for i, line := range l.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("    " + line)
	}
	return b.String()
}
