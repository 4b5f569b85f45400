//go:build linux

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/pause/behaviour"
)

// TestTinyIsSmall measures many times, because the kernel places stacks at random.
func TestTinyIsSmall(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only tiny for amd64 is that small, this is ", runtime.GOARCH)
	}
	path := writeTiny(t)
	for range 30 {
		cost, err := behaviour.Measure(t.Context(), path[0])
		if err != nil {
			t.Fatal(err)
		}
		if cost.RSS > 12<<10 || cost.Threads != 1 {
			t.Fatalf("tiny uses %d bytes of memory and %d threads, want at most 12 KiB and 1", cost.RSS, cost.Threads)
		}
	}
}

// TestTinyForArm runs tiny for arm64 under qemu. qemu has its own signal handlers,
// so a SIGSEGV sent to PID 1 ends it. Without them the kernel would drop the signal.
func TestTinyForArm(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Skip("TestBodies runs tiny for arm64")
	}
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		if qemu, err = exec.LookPath("qemu-aarch64-static"); err != nil {
			t.Skip("qemu-aarch64 is not installed (Debian: qemu-user-static): ", err)
		}
	}
	if diff := cmp.Diff(sorted(slices.Concat(talking, []string{"inside", "others"})), violations(t, []string{qemu, writeTinyFor(t, "arm64")})); diff != "" {
		t.Errorf("violated statements (-want +got):\n%s", diff)
	}
}

// TestSuiteRunsAnyPause runs the tests with -pause, as users do.
func TestSuiteRunsAnyPause(t *testing.T) {
	if *other != "" {
		t.Skip("-pause is set already")
	}
	for _, c := range []struct {
		name string
		argv []string
		fail string
	}{
		{"pause", goBuild("podlab/pause")(t), ""},
		{"noreap", goBuild("podlab/pause/noreap")(t), "TestAnother/orphan"},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestAnother", "-test.v", "-pause", c.argv[0])
		out, err := cmd.CombinedOutput()
		if skipped := regexp.MustCompile(`--- SKIP: (TestAnother/\S+)`).FindSubmatch(out); skipped != nil {
			t.Skipf("the inner run skipped %s", skipped[1])
		}
		failed := regexp.MustCompile(`--- FAIL: ` + c.fail + ` `).Match(out)
		if (err != nil) != (c.fail != "") || c.fail != "" && !failed {
			t.Errorf("%s: %v\n%s", filepath.Base(c.argv[0]), err, out)
		}
	}
}
