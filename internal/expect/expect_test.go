package expect_test

import (
	"testing"

	"podlab/internal/expect"
	"podlab/internal/observe"
)

func ptr[T any](v T) *T { return &v }

func TestSmoke(t *testing.T) {
	w := &observe.World{Pods: map[string]*observe.Pod{"nginx": {Name: "nginx", UID: "u", Node: "w",
		Sandbox:    &observe.Sandbox{ID: "s", Attempt: 1, PID: 7},
		Containers: map[string]*observe.Container{"nginx": {PID: 8}, "shell": {PID: 9}},
		Events:     []*observe.Event{{Reason: "A"}, {Reason: "B"}},
	}}}
	for _, src := range []string{
		`pod.uid == start.pod.uid`,
		`pod.sandbox.attempt == 1`,
		`pod.sandbox.attempt == 2 || pod.uid == "x"`,
		`pod.ready`, `!pod.ready`, `pod.ready || true`, `pod.ready && false`,
		`pod.containers["x"].pid == 1`,
		`has(pod.containers.x)`, `has(pod.containers.nginx)`, `has(pod.ready)`, `!has(pod.ready)`, `has(pod.uid)`, `has(pod.sandbox.process)`,
		`pod.containers.all(name, c, c.pid > 8)`,
		`pod.containers.exists(n, n == "shell")`,
		`pod.events.filter(e, e.reason == "A").size() == 1`,
		`pod.events[4].reason == "A"`,
		`pods.all(n, pods[n].ready)`,
		`node.name == "w"`,
		`1/0 == 1`,
		`cel.bind(x, pod.ready, x || true)`,
		`pod == pod`, `pod.sandbox in [pod.sandbox]`, `dyn(1) == 1`, `pod`, `[pod, 1] == []`, `Pod{}.name == ""`, `pod.containers.map(pod, pod) == ["a"]`,
		`pods["y"].ready`, `got.x.exit == 0`, `pod.sandbox.attempt + `, `lists.range(100000).all(x, lists.range(1000).all(y, x < y + 100000))`,
	} {
		p, err := expect.Compile(src, expect.Statement, nil)
		if err != nil {
			t.Logf("%s\n\t%v", src, err)
			continue
		}
		r := p.Eval(t.Context(), expect.State{World: w, Start: w, Pod: "nginx"})
		t.Logf("%s\n\t%s %+v %v %v", src, r.Verdict, r.Reason, r.Evidence, p.Reads())
	}
}
