package client_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"podlab/internal/node"
	"podlab/internal/testkit/actor"
)

func TestMain(m *testing.M) {
	actor.Main()
	m.Run()
}

// A testNode is a node made of namespaces only: its commands have their own
// processes and their own /usr/local/lib.
type testNode struct {
	pid int
	// mutex guards the fields below.
	mutex sync.Mutex
	// runs counts the commands.
	runs int
	// edit changes a command before it runs, if set.
	edit func(node.Command) node.Command
}

func newTestNode(t testing.TB) *testNode {
	t.Helper()
	if _, err := exec.LookPath("nsenter"); err != nil {
		t.Skipf("can't enter namespaces: %v", err)
	}
	return &testNode{pid: actor.Start(t, actor.Isolated, "node").PID}
}

func (n *testNode) Run(ctx context.Context, c node.Command) error {
	n.mutex.Lock()
	n.runs++
	if n.edit != nil {
		c = n.edit(c)
	}
	n.mutex.Unlock()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", strconv.Itoa(n.pid), "--mount", "--pid", "--"}, c.Argv...)...)
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = c.Stdout, &stderr
	cmd.WaitDelay = 100 * time.Millisecond // nsenter's child survives nsenter
	err := run(cmd, c.Stdin)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return &node.ExitError{Node: "test", Argv: c.Argv, Code: exit.ExitCode(), Stderr: stderr.String()}
	}
	return err
}

func run(cmd *exec.Cmd, stdin io.Reader) error {
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		if stdin != nil {
			_, _ = io.Copy(pipe, stdin)
		}
		_ = pipe.Close()
	}()
	return cmd.Wait()
}

var buildNodeprobe = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "nodeprobe")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "nodeprobe")
	build := exec.Command("go", "build", "-o", path, "podlab/cmd/nodeprobe")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	return os.ReadFile(path)
})

func binary(t testing.TB) []byte {
	t.Helper()
	content, err := buildNodeprobe()
	if err != nil {
		t.Fatal(err)
	}
	return content
}
