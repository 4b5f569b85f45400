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

// role is the environment variable that makes an actor of a process.
const role = "PODLAB_TEST_ACTOR"

// OddName is the name that an actor in the role "named" takes, made to let
// parsers stumble.
const OddName = "a) R 1 (b\nc"

func init() {
	if os.Getenv(role) != "" {
		runtime.LockOSThread() // Main plays on the first thread, which some roles are about
	}
}

// Main plays the role that the process was started for and ends it; a process
// without one returns at once. It is the first thing in TestMain.
//
// An actor says on stdout when it is ready, in one line, and lives until its
// stdin closes.
func Main() {
	if words := strings.Fields(os.Getenv(role)); len(words) > 0 {
		Play(words)
	}
}

// Play plays a role and does not return. The word "forever" before it makes the
// actor live until it is told to end by SIGTERM, stdin or not.
func Play(words []string) {
	stay := untilEOF
	if words[0] == "forever" {
		stay, words = untilTerminated, words[1:]
	}
	line, err := play(words[0], words[1:])
	if err != nil {
		line = "error: " + err.Error()
	}
	stay(line)
}

func untilEOF(line string) {
	fmt.Fprintln(os.Stdout, line)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0) //nolint:forbidigo // it is a main
}

func untilTerminated(line string) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, unix.SIGTERM)
	fmt.Fprintln(os.Stdout, line)
	<-terminated
	os.Exit(0) //nolint:forbidigo // it is a main
}

// play does what a role does before it waits, and returns what the test is to
// know about it.
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
	case "place":
		return "place", place()
	case "crowd":
		return crowd(arguments[0])
	case "server":
		return server(arguments[0])
	case "copy":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return "", err
	case "end":
		return "", end(arguments)
	}
	return "", fmt.Errorf("there is no role %q", name)
}

// kept and connections are what must not be collected as garbage.
var (
	kept        []net.Listener
	connections []net.Conn
)

// listen listens twice, with and without MPTCP: Go's default is the one, most
// other programs do the other.
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
		kept = append(kept, listener)
		_, ports[i], _ = net.SplitHostPort(listener.Addr().String())
	}
	return strings.Join(ports, " "), nil
}

// listenUnix listens at a path and keeps all connections that it gets.
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
	kept = append(kept, listener)
	return nil
}

func connectUnix(path string) error {
	connection, err := net.Dial("unix", path)
	connections = append(connections, connection)
	return err
}

// pin binds the process's network namespace to a path.
func pin(path string) error {
	return unix.Mount("/proc/self/ns/net", path, "", unix.MS_BIND, "")
}

// zombie starts a child that ends at once, and does not reap it.
func zombie() (string, error) {
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"ended"}, &syscall.ProcAttr{Env: []string{role + "=end 0"}})
	if err != nil {
		return "", err
	}
	// WNOWAIT waits for its end and leaves it to be reaped.
	return strconv.Itoa(pid), unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
}

// leaderless ends its first thread, and lives on in others.
func leaderless() error {
	first := os.Getpid()
	go func() {
		for leaderLives(first) {
			runtime.Gosched()
		}
		untilEOF("leaderless")
	}()
	_, _, errno := unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
	return errno
}

func leaderLives(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}

// changing changes its name, its user and its UTS namespace for every line on
// stdin, and says so.
func changing() {
	fmt.Fprintln(os.Stdout, "changing")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		err := errors.Join(
			os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", os.Getpid()), lines.Bytes(), 0o600),
			unix.Unshare(unix.CLONE_NEWUTS),
			unix.Setresuid(-1, 4711, -1))
		fmt.Fprintln(os.Stdout, lines.Text(), err)
	}
	os.Exit(0) //nolint:forbidigo // it is a main
}

// end ends the actor at once, with a status and last words.
func end(arguments []string) error {
	code, err := strconv.Atoi(arguments[0])
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, strings.Join(arguments[1:], " "))
	os.Exit(code) //nolint:forbidigo // it is a main
	return nil
}

// place makes a place like a node's inside of its own namespaces: its own
// processes in /proc, and nothing where nodeprobe is kept.
func place() error {
	return errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("tmpfs", "/usr/local/lib", "tmpfs", 0, ""))
}

// crowd makes many idle children, forks of itself with one thread each, which
// end with it only in a PID namespace of its own.
func crowd(size string) (string, error) {
	n, err := strconv.Atoi(size)
	if err != nil {
		return "", err
	}
	for range n {
		if err := forkIdle(); err != nil {
			return "", err
		}
	}
	return size, nil
}

// server is a crowd that listens, each child holding the sockets too.
func server(size string) (string, error) {
	ports, err1 := listen("0.0.0.0")
	_, err2 := crowd(size)
	return ports, errors.Join(err1, err2)
}

// forkIdle forks. In the child there is no Go runtime any more: it may do
// nothing but make system calls.
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
