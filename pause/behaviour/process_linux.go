package behaviour

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is a running pause, and the agent: a shell that is a child of the pause
// and runs scripts in its PID namespace.
type process struct {
	cmd     *exec.Cmd
	ended   chan struct{}
	dir     string
	in, out *os.File
	agent   int
}

func (p *process) close() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
	}
	for _, f := range []*os.File{p.in, p.out} {
		if f != nil {
			_ = f.Close()
		}
	}
	if p.cmd != nil {
		<-p.ended
	}
	_ = os.RemoveAll(p.dir)
}

// runInAgent runs a script in the agent and waits until the script has ended.
func (p *process) runInAgent(ctx context.Context, script string) error {
	deadline, _ := ctx.Deadline()
	if err := p.out.SetReadDeadline(deadline); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.in, "%s\necho $?\n", script); err != nil {
		return fmt.Errorf("send a script to the agent: %w", err)
	}
	status, err := bufio.NewReader(p.out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	if status != "0\n" {
		return fmt.Errorf("run %q in the agent: status %s", script, strings.TrimSpace(status))
	}
	return nil
}

// adopt gives the pause n orphans. They live until the caller calls kill, and then
// all die at once.
func (p *process) adopt(ctx context.Context, n int) (kill func(), err error) {
	fifo := filepath.Join(p.dir, "fifo")
	if err := unix.Mkfifo(fifo, 0); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: fifo, Err: err}
	}
	defer func() { _ = os.Remove(fifo) }()
	if err := os.Chmod(fifo, 0o666); err != nil { //nolint:gosec // the pause may run as another user
		return nil, err
	}
	w, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	// The children are orphans once the inner shell has ended.
	const script = `(exec 3<%s; i=0; while [ $i -lt %d ]; do read -r x <&3 & i=$((i+1)); done)`
	if err := p.runInAgent(ctx, fmt.Sprintf(script, fifo, n)); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("start %d orphans: %w", n, err)
	}
	return func() { _ = w.Close() }, nil
}

// children returns the pause's children, without the agent.
func (p *process) children() ([]int, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		return nil, err
	}
	var all []int
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that ended
		}
		for field := range strings.FieldsSeq(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil && pid != p.agent {
				all = append(all, pid)
			}
		}
	}
	return all, nil
}

// state returns the state letter of a process or thread, and the number of its
// context switches. The letter is 'X' if the process or thread is gone.
func state(dir string) (letter byte, switches int) {
	data, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return 'X', 0
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); name {
		case "State":
			letter = value[0]
		case "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches":
			n, _ := strconv.Atoi(value)
			switches += n
		}
	}
	return letter, switches
}

func stateOf(pid int) byte {
	letter, _ := state(fmt.Sprintf("/proc/%d", pid))
	return letter
}

// exiting reports whether a thread is exiting. An exiting PID 1 sleeps until all
// other processes of its PID namespace are gone.
func exiting(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "stat"))
	_, rest, ok := strings.Cut(string(data), ") ")
	if fields := strings.Fields(rest); err == nil && ok && len(fields) > 6 {
		const pfExiting = 4
		flags, err := strconv.Atoi(fields[6])
		return err != nil || flags&pfExiting != 0
	}
	return true
}

// switches returns the number of context switches of all threads, and whether all
// threads sleep.
func (p *process) switches() (sum int, asleep bool) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.cmd.Process.Pid))
	asleep = len(tasks) > 0
	for _, task := range tasks {
		letter, n := state(task)
		sum += n
		asleep = asleep && letter == 'S' && !exiting(task)
	}
	return sum, asleep
}

// settle returns when the pause has no work left: it has ended, or all of its threads
// sleep and stay asleep.
//
// A signal makes a sleeping thread runnable before kill returns, and a thread makes
// another runnable in the same way. So a thread is awake as long as there is work,
// with one exception: Go leaves some work to a thread that checks for it every 10 ms.
func (p *process) settle(ctx context.Context) (ended bool, err error) {
	const checks = 8 // at least 2 ms apart
	last, same := -1, 0
	err = until(ctx, "it sleeps", func() bool {
		if ended = p.hasEnded(); ended {
			return true
		}
		sum, asleep := p.switches()
		if !asleep || sum != last {
			last, same = sum, 0
			return false
		}
		same++
		return same == checks
	})
	return ended, err
}

// eventually reports whether ok is true once the pause has settled. It checks several
// times before it returns false.
func (p *process) eventually(ctx context.Context, ok func() bool) (bool, error) {
	for range 4 {
		if _, err := p.settle(ctx); err != nil || ok() {
			return err == nil, err
		}
	}
	return false, nil
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// signal sends signals from outside the namespace.
func (p *process) signal(signals ...unix.Signal) error {
	for _, s := range signals {
		if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("send %v: %w", s, err)
		}
	}
	return nil
}

// whileStopped calls do while the pause is stopped, so that signals sent by do arrive
// together.
func (p *process) whileStopped(ctx context.Context, do func() error) error {
	if err := p.signal(unix.SIGSTOP); err != nil {
		return err
	}
	if err := until(ctx, "it is stopped", func() bool { return p.hasEnded() || stateOf(p.cmd.Process.Pid) == 'T' }); err != nil {
		return err
	}
	return errors.Join(do(), p.signal(unix.SIGCONT))
}

// allDead returns when no child of the pause is alive.
func (p *process) allDead(ctx context.Context) error {
	return until(ctx, "its children are dead", func() bool {
		children, err := p.children()
		return err == nil && !slices.ContainsFunc(children, func(pid int) bool { return !strings.ContainsRune("ZX", rune(stateOf(pid))) })
	})
}

// until polls ok until it returns true. The kernel has no event for these conditions.
func until(ctx context.Context, what string, ok func() bool) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// output returns what the pause has written to "stdout" or "stderr".
func (p *process) output(stream string) string {
	data, err := os.ReadFile(filepath.Join(p.dir, stream))
	if err != nil {
		return err.Error()
	}
	return string(data)
}
