package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/exec"

	"podlab/internal/state"
)

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

// lastWords adds what nodes have said before they ended, as nodes should not.
func (s *site) lastWords(ctx context.Context, err error) error {
	found, lookErr := s.containers(ctx)
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	for _, c := range found {
		if c.State.Status != "exited" {
			continue
		}
		said, logErr := s.engine.Output(ctx, "logs", "--tail", "10", c.ID)
		if logErr != nil {
			return errors.Join(err, logErr)
		}
		err = fmt.Errorf("%w\nnode %s has ended, and said at last:\n%s\n(podlab doctor knows the usual reasons)", err, c.Name, lastLines(said, 5))
	}
	return err
}

// keepLogs collects the logs of a cluster that is kept for people to look at.
func (s *site) keepLogs() error {
	provider, err := newProvider(s.engine, nil)
	if err != nil {
		return err
	}
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
