package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/text"
	"podlab/internal/verdict"
)

// A Judged is the verdict on a check, or on the answer to a question.
type Judged struct {
	// Name is the name of the check, or "answer" for a question.
	Name string
	// Why explains the statement, whatever the verdict.
	Why      text.Text
	Verdict  verdict.Verdict
	Reason   verdict.Reason
	Evidence map[string]any
	Elapsed  time.Duration
}

// retryLimit: judge retries only if the first attempt took less. A slower attempt
// means that a node or the API server does not answer.
const retryLimit = time.Second

// judge gives a verdict on each check of a task in the current state. It changes
// nothing.
//
// A fact can be missing while a pod starts or ends, even a pod of another scenario.
// So judge retries once after the next change if a fact is missing.
func (p *run) judge(ctx context.Context, task *lab.Task) []Judged {
	changed, stop := p.Cluster.Changes(p.kubeNamespace)
	defer stop()
	began := time.Now()
	judged := p.judgeOnce(ctx, task)
	missing := slices.ContainsFunc(judged, func(j Judged) bool { return j.Reason.Code == verdict.Missing })
	if !missing || time.Since(began) > retryLimit {
		return judged
	}
	select {
	case <-changed:
	case <-time.After(pollInterval):
	case <-ctx.Done():
	}
	return p.judgeOnce(ctx, task)
}

// judgeOnce judges the current state once.
func (p *run) judgeOnce(ctx context.Context, task *lab.Task) []Judged {
	state := p.observed(ctx, task)
	if task.Question != nil {
		return []Judged{p.judgeAnswer(ctx, task, state)}
	}
	out := make([]Judged, len(task.Checks))
	for i := range task.Checks {
		began := time.Now()
		c := &task.Checks[i]
		state.Pod, state.Node = c.Pod, ""
		if c.Node != "" {
			state.Node = p.Cluster.NodeName(c.Node)
		}
		result := c.Expect.Eval(ctx, state)
		out[i] = Judged{
			Name: c.Name, Why: c.Why, Verdict: result.Verdict, Reason: result.Reason,
			Evidence: evidence(ctx, c, state, result),
		}
		out[i].Elapsed = time.Since(began)
	}
	return out
}

// errLagging is why facts from the API are missing after settleTimeout.
var errLagging = fmt.Errorf("the API still contradicts the runtime after %s", settleTimeout)

// observed returns the current state with the task's observations.
//
// The API lags behind the runtime until the kubelet has reported a change. A picture
// in which they differ could give a wrong verdict, so observed waits until they agree,
// except for a task with Unsettled.
func (p *run) observed(ctx context.Context, task *lab.Task) expect.State {
	picture := p.settledWorld
	if task.Unsettled {
		picture = p.world
	}
	w := picture(ctx)
	state := p.state(w, "", "")
	if len(task.Observe) > 0 {
		state.Got, state.Missing, state.NotThere = p.observations(ctx, task.Observe, w)
		state.World = picture(ctx)
	}
	if !task.Unsettled {
		state.World.DropLagging(errLagging)
	}
	return state
}

// evidence returns the values behind the verdict, and the values that the check
// shows.
func evidence(ctx context.Context, c *lab.Check, state expect.State, result expect.Result) map[string]any {
	all := map[string]any{}
	maps.Copy(all, result.Evidence)
	for name, show := range c.Show {
		if shown := show.Eval(ctx, state); shown.Verdict == verdict.Pass {
			all[name] = shown.Value
		}
	}
	return all
}
