package actor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// roleVariable is the environment variable that makes a process an actor.
const roleVariable = "PODLAB_TEST_ACTOR"

// OddName is the process name of an actor in the role "named". It is hard to
// parse.
const OddName = "a) R 1 (b\nc"

func init() {
	if os.Getenv(roleVariable) != "" {
		runtime.LockOSThread() // some roles depend on the first thread
	}
}

// Main plays the role in the environment and exits. Without a role it returns at
// once. TestMain must call it first.
//
// An actor writes one line to stdout when it is ready, and exits when its stdin
// closes.
func Main() {
	if words := strings.Fields(os.Getenv(roleVariable)); len(words) > 0 {
		Play(words)
	}
}

// Play plays a role and does not return. With the word "forever" before the
// role, the actor ignores its stdin and exits on SIGTERM.
func Play(words []string) {
	waitAndExit := exitAtEOF
	if words[0] == "forever" {
		waitAndExit, words = exitAtSIGTERM, words[1:]
	}
	line, err := play(words[0], words[1:])
	if err != nil {
		line = "error: " + err.Error()
	}
	waitAndExit(line)
}

func exitAtEOF(line string) {
	fmt.Fprintln(os.Stdout, line)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0) //nolint:forbidigo // part of main
}

func exitAtSIGTERM(line string) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, unix.SIGTERM)
	fmt.Fprintln(os.Stdout, line)
	<-terminated
	os.Exit(0) //nolint:forbidigo // part of main
}

// play does the work of a role and returns its line for the test.
func play(name string, arguments []string) (string, error) {
	switch name {
	case "idle":
		return "idle", nil
	case "named":
		return "named", os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", os.Getpid()), []byte(OddName), 0o600)
	case "listening":
		return listen(arguments[0])
	case "unix":
		return arguments[0], listenUnix(arguments[0])
	case "client":
		return "connected", connectUnix(arguments[0])
	case "pin":
		return arguments[0], pin(arguments[0])
	case "zombie":
		return zombie()
	case "leaderless":
		return "", leaderless()
	case "changing":
		changing()
	case "node":
		return "node", isolateNode()
	case "server":
		return server(arguments[0])
	case "copy":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return "", err
	case "end":
		return "", exit(arguments)
	}
	return "", fmt.Errorf("unknown role %q", name)
}

// The garbage collector would close these.
var (
	listeners   []net.Listener
	connections []net.Conn
)

// listen listens on two ports, with and without MPTCP: Go programs use MPTCP by
// default, most other programs do not.
func listen(host string) (string, error) {
	network := "tcp4"
	if strings.Contains(host, ":") {
		network = "tcp6"
	}
	ports := make([]string, 2)
	for i, multipath := range []bool{true, false} {
		var config net.ListenConfig
		config.SetMultipathTCP(multipath)
		listener, err := config.Listen(context.Background(), network, net.JoinHostPort(host, "0"))
		if err != nil {
			return "", err
		}
		listeners = append(listeners, listener)
		_, ports[i], _ = net.SplitHostPort(listener.Addr().String())
	}
	return strings.Join(ports, " "), nil
}

// listenUnix listens on a unix socket and keeps all its connections open.
func listenUnix(path string) error {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections = append(connections, connection)
		}
	}()
	listeners = append(listeners, listener)
	return nil
}

func connectUnix(path string) error {
	connection, err := net.Dial("unix", path)
	connections = append(connections, connection)
	return err
}

// pin bind-mounts the process's network namespace on a path.
func pin(path string) error {
	return unix.Mount("/proc/self/ns/net", path, "", unix.MS_BIND, "")
}

// zombie starts a child that exits at once, and does not reap it.
func zombie() (string, error) {
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"exited"}, &syscall.ProcAttr{Env: []string{roleVariable + "=end 0"}})
	if err != nil {
		return "", err
	}
	// WNOWAIT waits for the exit, but does not reap.
	return strconv.Itoa(pid), unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
}

// leaderless exits its first thread. Its other threads live on.
func leaderless() error {
	first := os.Getpid()
	go func() {
		for leaderAlive(first) {
			runtime.Gosched()
		}
		exitAtEOF("leaderless")
	}()
	_, _, errno := unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
	return errno
}

func leaderAlive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}

// changing changes its name, user and UTS namespace for every line on stdin, and
// replies with the line.
func changing() {
	fmt.Fprintln(os.Stdout, "changing")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		err := errors.Join(
			os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", os.Getpid()), lines.Bytes(), 0o600),
			unix.Unshare(unix.CLONE_NEWUTS),
			unix.Setresuid(-1, 4711, -1))
		fmt.Fprintln(os.Stdout, lines.Text(), err)
	}
	os.Exit(0) //nolint:forbidigo // part of main
}

// exit exits at once, with an exit code and a message on stderr.
func exit(arguments []string) error {
	code, err := strconv.Atoi(arguments[0])
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, strings.Join(arguments[1:], " "))
	os.Exit(code) //nolint:forbidigo // part of main
	return nil
}

// isolateNode makes the mount namespace look like a new node's: /proc shows the
// actor's PID namespace, and nodeprobe's directory is empty.
func isolateNode() error {
	return errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("tmpfs", "/usr/local/lib", "tmpfs", 0, ""))
}

// server listens, and forks idle children with one thread each that have its
// sockets open too. Nothing stops the children but the end of their PID
// namespace.
func server(children string) (string, error) {
	n, err := strconv.Atoi(children)
	if err != nil {
		return "", err
	}
	ports, err := listen("0.0.0.0")
	for range n {
		err = errors.Join(err, forkIdle())
	}
	return ports, err
}

// forkIdle forks an idle child. The child has no Go runtime any more and may
// only make system calls.
func forkIdle() error {
	pid, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	for pid == 0 {
		syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
	return nil
}
