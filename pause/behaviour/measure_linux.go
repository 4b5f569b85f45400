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

// A Cost is what a pause takes of a machine, in bytes.
type Cost struct {
	RSS, PSS, Virtual, Threads int
}

// Measure returns what a program takes as PID 1, once it sleeps.
func Measure(ctx context.Context, argv ...string) (Cost, error) {
	all, err := MeasureMany(ctx, 1, argv...)
	if err != nil {
		return Cost{}, err
	}
	return all[0], nil
}

// MeasureMany starts n of them, each as PID 1 of a PID namespace, and measures
// all when all of them sleep: what they share is shared among n.
func MeasureMany(ctx context.Context, n int, argv ...string) ([]Cost, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all := make([]*process, 0, n)
	defer func() {
		for _, p := range all {
			p.close()
		}
	}()
	for range n {
		p, err := begin(ctx, start{}, argv)
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

// TimeToReap returns how long a program takes to reap n orphans, in rounds: from
// their death, at once, to there being none, looked at every 2 ms. A program
// that doesn't reap at all is a [*Violation].
func TimeToReap(ctx context.Context, n int, argv ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := begin(ctx, start{}, argv)
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
		began := time.Now()
		kill()
		if err := p.allDead(ctx); err != nil {
			return 0, err
		}
		if err := until(ctx, "it has reaped all", p.childless); err != nil {
			return 0, err
		}
		took += time.Since(began)
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
