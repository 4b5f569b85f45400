package apt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"podlab/internal/progress"
)

// standIn puts a shell script in apt-get's place, and returns the directory
// that the script has as $dir.
func standIn(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte("#!/bin/sh\ndir='"+dir+"'\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// fifo makes a named pipe and returns its path.
func fifo(t *testing.T, dir, name string) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestInstallDoesNotAsk(t *testing.T) {
	dir := standIn(t, `echo "$DEBIAN_FRONTEND" "$@" >> "$dir/log"; cat >> "$dir/log"`)
	if err := Install(t.Context(), progress.Discard, "jq", "tree"); err != nil {
		t.Fatal(err)
	}
	got := read(t, filepath.Join(dir, "log"))
	for _, want := range []string{"noninteractive ", "--force-confold ", " install --yes --no-install-recommends jq tree\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("apt-get got %q, want %q in it", got, want)
		}
	}
	if strings.Count(got, "\n") != 1 {
		t.Errorf("apt-get got %q, want one call and an empty standard input", got)
	}
}

func TestInstallFetchesPackageListsAfterAFailure(t *testing.T) {
	dir := standIn(t, `
		case "$*" in *update*) touch "$dir/lists" ;; esac
		test -e "$dir/lists" || { echo "E: Unable to locate package jq"; exit 100; }
		echo "$@" >> "$dir/log"`)
	if err := Install(t.Context(), progress.Discard, "jq"); err != nil {
		t.Fatal(err)
	}
	calls := strings.Split(strings.TrimSpace(read(t, filepath.Join(dir, "log"))), "\n")
	if len(calls) != 2 || !strings.HasSuffix(calls[0], " update") || !strings.HasSuffix(calls[1], " jq") {
		t.Errorf("calls that succeeded: %q, want update and then install", calls)
	}
}

func TestInstallReportsAptGetsLastLines(t *testing.T) {
	standIn(t, `seq 100; echo "E: No network" >&2; exit 100`)
	err := Install(t.Context(), progress.Discard, "jq")
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"run apt-get update: exit status 100", "\n92\n", "\n100\nE: No network"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n91\n") {
		t.Errorf("got %q, want the last %d lines", err, tailLines)
	}
}

// TestInterruptedInstallWaitsForDpkg has a stand-in that does what apt-get does
// while dpkg runs: SIGINT changes nothing, SIGTERM ends apt-get but not dpkg.
func TestInterruptedInstallWaitsForDpkg(t *testing.T) {
	dir := standIn(t, `
		trap 'echo INT > "$dir/signal"' INT
		trap 'echo TERM > "$dir/signal"; exit 143' TERM
		( read line < "$dir/finish"; echo dpkg finished >> "$dir/log" ) &
		cut -d ' ' -f 5 "/proc/$$/stat" > "$dir/group"
		while ! wait $!; do :; done`)
	group, signal, finish := fifo(t, dir, "group"), fifo(t, dir, "signal"), fifo(t, dir, "finish")
	ctx, cancel := context.WithCancelCause(t.Context())
	installed := make(chan error, 1)
	go func() { installed <- Install(ctx, progress.Discard, "jq") }()
	if id := strings.TrimSpace(read(t, group)); id == strconv.Itoa(syscall.Getpgrp()) {
		t.Error("apt-get is in this process's group, and gets the terminal's Ctrl-C")
	}
	cancel(errors.New("Ctrl-C"))
	if got := read(t, signal); got != "INT\n" {
		t.Fatalf("apt-get got SIG%s, want SIGINT", got)
	}
	select {
	case err := <-installed:
		t.Fatalf("Install returned %v while dpkg was running", err)
	default:
	}
	if err := os.WriteFile(finish, []byte("now\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-installed; err == nil || !strings.HasSuffix(err.Error(), ": Ctrl-C") {
		t.Errorf("got %v, want the cause of the interruption", err)
	}
	if got, want := read(t, filepath.Join(dir, "log")), "dpkg finished\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
