//go:build linux

// Command pause measures pauses and prints a Markdown table: ours, one in C where
// there is a gcc, and those named as NAME=PATH.
//
//	go run ./bench/pause [upstream=PATH...]
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"podlab/pause/behaviour"
	"podlab/pause/tiny"
)

// What a full node holds, and how many orphans are reaped.
const pods, orphans = 110, 10_000

func main() {
	behaviour.Main()
	if err := run(context.Background(), os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/pause:", err)
		os.Exit(1)
	}
}

type body struct{ name, path string }

func run(ctx context.Context, out io.Writer, named []string) error {
	dir, err := os.MkdirTemp("", "bench-pause")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bodies, err := ours(ctx, dir)
	if err != nil {
		return err
	}
	for _, arg := range named {
		name, path, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("read %q: want NAME=PATH", arg)
		}
		bodies = append(bodies, body{name, path})
	}
	table := []string{fmt.Sprintf("| pause | on disk | RSS | PSS | threads | virtual | reaps %d orphans in | %d pods |\n| --- | --: | --: | --: | --: | --: | --: | --: |", orphans, pods)}
	for _, b := range bodies {
		line, err := measure(ctx, b)
		if err != nil {
			return fmt.Errorf("measure %s: %w", b.name, err)
		}
		table = append(table, line)
	}
	_, err = fmt.Fprintln(out, strings.Join(table, "\n"))
	return err
}

// ours builds our pauses, and the one in C.
func ours(ctx context.Context, dir string) ([]body, error) {
	bodies := []body{{"pause", filepath.Join(dir, "pause")}, {"noreap", filepath.Join(dir, "noreap")}, {"tiny", filepath.Join(dir, "tiny")}}
	for b, pkg := range map[body]string{bodies[0]: "podlab/pause", bodies[1]: "podlab/pause/noreap"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", b.path, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", b.name, err, out)
		}
	}
	elf, err := tiny.ELF(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(bodies[2].path, elf, 0o755); err != nil {
		return nil, err
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		fmt.Fprintln(os.Stderr, "without the one in C:", err)
		return bodies, nil
	}
	path := filepath.Join(dir, "pause-c")
	// As upstream's is built.
	if out, err := exec.CommandContext(ctx, gcc, "-Os", "-Wall", "-Werror", "-static", "-s", "-o", path, "pause/testdata/pause.c").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the one in C: %w\n%s", err, out)
	}
	return append(bodies, body{"in C, static", path}), nil
}

func measure(ctx context.Context, b body) (string, error) {
	file, err := os.Stat(b.path)
	if err != nil {
		return "", err
	}
	one, err := behaviour.Measure(ctx, b.path)
	if err != nil {
		return "", err
	}
	many, err := behaviour.MeasureMany(ctx, pods, b.path)
	if err != nil {
		return "", err
	}
	sum := 0
	for _, c := range many {
		sum += c.PSS
	}
	took, err := behaviour.TimeToReap(ctx, orphans, b.path)
	reaps := took.Round(time.Millisecond).String()
	if _, ok := errors.AsType[*behaviour.Violation](err); ok {
		reaps, err = "never", nil
	}
	return fmt.Sprintf("| %s | %d B | %s | %s | %d | %s | %s | %s |",
		b.name, file.Size(), kib(one.RSS), kib(one.PSS), one.Threads, kib(one.Virtual), reaps, kib(sum)), err
}

func kib(bytes int) string {
	if bytes >= 10<<20 {
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}
