//go:build linux

// Command pause measures podlab's pauses and prints a Markdown table. It also
// measures a pause in C if gcc is installed, and each pause given as NAME=PATH.
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

// pods is the number of pods on a full node, orphans the number that each pause reaps.
const pods, orphans = 110, 10_000

func main() {
	behaviour.Main()
	if err := run(context.Background(), os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/pause:", err)
		os.Exit(1)
	}
}

// A program is a pause to measure.
type program struct{ name, path string }

func run(ctx context.Context, out io.Writer, named []string) error {
	dir, err := os.MkdirTemp("", "bench-pause")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs, err := build(ctx, dir)
	if err != nil {
		return err
	}
	for _, arg := range named {
		name, path, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("read %q: want NAME=PATH", arg)
		}
		programs = append(programs, program{name, path})
	}
	table := []string{fmt.Sprintf("| pause | on disk | RSS | PSS | threads | virtual | reaps %d orphans in | %d pods |\n| --- | --: | --: | --: | --: | --: | --: | --: |", orphans, pods)}
	for _, p := range programs {
		line, err := measure(ctx, p)
		if err != nil {
			return fmt.Errorf("measure %s: %w", p.name, err)
		}
		table = append(table, line)
	}
	_, err = fmt.Fprintln(out, strings.Join(table, "\n"))
	return err
}

// build builds podlab's pauses, and the one in C if gcc is installed.
func build(ctx context.Context, dir string) ([]program, error) {
	programs := []program{{"pause", filepath.Join(dir, "pause")}, {"noreap", filepath.Join(dir, "noreap")}, {"tiny", filepath.Join(dir, "tiny")}}
	for p, pkg := range map[program]string{programs[0]: "podlab/pause", programs[1]: "podlab/pause/noreap"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", p.path, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", p.name, err, out)
		}
	}
	elf, err := tiny.ELF(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(programs[2].path, elf, 0o755); err != nil {
		return nil, err
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		fmt.Fprintln(os.Stderr, "skip the pause in C:", err)
		return programs, nil
	}
	path := filepath.Join(dir, "pause-c")
	// These are upstream's flags.
	if out, err := exec.CommandContext(ctx, gcc, "-Os", "-Wall", "-Werror", "-static", "-s", "-o", path, "pause/testdata/pause.c").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile pause.c: %w\n%s", err, out)
	}
	return append(programs, program{"in C, static", path}), nil
}

// measure returns p's row of the table.
func measure(ctx context.Context, p program) (string, error) {
	file, err := os.Stat(p.path)
	if err != nil {
		return "", err
	}
	one, err := behaviour.Measure(ctx, p.path)
	if err != nil {
		return "", err
	}
	many, err := behaviour.MeasureMany(ctx, pods, p.path)
	if err != nil {
		return "", err
	}
	sum := 0
	for _, c := range many {
		sum += c.PSS
	}
	took, err := behaviour.TimeToReap(ctx, orphans, p.path)
	reaps := took.Round(time.Millisecond).String()
	if _, ok := errors.AsType[*behaviour.Violation](err); ok {
		reaps, err = "never", nil
	}
	return fmt.Sprintf("| %s | %d B | %s | %s | %d | %s | %s | %s |",
		p.name, file.Size(), kib(one.RSS), kib(one.PSS), one.Threads, kib(one.Virtual), reaps, kib(sum)), err
}

func kib(bytes int) string {
	if bytes >= 10<<20 {
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}
