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

// lookAgain is how often a wait looks although nobody told of a change: the
// kernel tells of no process that another one makes inside a pod.
const lookAgain = 250 * time.Millisecond

// settleWithin is how long the API may lag behind the runtime before a picture
// is judged as it is.
const settleWithin = 5 * time.Second

// await carries out a wait step. Its error says what was still not so, as the
// last picture had it.
func (p *play) await(ctx context.Context, w *lab.Wait) error {
	began := time.Now()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waited += time.Since(began)
	}()
	var last expect.Result
	var seen *world.World
	ctx, cancel := context.WithTimeoutCause(ctx, w.Within.D(), fmt.Errorf("it did not come to it within %s", w.Within.D()))
	defer cancel()
	err := p.onChange(ctx, func() bool {
		if seen = p.world(ctx); seen.Lost != nil {
			return true
		}
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
		return fmt.Errorf("wait until %s (pod %s): %w; at last: %s", oneLine(w.Until.Source), w.Pod, err, p.lastSeen(last, seen, w.Pod))
	}
	return nil
}

// settledWorld takes a picture in which the API has caught up with the runtime
// for every pod of the play, or the last one when that takes too long.
func (p *play) settledWorld(ctx context.Context) *world.World { return p.worldThatIs(ctx, settled) }

// worldThatIs takes pictures until one is as wanted; it returns the last one
// when that takes too long.
func (p *play) worldThatIs(ctx context.Context, wanted func(*world.World) bool) *world.World {
	w := p.world(ctx)
	if wanted(w) {
		return w
	}
	limited, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	_ = p.onChange(limited, func() bool {
		next := p.world(limited)
		if limited.Err() == nil {
			w = next
		}
		return wanted(w)
	})
	return w
}

// complete reports whether a picture is settled and nothing is missing of the
// play's pods, but for those that are on no node.
func complete(w *world.World) bool {
	lacks := func(m world.Missing) bool {
		fact, isPods := strings.CutPrefix(m.Fact, "pods")
		name, _, _ := strings.Cut(strings.TrimPrefix(fact, "."), ".")
		return isPods && (w.Pods[name] == nil || w.Pods[name].Node != "")
	}
	return w.Lost != nil || settled(w) && !slices.ContainsFunc(w.Missing, lacks)
}

// settled reports whether there is nothing in the picture that waiting could
// make truer. What is missing may stay missing, so it is not waited for.
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

// onChange calls done now and after every change that the API server or a node
// tells of, until it returns true. The error is the cause of ctx's end.
func (p *play) onChange(ctx context.Context, done func() bool) error {
	if done() {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan struct{}, 1)
	p.Kube.Watch(ctx, p.kubeNamespace, func() {
		select {
		case told <- struct{}{}:
		default: // one value stands for any number of changes
		}
	})
	changed, stop := p.Observer.Changes()
	defer stop()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-told:
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if done() {
			return nil
		}
	}
}

// lastSeen says what the last picture had to say to a wait that failed.
func (p *play) lastSeen(last expect.Result, w *world.World, pod string) string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(last.Evidence)) {
		said = append(said, fmt.Sprintf("%s is %v", name, last.Evidence[name]))
	}
	if last.Reason.Code != "" {
		said = append(said, last.Reason.String())
	}
	if w != nil && w.Pods[pod] != nil {
		said = append(said, warnings(w.Pods[pod])...)
	}
	if len(said) == 0 {
		return "nothing is known"
	}
	return strings.Join(said, "; ")
}

// warnings are the last words of the kubelet and the scheduler about a pod.
func warnings(pod *world.Pod) []string {
	var said []string
	for _, e := range pod.Events {
		if e.Type == "Warning" {
			said = append(said, fmt.Sprintf("%s: %s", e.Reason, oneLine(e.Message)))
		}
	}
	return said[max(0, len(said)-2):]
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
