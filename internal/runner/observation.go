package runner

import (
	"context"
	"errors"
	"fmt"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// observations makes a task's observations, in order. An observation of a pod or a
// container that is known not to exist is in notThere: the check knows that much.
func (p *run) observations(ctx context.Context, all []lab.Observation, w *world.World) (got map[string]any, missing []world.Missing, notThere map[string]string) {
	got, notThere = map[string]any{}, map[string]string{}
	for i := range all {
		o := &all[i]
		if what := absent(o, w); what != "" {
			notThere[o.Name] = what
			continue
		}
		if why := unseen(o, w); why != "" {
			missing = append(missing, world.Missing{Fact: "got." + o.Name, Reason: why})
			continue
		}
		result, err := p.observation(ctx, o, expect.State{World: w, Got: got, Missing: missing, NotThere: notThere})
		if what, ok := errors.AsType[*world.AbsentError](err); ok {
			notThere[o.Name] = what.Object
			continue
		}
		if what, ok := errors.AsType[*valueError](err); ok && what.reason.Code == verdict.Absent {
			notThere[o.Name] = what.reason.Subject
			continue
		}
		if err != nil {
			missing = append(missing, world.Missing{Fact: "got." + o.Name, Reason: err.Error()})
			continue
		}
		got[o.Name] = result
	}
	return got, missing, notThere
}

// absent returns the object that an observation needs and that is known not to exist
// in the picture; "" when it exists or is not known.
func absent(o *lab.Observation, w *world.World) string {
	pod, container := o.Container()
	if pod == "" || w.Pods == nil {
		return ""
	}
	in, ok := w.Pods[pod]
	if !ok {
		return "pod " + pod
	}
	if in.Containers == nil || container == "" {
		return ""
	}
	c, ok := in.Containers[container]
	if !ok {
		return fmt.Sprintf("container %s of pod %s", container, pod)
	}
	if o.Exec != nil && c.State == "Exited" {
		return fmt.Sprintf("running container %s of pod %s", container, pod)
	}
	return ""
}

// unseen returns why an observation would only wait for a timeout: the picture has no
// answer from the pod's node or from the API server. "" when both have answered.
func unseen(o *lab.Observation, w *world.World) string {
	pod, _ := o.Container()
	for _, m := range w.Missing {
		switch m.Fact {
		case "pods":
			if pod != "" || o.AsksAPI() {
				return m.Reason
			}
		case "pods." + pod:
			return m.Reason
		}
	}
	return ""
}

// observation makes one observation; the values of a command come from before.
func (p *run) observation(ctx context.Context, o *lab.Observation, before expect.State) (any, error) {
	if o.Exec == nil {
		ctx, cancel := context.WithTimeoutCause(ctx, execTimeout, fmt.Errorf("timed out after %s", execTimeout))
		defer cancel()
		return p.Cluster.Observe(ctx, p.kubeNamespace, o)
	}
	ctx, cancel := execContext(ctx, o.Exec)
	defer cancel()
	filled, err := p.filledIn(ctx, o.Exec, before)
	if err != nil {
		return nil, err
	}
	return p.Cluster.Observe(ctx, p.kubeNamespace, &lab.Observation{Name: o.Name, Exec: filled})
}
