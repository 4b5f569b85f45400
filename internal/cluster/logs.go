package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	kind "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/exec"
	"sigs.k8s.io/kind/pkg/log"

	"podlab/internal/state"
)

// explain adds the last lines of a failed command's output to an error of kind,
// and the path of a file with the whole output.
func (h *handle) explain(err error) error {
	failed := exec.RunErrorForError(err)
	if failed == nil || len(failed.Output) == 0 {
		return fmt.Errorf("create cluster %s: %w", h.name, err)
	}
	path, writeErr := h.logPath("create.log")
	if writeErr == nil {
		writeErr = state.WriteFile(path, failed.Output, 0o600)
	}
	err = fmt.Errorf("create cluster %s: %w\n%s", h.name, err, lastLines(failed.Output, 10))
	if writeErr != nil {
		return errors.Join(err, writeErr)
	}
	return fmt.Errorf("%w\nthe complete output is in %s", err, path)
}

// addNodeLogs adds the last log lines of nodes that have exited to an error of
// kind. A healthy node does not exit.
func (h *handle) addNodeLogs(ctx context.Context, err error) error {
	found, listErr := h.containers(ctx)
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	for _, c := range found {
		if c.State.Status != "exited" {
			continue
		}
		output, logErr := h.engine.Output(ctx, "logs", "--tail", "10", c.ID)
		if logErr != nil {
			return errors.Join(err, logErr)
		}
		err = fmt.Errorf("%w\nnode %s exited, its last log lines are:\n%s\n(podlab doctor checks for the usual causes)", err, c.Name, lastLines(output, 5))
	}
	return err
}

// keepLogs collects the logs of a retained cluster.
func (h *handle) keepLogs() error {
	dir, err := h.logPath("nodes")
	if err != nil {
		return err
	}
	step := h.progress.Begin("Collecting the logs of the nodes", 0)
	err = h.withKind(log.NoopLogger{}, func(provider *kind.Provider) error { return provider.CollectLogs(h.name, dir) })
	step.End(err)
	h.progress.Log("Keeping cluster %s, its logs are in %s. podlab down removes the cluster.", h.name, dir)
	if err != nil {
		return fmt.Errorf("collect the logs of cluster %s: %w", h.name, err)
	}
	return nil
}

// logPath returns a path for logs of this attempt to create the cluster. Removing
// the cluster keeps them.
func (h *handle) logPath(name string) (string, error) {
	base, err := state.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "logs", h.name+"-"+time.Now().Format("20060102-150405"), name), nil
}

// lastLines returns the last n lines of a command's output, without the Go stack
// traces that kubeadm ends with.
func lastLines(output []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	var kept []string
	for i, line := range lines {
		if line != "" && !isStackPosition(line) && (i+1 == len(lines) || !isStackPosition(lines[i+1])) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept[max(0, len(kept)-n):], "\n")
}

// isStackPosition reports whether a line of a stack trace is a file and line
// number. The line before it is a function.
func isStackPosition(line string) bool {
	return strings.HasPrefix(line, "\t") && (strings.Contains(line, ".go:") || strings.Contains(line, ".s:"))
}
