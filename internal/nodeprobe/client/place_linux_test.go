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

// A place is a node made of namespaces alone: what is run in it sees its own
// processes and a /usr/local/lib of its own.
type place struct {
	pid int
	// mutex guards runs, the programs that were run.
	mutex sync.Mutex
	runs  int
	// stdin, if set, changes what goes in.
	stdin func(node.Command) node.Command
}

func newPlace(t testing.TB) *place {
	t.Helper()
	if _, err := exec.LookPath("nsenter"); err != nil {
		t.Skipf("no way into namespaces: %v", err)
	}
	return &place{pid: actor.Start(t, actor.Isolated, "place").PID}
}

func (p *place) Run(ctx context.Context, c node.Command) error {
	p.mutex.Lock()
	p.runs++
	if p.stdin != nil {
		c = p.stdin(c)
	}
	p.mutex.Unlock()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", strconv.Itoa(p.pid), "--mount", "--pid", "--"}, c.Argv...)...)
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = c.Stdout, &stderr
	cmd.WaitDelay = 100 * time.Millisecond // what it forks lives on when it is killed
	err := run(cmd, c.Stdin)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return &node.ExitError{Node: "place", Argv: c.Argv, Code: exit.ExitCode(), Stderr: stderr.String()}
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

// nodeprobe builds nodeprobe.
var nodeprobe = sync.OnceValues(func() ([]byte, error) {
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
	content, err := nodeprobe()
	if err != nil {
		t.Fatal(err)
	}
	return content
}
