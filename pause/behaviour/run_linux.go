package behaviour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// start says how to start a pause. The default is as PID 1 of a PID namespace.
type start struct {
	args      []string
	elsewhere bool // not as PID 1
	nobody    bool // without privileges
	ignore    bool // with its signals ignored
	block     bool // with its signals blocked
	dead      bool // with a dead child
}

// launchEnv makes the test binary replace itself with a pause. Its value is the
// options of start.
const launchEnv = "PODLAB_PAUSE_LAUNCH"

// Descriptors that the launcher inherits.
const (
	agentIn = 3 + iota
	agentOut
	errorOut
)

var own = []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGCHLD}

// Main replaces this process with a pause if it was started for that. Otherwise it
// returns at once. Call it first in TestMain.
func Main() {
	options, ok := os.LookupEnv(launchEnv)
	if !ok {
		return
	}
	runtime.LockOSThread() // the signal mask belongs to this thread
	out := os.NewFile(errorOut, "error")
	_, _ = fmt.Fprint(out, launch(options, os.Args[1:]))
	_ = out.Close() // the reader then kills this process
	select {}
}

// launch starts the agent, a shell that stays a child of the pause, and then
// replaces this process with the pause. It returns only on error.
func launch(options string, argv []string) error {
	for fd := agentIn; fd <= errorOut; fd++ {
		unix.CloseOnExec(fd)
	}
	if strings.Contains(options, "elsewhere") {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return os.NewSyscallError("prctl", err)
		}
	}
	agent := exec.CommandContext(context.Background(), "sh")
	agent.Stdin, agent.Stdout = os.NewFile(agentIn, "in"), os.NewFile(agentOut, "out")
	if err := agent.Start(); err != nil {
		return err
	}
	if strings.Contains(options, "dead") {
		child := exec.CommandContext(context.Background(), "true")
		if err := child.Start(); err != nil {
			return err
		}
		if err := unix.Waitid(unix.P_PID, child.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			return os.NewSyscallError("waitid", err)
		}
	}
	for _, s := range own {
		// execve resets a signal with a handler to its default, even if the
		// parent of this process ignored the signal.
		signal.Notify(make(chan os.Signal, 1), s)
		if strings.Contains(options, "ignore") {
			signal.Ignore(s)
		}
	}
	if strings.Contains(options, "block") {
		var set unix.Sigset_t
		for _, s := range own {
			n := uint(s) - 1
			set.Val[n/64] |= 1 << (n % 64)
		}
		if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err != nil {
			return os.NewSyscallError("pthread_sigmask", err)
		}
	}
	return os.NewSyscallError("execve", unix.Exec(argv[0], argv, os.Environ()))
}

// run starts a pause, and returns when the pause sleeps or has ended.
func run(ctx context.Context, s start, argv []string) (_ *process, err error) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, err
	}
	argv = append(append([]string{path}, argv[1:]...), s.args...)
	p := &process{ended: make(chan struct{})}
	if p.dir, err = os.MkdirTemp("", "pause"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if err := os.Chmod(p.dir, 0o711); err != nil {
		return nil, err
	}
	launchErr, err := p.launch(ctx, s, argv)
	if err != nil {
		return nil, err
	}
	defer launchErr.Close()
	// execve closes the other end.
	if text, err := io.ReadAll(launchErr); err != nil || len(text) > 0 {
		return nil, errors.Join(err, errors.New(string(text)))
	}
	if children, err := p.children(); err == nil && len(children) > 0 {
		p.agent = children[0]
	}
	_, err = p.settle(ctx)
	return p, err
}

// launch starts the launcher. The returned file yields the launcher's error.
func (p *process) launch(ctx context.Context, s start, argv []string) (*os.File, error) {
	var inherited []*os.File
	defer func() {
		for _, f := range inherited {
			_ = f.Close()
		}
	}()
	pipe := func(ours **os.File, write bool) error {
		r, w, err := os.Pipe()
		if write {
			r, w = w, r
		}
		*ours, inherited = r, append(inherited, w)
		return err
	}
	var launchErr *os.File
	if err := errors.Join(pipe(&p.in, true), pipe(&p.out, false), pipe(&launchErr, false)); err != nil {
		return nil, err
	}
	stdout, err1 := os.Create(filepath.Join(p.dir, "stdout"))
	stderr, err2 := os.Create(filepath.Join(p.dir, "stderr"))
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	defer stdout.Close()
	defer stderr.Close()

	p.cmd = exec.CommandContext(ctx, "/proc/self/exe", argv...)
	p.cmd.Env = append(os.Environ(), launchEnv+"="+s.options())
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.ExtraFiles = stdout, stderr, inherited
	p.cmd.SysProcAttr = s.attributes()
	if err := p.cmd.Start(); err != nil {
		_ = launchErr.Close()
		p.cmd = nil
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return launchErr, nil
}

// options returns the value of launchEnv.
func (s start) options() string {
	var all []string
	for name, set := range map[string]bool{"elsewhere": s.elsewhere, "ignore": s.ignore, "block": s.block, "dead": s.dead} {
		if set {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

func (s start) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	root := os.Geteuid() == 0
	if !s.elsewhere {
		a.Cloneflags = unix.CLONE_NEWPID
		if !root {
			a.Cloneflags |= unix.CLONE_NEWUSER
			a.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
			a.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
		}
	}
	if s.nobody && root {
		const nobody = 65534
		a.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return a
}
