package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	kind "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/exec"

	"podlab/internal/state"
)

const (
	// cleanupTimeout bounds the removal of what an interrupted bring-up has made.
	cleanupTimeout = 60 * time.Second
	// removeAgain is the pause between two attempts to pull the containers away
	// from under kind, which can't be told to stop.
	removeAgain = 300 * time.Millisecond
	// preparing is kind's phase in which containers are made, all at once; it
	// ends with the first error, while others may still be on their way.
	preparing = "Preparing nodes"
	// stragglers is how long they are waited for.
	stragglers = 2 * time.Second
)

// create makes the cluster that is planned. When it fails, or ctx ends first,
// it removes what it made, unless told to retain.
func (s *site) create(ctx context.Context, p *plan, retain bool) ([]Phase, error) {
	narrator := newNarrator(s.progress)
	provider, err := newProvider(s.engine, narrator)
	if err != nil {
		return nil, err
	}
	network, err := s.beforeNetwork(ctx)
	if err != nil {
		return nil, err
	}
	created := make(chan error, 1)
	go func() { created <- s.kindCreate(provider, p) }()
	select {
	case err = <-created:
	case <-ctx.Done():
		err = context.Cause(ctx)
		if !retain {
			s.pullAway(ctx, created)
		}
	}
	narrator.end(err)
	if err == nil {
		return narrator.ended(), errors.Join(network.made(ctx), rememberTimes(narrator.ended()))
	}

	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	err = errors.Join(s.explain(err), network.made(clean))
	if retain {
		return nil, errors.Join(err, s.keepLogs(provider))
	}
	return nil, errors.Join(err, s.removeAll(clean, narrator.lastPhase() == preparing))
}

// kindCreate has kind create the cluster. The kubeconfig that it insists on
// writing goes to a directory of its own, where no lock file that a killed
// podlab left behind can be in the way.
func (s *site) kindCreate(provider *kind.Provider, p *plan) error {
	dir, err := os.MkdirTemp("", "podlab-kubeconfig-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return provider.Create(s.name,
		kind.CreateWithV1Alpha4Config(p.kind),
		kind.CreateWithKubeconfigPath(filepath.Join(dir, "kubeconfig")),
		kind.CreateWithRetain(true), // podlab removes, and only what is its own
		kind.CreateWithDisplayUsage(false),
	)
}

// pullAway removes the nodes until kind, which fails without them, has given up.
func (s *site) pullAway(ctx context.Context, created <-chan error) {
	step := s.progress.Begin("Interrupted: removing cluster "+s.name, 0)
	defer step.End(nil)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	again := time.NewTicker(removeAgain)
	defer again.Stop()
	for {
		_ = s.remove(ctx) // tried again, and for the last time by removeAll
		select {
		case <-created:
			return
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// removeAll removes everything of a cluster that could not be made. racing says
// that containers of it may still be on their way.
func (s *site) removeAll(ctx context.Context, racing bool) error {
	err := s.remove(ctx)
	if racing && err == nil {
		err = s.removeStragglers(ctx)
	}
	return errors.Join(err, s.removeNetwork(ctx), s.forget())
}

func (s *site) removeStragglers(ctx context.Context) error {
	last := time.NewTimer(stragglers)
	defer last.Stop()
	again := time.NewTicker(removeAgain)
	defer again.Stop()
	for {
		select {
		case <-last.C:
			return s.remove(ctx)
		case <-again.C:
			if err := s.remove(ctx); err != nil {
				return err
			}
		}
	}
}

// explain adds what a command of kind's has said to its error: the last lines,
// and where all of it is.
func (s *site) explain(err error) error {
	failed := exec.RunErrorForError(err)
	if failed == nil || len(failed.Output) == 0 {
		return fmt.Errorf("create cluster %s: %w", s.name, err)
	}
	path, writeErr := s.logPath("create.log")
	if writeErr == nil {
		writeErr = state.WriteFile(path, failed.Output, 0o600)
	}
	err = fmt.Errorf("create cluster %s: %w\n%s", s.name, err, lastLines(failed.Output, 10))
	if writeErr != nil {
		return errors.Join(err, writeErr)
	}
	return fmt.Errorf("%w\nall that it said: %s", err, path)
}

// keepLogs collects the logs of a cluster that is kept for people to look at.
func (s *site) keepLogs(provider *kind.Provider) error {
	dir, err := s.logPath("nodes")
	if err != nil {
		return err
	}
	step := s.progress.Begin("Collecting the logs of the nodes", 0)
	err = provider.CollectLogs(s.name, dir)
	step.End(err)
	s.progress.Say("Cluster %s is kept as it is; its logs are in %s. podlab down removes it.", s.name, dir)
	if err != nil {
		return fmt.Errorf("collect the logs of cluster %s: %w", s.name, err)
	}
	return nil
}

// logPath is a place for logs of one attempt to bring up the cluster. They
// outlive the cluster.
func (s *site) logPath(name string) (string, error) {
	base, err := state.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "logs", s.name+"-"+time.Now().Format("20060102-150405"), name), nil
}

// lastLines returns the last n lines of what a command said, but for Go's
// stack traces, which kubeadm ends with.
func lastLines(output []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	var said []string
	for i, line := range lines {
		if line != "" && !isPlace(line) && (i+1 == len(lines) || !isPlace(lines[i+1])) {
			said = append(said, line)
		}
	}
	return strings.Join(said[max(0, len(said)-n):], "\n")
}

// isPlace reports whether a line of a stack trace names a file and a line,
// after one that names a function.
func isPlace(line string) bool {
	return strings.HasPrefix(line, "\t") && (strings.Contains(line, ".go:") || strings.Contains(line, ".s:"))
}
