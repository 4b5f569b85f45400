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

// process is a pause at work, and the shell among its children that does things
// in its namespace.
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

// tell has the agent run a script, and returns when it has.
func (p *process) tell(ctx context.Context, script string) error {
	deadline, _ := ctx.Deadline()
	if err := p.out.SetReadDeadline(deadline); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.in, "%s\necho $?\n", script); err != nil {
		return fmt.Errorf("tell the agent: %w", err)
	}
	status, err := bufio.NewReader(p.out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("hear from the agent: %w", err)
	}
	if status != "0\n" {
		return fmt.Errorf("have the agent run %q: status %s", script, strings.TrimSpace(status))
	}
	return nil
}

// adopt gives the pause n children that have lost their own parent. They live
// until kill is called, and die at once.
func (p *process) adopt(ctx context.Context, n int) (kill func(), err error) {
	leash := filepath.Join(p.dir, "leash")
	if err := unix.Mkfifo(leash, 0); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: leash, Err: err}
	}
	defer func() { _ = os.Remove(leash) }()
	if err := os.Chmod(leash, 0o666); err != nil { //nolint:gosec // the pause may be another user's
		return nil, err
	}
	w, err := os.OpenFile(leash, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	// When the inner shell has ended, they are orphans.
	const script = `(exec 3<%s; i=0; while [ $i -lt %d ]; do read -r x <&3 & i=$((i+1)); done)`
	if err := p.tell(ctx, fmt.Sprintf(script, leash, n)); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("give it %d children: %w", n, err)
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

// state returns what ps shows of a process or thread, and how often it has
// slept and been interrupted; 'X' if it is gone.
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

// exiting says whether a thread is on its way out, on which a PID 1 sleeps until
// all others of its namespace are gone.
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

// switches sums up over all threads how often they have slept and been
// interrupted, and says whether all of them sleep.
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

// settle returns when the pause has done all that there is to do, which means
// that it sleeps and goes on sleeping, or has ended.
//
// A signal makes a sleeping thread runnable before kill returns, and so does
// one thread that wakes another: somebody is awake until all is done. Or nearly:
// Go leaves some of its work to a thread that looks every 10 ms whether there is
// any.
func (p *process) settle(ctx context.Context) (ended bool, err error) {
	const looks = 8 // at least 2 ms apart
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
		return same == looks
	})
	return ended, err
}

// comes says whether something has come about when the pause has done all that
// there is to do. Before it says no, it makes sure.
func (p *process) comes(ctx context.Context, ok func() bool) (bool, error) {
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

// frozen stops the pause while something is done to it: what arrives then,
// arrives at once.
func (p *process) frozen(ctx context.Context, do func() error) error {
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

// until looks again and again until ok: the kernel has no event for what is
// looked at here.
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

// said returns what the pause has written to "stdout" or "stderr".
func (p *process) said(stream string) string {
	data, err := os.ReadFile(filepath.Join(p.dir, stream))
	if err != nil {
		return err.Error()
	}
	return string(data)
}
