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

// observations makes a task's observations, in order. notThere has the observations
// whose pod, container or object is known not to exist, which is a fact for checks.
func (p *run) observations(ctx context.Context, all []lab.Observation, w *world.World) (got map[string]any, missing []world.Missing, notThere map[string]string) {
	got, notThere = map[string]any{}, map[string]string{}
	for i := range all {
		o := &all[i]
		if object := absentObject(o, w); object != "" {
			notThere[o.Name] = object
			continue
		}
		if why := unreachable(o, w); why != "" {
			missing = append(missing, world.Missing{Fact: "got." + o.Name, Reason: why})
			continue
		}
		result, err := p.observation(ctx, o, expect.State{World: w, Got: got, Missing: missing, NotThere: notThere})
		if absent, ok := errors.AsType[*world.AbsentError](err); ok {
			notThere[o.Name] = absent.Object
			continue
		}
		if value, ok := errors.AsType[*valueError](err); ok && value.reason.Code == verdict.Absent {
			notThere[o.Name] = value.reason.Subject
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

// absentObject returns the pod or container that an observation needs, if the picture
// shows that it does not exist. Otherwise it returns "".
func absentObject(o *lab.Observation, w *world.World) string {
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

// unreachable returns why an observation would only time out: the pod's node or the
// API server did not answer when podlab took the picture. It returns "" if both
// answered.
func unreachable(o *lab.Observation, w *world.World) string {
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

// observation makes one observation. A command gets its values from before.
func (p *run) observation(ctx context.Context, o *lab.Observation, before expect.State) (any, error) {
	if o.Exec == nil {
		ctx, cancel := context.WithTimeoutCause(ctx, execTimeout, fmt.Errorf("timed out after %s", execTimeout))
		defer cancel()
		return p.Cluster.Observe(ctx, p.kubeNamespace, o)
	}
	ctx, cancel := execContext(ctx, o.Exec)
	defer cancel()
	filled, err := p.fillIn(ctx, o.Exec, before)
	if err != nil {
		return nil, err
	}
	return p.Cluster.Observe(ctx, p.kubeNamespace, &lab.Observation{Name: o.Name, Exec: filled})
}
