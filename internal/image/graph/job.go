package graph

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// killDelay is how long a command may take to end after SIGTERM.
const killDelay = 10 * time.Second

// A Job is one run of a step.
type Job struct {
	cache *Cache
	log   *stepLog
	// Out is where the step writes its result. Tmp is a directory for
	// temporary files.
	Out, Tmp string
}

// In returns the path of the result of a step that this step needs.
func (j *Job) In(s *Step) string { return j.cache.Path(s) }

// Command returns a command whose output goes to the step's log. When ctx
// ends, the command and everything that it has started get SIGTERM, and
// SIGKILL if that does not help.
func (j *Job) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = j.log, j.log
	cmd.Env = append(os.Environ(), "TMPDIR="+j.Tmp, "LC_ALL=C.UTF-8")
	useGroup(cmd)
	cmd.WaitDelay = killDelay
	return cmd
}

// Run runs a command made by [Job.Command]. The error is the cause of ctx's
// end, if ctx has ended.
func (j *Job) Run(ctx context.Context, cmd *exec.Cmd) error {
	if err := j.log.note("$ " + strings.Join(cmd.Args, " ")); err != nil {
		return err
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		killGroup(cmd)
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", cmd.Args[0], err)
	}
	return nil
}

// Output is [Job.Run], but returns the command's standard output.
func (j *Job) Output(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out strings.Builder
	cmd.Stdout = &out
	err := j.Run(ctx, cmd)
	return []byte(out.String()), err
}
