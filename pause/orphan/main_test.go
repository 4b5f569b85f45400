//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// All tests of ./pause/... must accept this flag.
var _ = flag.String("pause", "", "only for the tests of podlab/pause")

const testEnv = "ORPHAN_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(testEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func orphan(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), testEnv+"=yes")
	return cmd
}

// TestOrphans adopts the orphans as a subreaper, so that it knows their new parent.
func TestOrphans(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	const n = 20
	out, err := orphan(t, "-n", fmt.Sprint(n), "-live", "1ms").Output()
	if err != nil {
		t.Fatal(err)
	}
	type event struct{ process, what string }
	seen := make(map[event][]string) // the parents of each event's processes
	orphans := make(map[string]bool)
	var first, middle string
	for line := range strings.Lines(string(out)) {
		m := regexp.MustCompile(`^(\w+) +pid=(\d+) ppid=(\d+) (\w+)\n$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("unexpected line %q", line)
		}
		seen[event{m[1], m[4]}] = append(seen[event{m[1], m[4]}], m[3])
		switch m[1] {
		case "first":
			first = m[2]
		case "middle":
			middle = m[2]
		default:
			orphans[m[2]] = true
		}
	}
	me := fmt.Sprint(os.Getpid())
	for e, want := range map[event]struct {
		parent string
		times  int
	}{
		{"first", "begins"}: {me, 1}, {"first", "ends"}: {me, 1},
		{"middle", "begins"}: {first, 1}, {"middle", "ends"}: {first, 1},
		{"grandchild", "begins"}: {middle, n}, {"grandchild", "orphaned"}: {me, n}, {"grandchild", "ends"}: {me, n},
	} {
		got := seen[e]
		if len(got) != want.times {
			t.Errorf("%v: %d times, want %d\n%s", e, len(got), want.times, out)
		}
		for _, parent := range got {
			if parent != want.parent {
				t.Errorf("%v with parent %s, want %s\n%s", e, parent, want.parent, out)
			}
		}
	}
	for pid := range orphans {
		var number int
		if _, err := fmt.Sscan(pid, &number); err != nil {
			t.Fatal(err)
		}
		if got, err := unix.Wait4(number, nil, 0, nil); err != nil {
			t.Errorf("reap %s: %d, %v", pid, got, err)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, args := range [][]string{{"-x"}, {"-n", "0"}, {"-n", "many"}, {"-live", "-1s"}, {"word"}} {
		cmd := orphan(t, args...)
		out, _ := cmd.Output()
		if cmd.ProcessState.ExitCode() != 2 || len(out) > 0 {
			t.Errorf("%q: %v, %q", args, cmd.ProcessState, out)
		}
	}
}
