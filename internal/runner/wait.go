package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// pollInterval is the time between two pictures of a wait without a change: no event
// reports that a process in a pod has started another process.
const pollInterval = 250 * time.Millisecond

// settleTimeout bounds waiting for the API to catch up with the runtime.
const settleTimeout = 5 * time.Second

// await carries out a wait step. The error describes the last picture.
func (p *run) await(ctx context.Context, w *lab.Wait) error {
	began := time.Now()
	defer func() { p.waited.Add(int64(time.Since(began))) }()
	var last expect.Result
	var seen *world.World
	ctx, cancel := context.WithTimeoutCause(ctx, w.Within.D(), fmt.Errorf("timed out after %s", w.Within.D()))
	defer cancel()
	// The first picture includes podlab's own changes. Later pictures follow the watch.
	picture := p.world
	err := p.onChange(ctx, func() bool {
		if seen = picture(ctx); seen.Lost != nil {
			return true
		}
		picture = p.cachedWorld
		result := w.Until.Eval(ctx, p.state(seen, w.Pod, w.Node))
		if ctx.Err() == nil {
			last = result
		}
		return result.Verdict == verdict.Pass
	})
	if seen.Lost != nil {
		return fmt.Errorf("wait until %s (pod %s): %w", oneLine(w.Until.Source), w.Pod, seen.Lost)
	}
	if err != nil {
		return fmt.Errorf("wait until %s (pod %s): %w; last seen: %s", oneLine(w.Until.Source), w.Pod, err, lastSeen(last, seen, w.Pod))
	}
	return nil
}

// settledWorld returns a picture in which the API has caught up with the runtime for
// every pod of the run, or the last picture after settleTimeout.
func (p *run) settledWorld(ctx context.Context) *world.World { return p.awaitWorld(ctx, settled) }

// awaitWorld takes pictures until wanted accepts one. It returns the last picture
// after settleTimeout.
func (p *run) awaitWorld(ctx context.Context, wanted func(*world.World) bool) *world.World {
	var w *world.World
	limited, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	_ = p.onChange(limited, func() bool {
		if w == nil {
			w = p.world(ctx)
		} else if next := p.world(limited); limited.Err() == nil {
			w = next
		}
		return wanted(w)
	})
	return w
}

// complete reports whether a picture is settled and has all facts about the run's pods
// that are scheduled to a node.
func complete(w *world.World) bool {
	concernsPods := func(m world.Missing) bool {
		fact, isPods := strings.CutPrefix(m.Fact, "pods")
		name, _, _ := strings.Cut(strings.TrimPrefix(fact, "."), ".")
		return isPods && (w.Pods[name] == nil || w.Pods[name].Node != "")
	}
	return w.Lost != nil || settled(w) && !slices.ContainsFunc(w.Missing, concernsPods)
}

// settled reports whether the API agrees with the runtime on every pod. It ignores
// missing facts, which may stay missing.
func settled(w *world.World) bool {
	if w.Lost != nil {
		return true
	}
	for _, pod := range w.Pods {
		if pod.Deleting != nil && *pod.Deleting || pod.Settled != nil && !*pod.Settled {
			return false
		}
	}
	return true
}

// onChange calls done at once and after every change in the run's kube namespace,
// until it returns true. The error is the cause of ctx's end.
func (p *run) onChange(ctx context.Context, done func() bool) error {
	changed, stop := p.Cluster.Changes(p.kubeNamespace)
	defer stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !done() {
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// lastSeen describes the last picture of a wait that failed.
func lastSeen(last expect.Result, w *world.World, pod string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(last.Evidence)) {
		parts = append(parts, fmt.Sprintf("%s is %v", name, last.Evidence[name]))
	}
	if last.Reason.Code != "" {
		parts = append(parts, last.Reason.String())
	}
	if w != nil && w.Pods[pod] != nil {
		parts = append(parts, warnings(w.Pods[pod])...)
	}
	if len(parts) == 0 {
		return "no picture"
	}
	return strings.Join(parts, "; ")
}

// warnings returns the last two warnings among a pod's events.
func warnings(pod *world.Pod) []string {
	var parts []string
	for _, e := range pod.Events {
		if e.Type == "Warning" {
			parts = append(parts, fmt.Sprintf("%s: %s", e.Reason, oneLine(e.Message)))
		}
	}
	return parts[max(0, len(parts)-2):]
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
