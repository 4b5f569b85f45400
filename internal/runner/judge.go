package runner

import (
	"context"
	"maps"
	"slices"
	"time"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/text"
	"podlab/internal/verdict"
)

// A Judged is a check, or the answer to a question, and what became of it.
type Judged struct {
	// Name is the check's; the question's is "answer".
	Name string
	// Why explains the statement, whatever the verdict.
	Why      text.Text
	Verdict  verdict.Verdict
	Reason   verdict.Reason
	Evidence map[string]any
	Elapsed  time.Duration
}

// promptly is how long everybody asked has for answering, when what was missing
// is to be asked for again.
const promptly = time.Second

// judge gives a verdict on each check of a task, as things stand now. It
// changes nothing.
//
// A fact can be missing for the moment in which a pod, be it another one of the
// node's, starts or ends. So what is Unknown is judged once more, unless it is so
// because somebody did not answer.
func (p *play) judge(ctx context.Context, task *lab.Task) []Judged {
	began := time.Now()
	judged := p.judgeNow(ctx, task)
	unknown := slices.ContainsFunc(judged, func(j Judged) bool { return j.Reason.Code == verdict.Missing })
	if !unknown || time.Since(began) > promptly {
		return judged
	}
	looks := 0
	_ = p.onChange(ctx, func() bool {
		looks++
		return looks > 1
	})
	return p.judgeNow(ctx, task)
}

// judgeNow judges one picture.
//
// The API tells of what the kubelet has told it, which can be the state before
// the last change. A picture in which the two differ would be judged wrongly
// either way, so it waits until they agree, and if they don't, judges what is.
func (p *play) judgeNow(ctx context.Context, task *lab.Task) []Judged {
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
			state.Node = p.nodeName(c.Node)
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

// observed is how things stand, with the task's observations made.
func (p *play) observed(ctx context.Context, task *lab.Task) expect.State {
	look := p.settledWorld
	if task.Unsettled {
		look = p.world
	}
	w := look(ctx)
	state := p.state(w, "", "")
	if len(task.Observe) > 0 {
		state.Got, state.Missing, state.NotThere = p.observations(ctx, task.Observe, w)
		state.World = p.world(ctx)
	}
	return state
}

// evidence is what the verdict rests on, and what the check wants shown.
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
