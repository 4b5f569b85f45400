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

// start is how a pause is started: by default as PID 1 of a PID namespace.
type start struct {
	args      []string
	elsewhere bool // not as PID 1
	nobody    bool // without privileges
	ignore    bool // with its signals ignored
	block     bool // with its signals blocked
	dead      bool // with a child that is dead already
}

// launchEnv makes the test binary start a pause in its place.
const launchEnv = "PODLAB_PAUSE_LAUNCH"

// Descriptors that the launcher is given.
const (
	agentIn = 3 + iota
	agentOut
	trouble
)

var own = []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGCHLD}

// Main becomes a pause if the process was started for that; else it returns at
// once. It is the first thing in TestMain.
func Main() {
	begin, ok := os.LookupEnv(launchEnv)
	if !ok {
		return
	}
	runtime.LockOSThread() // the signal mask is this thread's
	out := os.NewFile(trouble, "trouble")
	_, _ = fmt.Fprint(out, launch(begin, os.Args[1:]))
	_ = out.Close() // upon which the reader kills this process
	select {}
}

// launch starts the agent, a shell that becomes the pause's child, and becomes
// the pause. It returns only to say what went wrong.
func launch(begin string, argv []string) error {
	for fd := agentIn; fd <= trouble; fd++ {
		unix.CloseOnExec(fd)
	}
	if strings.Contains(begin, "elsewhere") {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return os.NewSyscallError("prctl", err)
		}
	}
	agent := exec.CommandContext(context.Background(), "sh")
	agent.Stdin, agent.Stdout = os.NewFile(agentIn, "in"), os.NewFile(agentOut, "out")
	if err := agent.Start(); err != nil {
		return err
	}
	if strings.Contains(begin, "dead") {
		child := exec.CommandContext(context.Background(), "true")
		if err := child.Start(); err != nil {
			return err
		}
		if err := unix.Waitid(unix.P_PID, child.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			return os.NewSyscallError("waitid", err)
		}
	}
	for _, s := range own {
		// What has a handler gets the default from execve, whatever whoever
		// started this had ignored.
		signal.Notify(make(chan os.Signal, 1), s)
		if strings.Contains(begin, "ignore") {
			signal.Ignore(s)
		}
	}
	if strings.Contains(begin, "block") {
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

// begin starts a pause, and returns when it sleeps or has ended.
func begin(ctx context.Context, s start, argv []string) (_ *process, err error) {
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
	wrong, err := p.launch(ctx, s, argv)
	if err != nil {
		return nil, err
	}
	defer wrong.Close()
	// Closed by becoming the pause.
	if text, err := io.ReadAll(wrong); err != nil || len(text) > 0 {
		return nil, errors.Join(err, errors.New(string(text)))
	}
	if children, err := p.children(); err == nil && len(children) > 0 {
		p.agent = children[0]
	}
	_, err = p.settle(ctx)
	return p, err
}

// launch starts the launcher. What it returns reads what goes wrong in there.
func (p *process) launch(ctx context.Context, s start, argv []string) (*os.File, error) {
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	pipe := func(mine **os.File, write bool) error {
		r, w, err := os.Pipe()
		if write {
			r, w = w, r
		}
		*mine, theirs = r, append(theirs, w)
		return err
	}
	var wrong *os.File
	if err := errors.Join(pipe(&p.in, true), pipe(&p.out, false), pipe(&wrong, false)); err != nil {
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
	p.cmd.Env = append(os.Environ(), launchEnv+"="+s.words())
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.ExtraFiles = stdout, stderr, theirs
	p.cmd.SysProcAttr = s.attributes()
	if err := p.cmd.Start(); err != nil {
		_ = wrong.Close()
		p.cmd = nil
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return wrong, nil
}

func (s start) words() string {
	return fmt.Sprintf("%s %s %s %s", word("elsewhere", s.elsewhere), word("ignore", s.ignore), word("block", s.block), word("dead", s.dead))
}

func word(w string, ok bool) string {
	if !ok {
		return ""
	}
	return w
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
