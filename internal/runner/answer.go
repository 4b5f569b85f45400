package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/verdict"
)

// Answer records a learner's answer to a question. Later checks judge it.
func (r *Runner) Answer(ctx context.Context, scenario *lab.Scenario, task *lab.Task, answer string) error {
	p := r.newRun(scenario, scenario.Name)
	if err := p.loadStart(ctx); err != nil {
		return err
	}
	return p.saveAnswer(task, answer)
}

func (p *run) saveAnswer(task *lab.Task, answer string) error {
	answers, err := p.loadAnswers()
	if err != nil {
		return err
	}
	answers[task.Name] = answer
	return p.saveRecord(answersFile, answers)
}

func (p *run) loadAnswers() (map[string]string, error) {
	answers := map[string]string{}
	err := p.loadRecord(answersFile, &answers)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return answers, err
}

// solveAnswer records the right answer in the current state.
func (p *run) solveAnswer(ctx context.Context, task *lab.Task) error {
	return p.saveRightAnswer(ctx, task, p.observed(ctx, task))
}

// saveRightAnswer records the right answer in a given state.
func (p *run) saveRightAnswer(ctx context.Context, task *lab.Task, s expect.State) error {
	right := task.Answer.Eval(ctx, p.stateFor(task, s))
	if right.Verdict != verdict.Pass {
		return fmt.Errorf("answer %s: %s", task.Name, right.Reason)
	}
	return p.saveAnswer(task, formatValue(right.Value))
}

// stateFor returns the state with the pod and the node of the task.
func (p *run) stateFor(task *lab.Task, s expect.State) expect.State {
	s.Pod = task.Pod
	if task.Node != "" {
		s.Node = p.Cluster.NodeName(task.Node)
	}
	return s
}

// judgeAnswer compares the recorded answer with the right answer in the current state.
func (p *run) judgeAnswer(ctx context.Context, task *lab.Task, s expect.State) Judged {
	j := Judged{Name: "answer", Why: *task.Question, Verdict: verdict.Unknown}
	answers, err := p.loadAnswers()
	if err != nil {
		j.Reason = verdict.Reason{Code: verdict.Missing, Subject: "answer", Detail: err.Error()}
		return j
	}
	given, ok := answers[task.Name]
	if !ok {
		j.Verdict = verdict.Fail
		j.Reason = verdict.Reason{Code: verdict.Absent, Subject: "answer to " + task.Name}
		return j
	}
	s = p.stateFor(task, s)
	right := task.Answer.Eval(ctx, s)
	j.Reason, j.Evidence = right.Reason, map[string]any{"your answer": given}
	if right.Verdict != verdict.Pass {
		return j
	}
	j.Verdict = verdict.Fail
	if p.accepted(ctx, task, s, given, right.Value) {
		j.Verdict = verdict.Pass
	}
	for i := range task.Wrong {
		wrong := task.Wrong[i].Answer.Eval(ctx, s)
		if j.Verdict == verdict.Fail && wrong.Verdict == verdict.Pass && p.sameAnswer(given, wrong.Value) {
			j.Why = task.Wrong[i].Why
		}
	}
	return j
}

// accepted reports whether an answer is the right one, or one that the task accepts
// beside it.
func (p *run) accepted(ctx context.Context, task *lab.Task, s expect.State, given string, right any) bool {
	if p.sameAnswer(given, right) {
		return true
	}
	return slices.ContainsFunc(task.Accept, func(e lab.Expr) bool {
		other := e.Eval(ctx, s)
		return other.Verdict == verdict.Pass && p.sameAnswer(given, other.Value)
	})
}
