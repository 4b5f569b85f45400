package expect_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/expect"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

type execResult struct {
	Exit   int    `json:"exit"`
	Stdout string `json:"stdout"`
}

type fetchResult struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

var got = map[string]expect.Type{
	"page": expect.TypeOf[execResult](), "site": expect.TypeOf[fetchResult](), "web": expect.Document,
}

func compile(t testing.TB, source string, want expect.Want) *expect.Program {
	t.Helper()
	p, err := expect.Compile(source, want, got)
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	return p
}

// state returns a complete picture, and a start with one sandbox fewer.
func state() expect.State {
	start := everything()
	start.Pods["nginx"].Sandbox.Attempt = 0
	return expect.State{
		World: everything(), Start: start, Pod: "nginx",
		Got: map[string]any{"page": &execResult{Stdout: "hello\n"}, "site": &fetchResult{Status: 200, Body: "hi"}, "web": map[string]any{
			"spec":   map[string]any{"replicas": int64(2), "paused": nil, "ratio": 0.5},
			"status": []any{map[string]any{"type": "Available", "ok": true}, json.Number("7"), json.Number("0.25")},
		}},
	}
}

// operands has an operand for each outcome, over a state in which pod.ready is
// missing.
var operands = map[string]string{
	"true":        `pod.running`,
	"false":       `pod.deleting`,
	"missing":     `pod.ready`,
	"absent":      `pods["nobody"].running`,
	"undecidable": `1 / (pod.sandbox.attempt - 1) == 1`,
}

func logic() expect.State {
	s := state()
	s.World.Pods["nginx"].Ready = nil
	s.World.Missing = []world.Missing{{Fact: "pods.nginx", Reason: "the API server does not answer"}}
	return s
}

// TestLogic checks the truth tables: an expression with a missing operand is
// Unknown, unless the operand cannot matter.
func TestLogic(t *testing.T) {
	alone := map[string]verdict.Verdict{
		"true": verdict.Pass, "false": verdict.Fail, "missing": verdict.Unknown, "absent": verdict.Fail, "undecidable": verdict.Unknown,
	}
	and := func(a, b string) verdict.Verdict {
		switch {
		case a == "false" || b == "false":
			return verdict.Fail
		case a == "missing" || b == "missing":
			return verdict.Unknown
		case a == "true":
			return alone[b]
		}
		return alone[a]
	}
	or := func(a, b string) verdict.Verdict {
		switch {
		case a == "true" || b == "true":
			return verdict.Pass
		case a == "missing" || b == "missing":
			return verdict.Unknown
		case a == "false":
			return alone[b]
		}
		return alone[a]
	}
	not := func(a string) verdict.Verdict {
		switch a {
		case "true":
			return verdict.Fail
		case "false":
			return verdict.Pass
		}
		return alone[a]
	}
	for a, left := range operands {
		evaluate(t, left, alone[a])
		evaluate(t, "!("+left+")", not(a))
		evaluate(t, fmt.Sprintf("[1].all(x, %s)", left), alone[a])
		evaluate(t, fmt.Sprintf("[1].exists(x, %s)", left), alone[a])
		evaluate(t, fmt.Sprintf("[1].exists_one(x, %s)", left), alone[a])
		evaluate(t, fmt.Sprintf("[1].filter(x, %s).size() == 1", left), alone[a])
		evaluate(t, fmt.Sprintf("[1].map(x, %s)[0]", left), alone[a])
		evaluate(t, fmt.Sprintf("[1].map(x, %s, x).size() == 1", left), alone[a])
		evaluate(t, fmt.Sprintf("{'a': 1}.all(k, v, %s)", left), alone[a])
		evaluate(t, fmt.Sprintf("{'a': 1}.transformList(k, v, %s)[0]", left), alone[a])
		evaluate(t, fmt.Sprintf("{'a': 1}.transformMap(k, v, %s)['a']", left), alone[a])
		evaluate(t, fmt.Sprintf("cel.bind(x, %s, x)", left), alone[a])
		evaluate(t, fmt.Sprintf("(%s) == true", left), alone[a])
		evaluate(t, fmt.Sprintf("[%s] == [true]", left), alone[a])
		evaluate(t, fmt.Sprintf("(%s) in [true]", left), alone[a])
		evaluate(t, fmt.Sprintf("sets.contains([true], [%s])", left), alone[a])
		evaluate(t, fmt.Sprintf("[2, 1].sortBy(x, string(%s)).size() == 2 && (%s)", left, left), alone[a])
		for b, right := range operands {
			evaluate(t, fmt.Sprintf("(%s) && (%s)", left, right), and(a, b))
			evaluate(t, fmt.Sprintf("(%s) || (%s)", left, right), or(a, b))
			evaluate(t, fmt.Sprintf("[0, 1].all(x, x == 0 ? (%s) : (%s))", left, right), and(a, b))
			evaluate(t, fmt.Sprintf("[0, 1].exists(x, x == 0 ? (%s) : (%s))", left, right), or(a, b))
			evaluate(t, fmt.Sprintf("cel.bind(x, %s, x || (%s))", left, right), or(a, b))
			switch a {
			case "true":
				evaluate(t, fmt.Sprintf("(%s) ? (%s) : false", left, right), alone[b])
			case "false":
				evaluate(t, fmt.Sprintf("(%s) ? true : (%s)", left, right), alone[b])
			default:
				evaluate(t, fmt.Sprintf("(%s) ? (%s) : (%s)", left, right, right), alone[a])
			}
		}
	}
}

func evaluate(t *testing.T, source string, want verdict.Verdict) {
	t.Helper()
	if r := compile(t, source, expect.Statement).Eval(t.Context(), logic()); r.Verdict != want {
		t.Errorf("%s\n\tgot %s (%s), want %s", source, r.Verdict, r.Reason, want)
	}
}

func TestEval(t *testing.T) {
	const pass, fail, unknown = verdict.Pass, verdict.Fail, verdict.Unknown
	blind := expect.State{Pod: "nginx", Missing: []world.Missing{{Fact: "world", Reason: "interrupted"}, {Fact: "got.page", Reason: "exec: refused"}}}
	noNode := state()
	noNode.World.Nodes["w"] = &world.Node{Name: "w"}
	noNode.World.Missing = []world.Missing{{Fact: "nodes.w", Reason: "w is paused"}, {Fact: "nodes", Reason: "no"}, {Fact: "nodes.w.cgroup", Reason: "no"}}
	elsewhere := state()
	elsewhere.Pod = "pending"
	gone := state()
	gone.Pod = "gone"
	gone.NotThere = map[string]string{"page": "container x of pod nginx"}
	gone.Got = nil
	onNode := state()
	onNode.Pod, onNode.Node = "", "w"
	zombie := state()
	zombie.World.Pods["nginx"].Containers["shell"].Main.State = "Z"
	zombie.World.Pods["nginx"].Containers["shell"].Main.Namespaces = nil
	for _, c := range []struct {
		source string
		state  expect.State
		want   verdict.Verdict
		reason string
	}{
		{`pod.sandbox.attempt == start.pod.sandbox.attempt + 1`, state(), pass, ""},
		{`pod.sandbox.attempt == 5`, state(), fail, ""},
		{`node.name == "w" && nodes["w"].cgroupVersion == 2 && start.node.name == "w"`, state(), pass, ""},
		{`pod.containers.all(name, c, c.name == name && c.main.pid == c.pid)`, state(), pass, ""},
		{`pod.containers.map(name, name) == ["nginx", "shell"]`, state(), pass, ""},
		{`pod.containers.size() == 2 && "shell" in pod.containers && !("x" in pod.containers)`, state(), pass, ""},
		{`pod.sandbox.process.namespaces.net == pod.containers.nginx.main.namespaces.net`, state(), pass, ""},
		{`pod.containers.nginx.main.namespaces == pod.containers.nginx.pid1.namespaces`, state(), pass, ""},
		{`pod.containers.nginx.main.namespaces == node.namespaces`, state(), fail, ""},
		{`pod.containers.nginx.main.namespaces in pod.processes.map(p, p.namespaces)`, state(), pass, ""},
		{`pod.timeline.exists(m, m.what == "container-started" && m.sincePauseDiedMs < 3000)`, state(), pass, ""},
		{`pod.timeline.filter(m, has(m.sincePauseDiedMs)).size() == 2`, state(), pass, ""},
		{`pod.processes.map(p, p.pid).sort() == [100, 101, 102]`, state(), pass, ""},
		{`pod.processes.sortBy(p, -p.pid)[0].name == "shell"`, state(), pass, ""},
		{`ip(pod.ip).isLoopback() || cidr("10.244.0.0/16").containsIP(pod.ip)`, state(), pass, ""},
		{`got.page.exit == 0 && got.page.stdout.trim() == "hello" && got.site.status == 200`, state(), pass, ""},
		// shell's namespaces differ from nginx's in mnt and pid.
		{`differ(pod.containers.shell.main.namespaces, pod.containers.nginx.main.namespaces) == ["mnt", "pid"]`, state(), pass, ""},
		{`differ(pod.sandbox.process.namespaces, pod.sandbox.process.namespaces) == []`, state(), pass, ""},
		{`differ(pod.sandbox.process.namespaces, node.namespaces).size() == 3`, noNode, unknown, "nodes.w.namespaces could not be observed: w is paused"},
		{`differ(pod.containers.shell.main.namespaces, node.namespaces) == []`, zombie, fail, "there is no pod.containers.shell.main.namespaces"},
		{`got.page.exit == 0`, blind, unknown, "got.page could not be observed: exec: refused"},
		{`got.page.exit == 0`, gone, fail, "there is no container x of pod nginx"},
		{`got.site.status == 200`, gone, unknown, "got.site could not be observed"},
		// No picture.
		{`pod.ready`, blind, unknown, "world could not be observed: interrupted"},
		{`start.pod.ready`, blind, unknown, "start could not be observed"},
		{`true || pod.ready`, blind, pass, ""},
		// An unreachable node.
		{`node.cgroupVersion == 2`, noNode, unknown, "nodes.w.cgroupVersion could not be observed: w is paused"},
		{`node.pods.all(p, p.sandbox.ready)`, noNode, unknown, "nodes.w.pods could not be observed: w is paused"},
		{`node.pods.size() == 0`, noNode, unknown, "nodes.w.pods could not be observed: w is paused"},
		{`has(node.pods) && !has(node.init)`, noNode, unknown, "nodes.w.init, nodes.w.pods could not be observed: w is paused"},
		{`start.node.cgroupVersion == 2`, noNode, pass, ""},
		// Facts that are known not to exist.
		{`pod.ready`, gone, fail, "there is no pod gone"},
		{`!pod.ready`, gone, fail, "there is no pod gone"},
		{`node.name == "w"`, gone, fail, "there is no pod gone"},
		{`node.name == "w"`, elsewhere, fail, "there is no node of pod pending"},
		{`pod.containers["x"].pid == 0`, state(), fail, `there is no pod.containers["x"]`},
		{`pod.containers.x.main.namespaces.net == 0`, state(), fail, `there is no pod.containers.x`},
		{`has(pod.containers.x)`, state(), fail, ""},
		{`!has(pod.containers.x) && has(pod.containers.nginx)`, state(), pass, ""},
		{`has(pod.uid) && has(pod.sandbox.process)`, state(), pass, ""},
		{`pod.events[2].count == 1`, state(), fail, "there is no pod.events[2]"},
		{`pod.events[-1].count == 1`, state(), fail, "there is no pod.events[-1]"},
		{`pod.events.filter(e, e.reason == "No")[0].count > 0`, state(), fail, `there is no pod.events.filter(e, e.reason == "No")[0]`},
		{`pod.sandboxes[0].process.pid == 0`, state(), fail, "there is no pod.sandboxes[0].process"},
		{`!has(pod.sandboxes[0].process)`, state(), pass, ""},
		{`pod.sandbox.attempt > 0`, elsewhere, fail, "there is no pod.sandbox"},
		{`pod.timeline[0].sincePauseDiedMs > 1`, state(), fail, "there is no pod.timeline[0].sincePauseDiedMs"},
		{`pod.containers.shell.main.namespaces.net == 4`, zombie, fail, "there is no pod.containers.shell.main.namespaces"},
		{`{"a": 1}["b"] == 1`, state(), fail, `there is no {"a": 1}["b"]`},
		{`[1, 2][pod.sandbox.attempt + 1] == 1`, state(), fail, "there is no [1, 2][pod.sandbox.attempt + 1]"},
		// A node without a pod.
		{`node.listeners.exists(l, l.port == 10250)`, onNode, pass, ""},
		// Expressions without a value.
		{`pod.sandbox.attempt / 0 == 1`, state(), unknown, "the expression has no value: division by zero"},
		{`int(got.page.stdout) == 1`, state(), unknown, "the expression has no value: "},
		{`got.page.stdout.split("")[9223372036854775807] == ""`, state(), fail, `there is no got.page.stdout.split("")[9223372036854775807]`},
		{`9223372036854775807 + pod.sandbox.attempt > 0`, state(), unknown, "the expression has no value: integer overflow"},
		{`lists.range(1000).all(x, lists.range(1000).all(y, lists.range(1000).all(z, x + y + z >= 0)))`, state(), unknown, "the expression exceeded its cost limit"},
	} {
		r := compile(t, c.source, expect.Statement).Eval(t.Context(), c.state)
		if reason := r.Reason.String(); r.Verdict != c.want || reason != c.reason && (c.reason == "" || !strings.HasPrefix(reason, c.reason)) {
			t.Errorf("%s\n\tgot  %s %q\n\twant %s %q", c.source, r.Verdict, reason, c.want, c.reason)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the learner pressed Ctrl-C"))
	p := compile(t, `lists.range(900).all(x, x >= 0 && pod.running)`, expect.Statement)
	if r := p.Eval(ctx, state()); r.Verdict != verdict.Unknown || r.Reason.Code != verdict.Interrupted {
		t.Errorf("got %s %s, want Unknown because of the interrupt", r.Verdict, r.Reason)
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		source string
		want   expect.Want
		value  any
	}{
		{`pod.sandbox.pid`, expect.PID, int64(100)},
		{`pod.sandbox.pid`, expect.Answer, int64(100)},
		{`pod.uid`, expect.Answer, "u-1"},
		{`pod.ready`, expect.Answer, true},
		{`pod.timeline[2].sincePauseDiedMs`, expect.Answer, 1834.25},
		{`pod.processes.map(p, p.pid)`, expect.Answer, []any{int64(100), int64(101), int64(102)}},
		{`pod.timeline.map(m, {"what": m.what, "at": string(m.at)})[0]`, expect.Evidence, map[string]any{"what": "sandbox-created", "at": "5"}},
		{`pod.events[0]`, expect.Evidence, map[string]any{"reason": "Scheduled", "type": "Normal", "message": "", "count": int64(1), "lastAt": int64(10)}},
		{`pod.timeline[0]`, expect.Evidence, map[string]any{"at": int64(5), "what": "sandbox-created", "container": "", "id": "s0", "source": "cri"}},
		{`[string(got.web.status[1]), string(got.web.status[2])]`, expect.Evidence, []any{"7", "0.25"}},
		{`json("{\"a\": [1, 1.5, null, \"x\"]}").a.size()`, expect.Answer, int64(4)},
		{`json("[{\"dst\": \"10.244.0.0/24\", \"metric\": 100}]")`, expect.Evidence, []any{map[string]any{"dst": "10.244.0.0/24", "metric": int64(100)}}},
		{`string(got.web.spec.replicas)`, expect.Word, "2"},
		{`pod.containers.transformMap(k, c, c.pid)`, expect.Evidence, map[string]any{"nginx": int64(101), "shell": int64(102)}},
	} {
		r := compile(t, c.source, c.want).Eval(t.Context(), state())
		if diff := cmp.Diff(c.value, r.Value); diff != "" || r.Verdict != verdict.Pass {
			t.Errorf("%s: %s %s (-want +got)\n%s", c.source, r.Verdict, r.Reason, diff)
		}
	}
	for source, want := range map[string]verdict.Verdict{
		`got.web.spec.replicas == 2 && got.web.status[0].ok && got.web.spec.paused == null && got.web.spec.ratio < 1`: verdict.Pass,
		`has(got.web.spec.template) || got.web.spec.replicas == 3`:                                                    verdict.Fail,
		`got.web.spec.template.x == 1`: verdict.Fail,
		`got.web.status[5] == 1`:       verdict.Fail,
		`got.web.spec.replicas == "2"`: verdict.Fail,
		`json(got.page.stdout).a == 1`: verdict.Unknown,
		`json("1 2") == 1`:             verdict.Unknown,
	} {
		if r := compile(t, source, expect.Statement).Eval(t.Context(), state()); r.Verdict != want {
			t.Errorf("%s: got %s %s, want %s", source, r.Verdict, r.Reason, want)
		}
	}
	gone := state()
	gone.Pod = "gone"
	if r := compile(t, `pod.sandbox.pid`, expect.PID).Eval(t.Context(), gone); r.Verdict != verdict.Unknown || r.Value != nil {
		t.Errorf("pid of a deleted pod: got %s %v, want Unknown", r.Verdict, r.Value)
	}
}

func TestEvidence(t *testing.T) {
	long := state()
	long.Got["page"] = &execResult{Stdout: strings.Repeat("ü", 400)}
	for _, c := range []struct {
		source string
		state  expect.State
		want   map[string]any
	}{
		{`true`, state(), nil},
		{
			`pod.sandbox.attempt == start.pod.sandbox.attempt + 1 && pod.uid != "x"`, state(),
			map[string]any{"pod.sandbox.attempt": int64(1), "start.pod.sandbox.attempt": int64(0), "pod.uid": "u-1"},
		},
		{`pod.deleting && pod.uid == "x"`, state(), map[string]any{"pod.deleting": false}},
		{`pod.ready`, logic(), map[string]any{"pod.ready": nil}},
		{`pod.containers["x"].pid == 1`, state(), map[string]any{`pod.containers["x"].pid`: nil}},
		{`pod.events.filter(e, e.count > 1).size() == 1`, state(), map[string]any{`pod.events.filter(e, e.count > 1).size()`: int64(1)}},
		{
			`pod.containers.all(n, c, c.pid == 101)`, state(),
			map[string]any{`pod.containers.all(n, c, c.pid == 101)`: false, `c.pid`: int64(102)},
		},
		{`pod.containers.all(n, c, c.pid > 0)`, state(), map[string]any{`pod.containers.all(n, c, c.pid > 0)`: true}},
		{
			`pod.processes.exists(p, p.name == "nginx")`, state(),
			map[string]any{`pod.processes.exists(p, p.name == "nginx")`: true, "p.name": "nginx"},
		},
		{`pod.processes.exists_one(p, p.name == "nginx")`, state(), map[string]any{`pod.processes.exists_one(p, p.name == "nginx")`: true}},
		{`cel.bind(s, pod.sandbox, s.attempt == 1)`, state(), map[string]any{"s.attempt": int64(1)}},
		{`pod.processes.map(p, p.pid) == [1]`, state(), map[string]any{"pod.processes.map(p, p.pid)": []any{int64(100), int64(101), int64(102)}}},
		{`lists.range(50) == []`, state(), map[string]any{"size(lists.range(50))": int64(50)}},
		{`got.page.stdout == ""`, long, map[string]any{"got.page.stdout": strings.Repeat("ü", 120) + "…"}},
		{
			`pod.processes.exists_one(process, process.name == "a name that is too long" && process.innerPid == 1 && process.ppid == 1)`, state(),
			map[string]any{`pod.processes.exists_one(process, process.name == "a name that is too long" && process.innerPid == 1 && process.ppid == 1)`: false},
		},
		{`pod.containers.size() > 1`, state(), map[string]any{"pod.containers.size()": int64(2)}},
	} {
		r := compile(t, c.source, expect.Statement).Eval(t.Context(), c.state)
		if diff := cmp.Diff(c.want, r.Evidence); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.source, diff)
		}
	}
}

func TestReads(t *testing.T) {
	p := compile(t, `pods.all(n, pods[n].uid != start.pod.uid) && got.page.exit == 0 && start.nodes.size() > 0`, expect.Statement)
	if diff := cmp.Diff([]string{"got.page", "pods", "start.nodes", "start.pod"}, p.Reads()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestReject checks that expressions with mistakes do not compile, and that each
// mistake has its position.
func TestReject(t *testing.T) {
	for _, c := range []struct {
		source string
		want   expect.Want
		errs   []string
	}{
		{`pod.`, expect.Statement, []string{"1:5: Syntax error"}},
		{"pod.ready &&\n  pod.redy || pod.x", expect.Statement, []string{"2:6: undefined field 'redy'", "2:18: undefined field 'x'"}},
		{`pod.uid`, expect.Statement, []string{"1:4: must be true or false, not string"}},
		{`pod.uid`, expect.PID, []string{"1:4: must be a pid (a number), not string"}},
		{`pod.sandbox`, expect.Answer, []string{"1:4: must be a number, a text, true or false, or a list of them, not Sandbox"}},
		{`[pod]`, expect.Answer, []string{"1:1: must be a number"}},
		{`null`, expect.Answer, []string{"1:1: must be a number"}},
		{`pod == start.pod`, expect.Statement, []string{"1:5: pod cannot be an argument of ==: facts in it can be missing"}},
		{`pod.sandbox != null`, expect.Statement, []string{"1:13: pod.sandbox cannot be an argument of !="}},
		{`pod.sandbox in [pod.sandbox]`, expect.Statement, []string{"1:13: pod.sandbox cannot be an argument of in"}},
		{`[pod] == [start.pod]`, expect.Statement, []string{"1:7: [pod] cannot be an argument of =="}},
		{`pod.processes.distinct().size() == 1`, expect.Statement, []string{"1:23: pod.processes cannot be an argument of distinct"}},
		{`sets.equivalent(pod.processes, [])`, expect.Statement, []string{"1:16: pod.processes cannot be an argument of sets.equivalent"}},
		{`[[pod]].flatten() == []`, expect.Statement, []string{"1:16: [[pod]] cannot be an argument of flatten", "1:19: [[pod]].flatten() cannot be an argument of =="}},
		{`type(pod) == type(node)`, expect.Statement, []string{"1:5: pod cannot be an argument of type", "1:11: type(pod) cannot be an argument of ==", "1:18: node cannot be an argument of type"}},
		{`dyn(1) == 1`, expect.Statement, []string{"1:4: dyn hides missing facts"}},
		{`dyn(pod).x == 1`, expect.Statement, []string{"1:4: pod cannot be an argument of dyn"}},
		{`[pod, 1].size() == 2`, expect.Statement, []string{"1:7: expected type 'Pod' but found 'int'"}},
		{`Pod{name: "x"}.name == "x"`, expect.Statement, []string{"1:4: expressions cannot create objects"}},
		{`pod.containers.all(pod, pod != "")`, expect.Statement, []string{"1:19: pod is a variable of podlab"}},
		{`pod.containers.all(n, node, node.pid > 0)`, expect.Statement, []string{"1:19: node is a variable of podlab"}},
		{`pod.containers.all(got, c, c.pid > 0)`, expect.Statement, []string{"1:19: got is a variable of podlab"}},
		{`cel.bind(node, 1, node == 1)`, expect.Statement, []string{"1:9: node is a variable of podlab"}},
		{`got.nothing.exit == 0`, expect.Statement, []string{"1:4: undefined field 'nothing'"}},
		{`got.site.stdout == ""`, expect.Statement, []string{"1:9: undefined field 'stdout'"}},
		{`got.web`, expect.Word, []string{"1:4: must be a number, a text, or true or false, not dyn"}},
		{`got.web`, expect.Answer, []string{"1:4: must be a number, a text, true or false, or a list of them, not dyn"}},
		{`json(1) == 1`, expect.Statement, []string{"1:5: found no matching overload for 'json' applied to '(int)'"}},
		{`nonsense == 1`, expect.Statement, []string{"1:1: undeclared reference to 'nonsense'"}},
		{`pod.uid.matches("(")`, expect.Statement, []string{"1:17: invalid matches argument"}},
		{`pod.sandbox.process.name == 1`, expect.Statement, []string{"1:26: found no matching overload for '_==_' applied to '(string, int)'"}},
		{``, expect.Statement, []string{"1:1: Syntax error"}},
	} {
		_, err := expect.Compile(c.source, c.want, got)
		if err == nil {
			t.Errorf("%s: compiles", c.source)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.errs) {
			t.Errorf("%s\n\tgot  %q\n\twant %q", c.source, lines, c.errs)
			continue
		}
		for i := range lines {
			if !strings.HasPrefix(lines[i], c.errs[i]) {
				t.Errorf("%s\n\tgot  %s\n\twant %s", c.source, lines[i], c.errs[i])
			}
		}
	}
}
