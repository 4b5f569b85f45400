package behaviour

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Cost is the memory of a pause in bytes, and its number of threads.
type Cost struct {
	RSS, PSS, Virtual, Threads int
}

// Measure starts a program as PID 1 and returns its cost once it sleeps.
func Measure(ctx context.Context, argv ...string) (Cost, error) {
	all, err := MeasureMany(ctx, 1, argv...)
	if err != nil {
		return Cost{}, err
	}
	return all[0], nil
}

// MeasureMany starts a program n times, each as PID 1 of its own PID namespace, and
// measures all of them once all of them sleep. PSS divides the memory that they
// share by n.
func MeasureMany(ctx context.Context, n int, argv ...string) ([]Cost, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	all := make([]*process, 0, n)
	defer func() {
		for _, p := range all {
			p.close()
		}
	}()
	for range n {
		p, err := run(ctx, start{}, argv)
		if errors.Is(err, unix.EPERM) {
			return nil, ErrNoNamespaces
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	costs := make([]Cost, n)
	for i, p := range all {
		if err := costs[i].read(p.cmd.Process.Pid); err != nil {
			return nil, err
		}
	}
	return costs, nil
}

// TimeToReap returns how long a program takes to reap n orphans. The orphans die in
// rounds, all of a round at once, and TimeToReap checks every 2 ms whether all of
// them are gone. If the program does not reap at all, it returns a [*Violation].
func TimeToReap(ctx context.Context, n int, argv ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	p, err := run(ctx, start{}, argv)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if err := reaps(1)(ctx, p); err != nil {
		return 0, err
	}
	const round = 1000
	var took time.Duration
	for left := n; left > 0; left -= round {
		kill, err := p.adopt(ctx, min(left, round))
		if err != nil {
			return 0, err
		}
		start := time.Now()
		kill()
		if err := p.allDead(ctx); err != nil {
			return 0, err
		}
		if err := until(ctx, "it has reaped all children", p.childless); err != nil {
			return 0, err
		}
		took += time.Since(start)
	}
	return took, nil
}

func (c *Cost) read(pid int) error {
	for file, fields := range map[string]map[string]*int{
		"smaps_rollup": {"Rss": &c.RSS, "Pss": &c.PSS},
		"status":       {"VmSize": &c.Virtual, "Threads": &c.Threads},
	} {
		path := filepath.Join("/proc", strconv.Itoa(pid), file)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			name, value, _ := strings.Cut(line, ":")
			to, ok := fields[name]
			if !ok {
				continue
			}
			words := strings.Fields(value)
			if *to, err = strconv.Atoi(words[0]); err != nil {
				return fmt.Errorf("read %s of %s: %w", name, path, err)
			}
			if len(words) > 1 { // kB
				*to <<= 10
			}
		}
	}
	return nil
}
