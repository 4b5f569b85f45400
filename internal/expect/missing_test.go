package expect_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/expect"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// TestMissingNeverDecides checks that removing facts from a picture keeps the
// verdict of any expression, or makes it Unknown. The expressions and the removed
// facts are random, from fixed seeds.
func TestMissingNeverDecides(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(1500) {
		counts[missingNeverDecides(t, seed)]++
	}
	t.Logf("%v", counts)
	for _, outcome := range []string{"Pass kept", "Fail kept", "Pass lost", "Fail lost"} {
		if counts[outcome] < 50 {
			t.Errorf("%d cases of %q: want at least 50", counts[outcome], outcome)
		}
	}
}

func FuzzMissingNeverDecides(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { missingNeverDecides(t, seed) })
}

func missingNeverDecides(t *testing.T, seed uint64) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	g := &generator{Rand: r}
	source := g.statement(3)
	p, err := expect.Compile(source, expect.Statement, got)
	if err != nil {
		t.Fatalf("seed %d: %s\n%v", seed, source, err)
	}
	all, some := state(), state()
	forget(reflect.ValueOf(some.World), r)
	if r.IntN(4) == 0 {
		some.Start = nil
	}
	if r.IntN(4) == 0 {
		delete(some.Got, "page")
	}
	complete, incomplete := p.Eval(t.Context(), all), p.Eval(t.Context(), some)
	switch incomplete.Verdict {
	case complete.Verdict:
		return string(complete.Verdict) + " kept"
	case verdict.Unknown:
		return string(complete.Verdict) + " lost"
	}
	t.Errorf("seed %d: %s\n\twith all facts    %s %s\n\twith some missing %s %s",
		seed, source, complete.Verdict, complete.Reason, incomplete.Verdict, incomplete.Reason)
	return "wrong"
}

// forget makes random facts missing.
func forget(v reflect.Value, r *rand.Rand) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			forget(v.Elem(), r)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			if !field.CanSet() {
				continue // a private field of time.Time
			}
			switch field.Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map:
				if r.IntN(14) == 0 {
					field.SetZero()
				}
			}
			forget(field, r)
		}
		// Sandboxes without a Sandbox would mean that the pod is known to have none.
		if pod, ok := reflect.TypeAssert[*world.Pod](v.Addr()); ok && pod.Sandbox == nil {
			pod.Sandboxes = nil
		}
	case reflect.Slice:
		for i := range v.Len() {
			forget(v.Index(i), r)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if r.IntN(14) == 0 {
				v.SetMapIndex(it.Key(), reflect.Zero(v.Type().Elem()))
				continue
			}
			forget(it.Value(), r)
		}
	}
}

// A generator generates expressions that compile.
type generator struct {
	*rand.Rand
	bound []string // variables for processes
}

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g *generator) statement(depth int) string {
	if depth == 0 {
		return g.fact()
	}
	a := func() string { return g.statement(depth - 1) }
	switch g.IntN(16) {
	case 0, 1:
		return "(" + a() + ") && (" + a() + ")"
	case 2, 3:
		return "(" + a() + ") || (" + a() + ")"
	case 4, 5:
		return "!(" + a() + ")"
	case 6:
		return "(" + a() + ") ? (" + a() + ") : (" + a() + ")"
	case 7:
		return "(" + a() + ") == (" + a() + ")"
	case 8:
		return g.number(depth) + g.pick(" == ", " != ", " < ", " >= ") + g.number(depth)
	case 9:
		return "cel.bind(b" + fmt.Sprint(depth) + ", " + a() + ", b" + fmt.Sprint(depth) + g.pick(" && ", " || ") + "(" + a() + "))"
	case 10:
		return "(" + a() + ") in [" + a() + ", " + a() + "]"
	case 11:
		return "sets." + g.pick("contains", "intersects", "equivalent") + "([" + a() + "], [" + a() + ", " + a() + "])"
	case 12, 13:
		return g.over(g.pick("all", "exists", "exists_one"), depth)
	case 14:
		return "pods." + g.pick("all", "exists") + "(n, p, " + g.pick("p.ready", "p.sandbox.ready", "n == p.name", "p.sharesPID || p.running") + ")"
	default:
		return g.number(depth) + " in " + g.numbers(depth)
	}
}

// over returns a macro over processes, with a new variable.
func (g *generator) over(macro string, depth int) string {
	name := fmt.Sprintf("x%d", len(g.bound))
	list := g.pick("pod.processes", "pod.containers.nginx.processes", "pod.containers.nginx.visible", "start.pod.processes",
		`pods["nginx"].processes`, "pod.containers.nginx.zombies")
	g.bound = append(g.bound, name)
	body := g.statement(depth - 1)
	g.bound = g.bound[:len(g.bound)-1]
	return list + "." + macro + "(" + name + ", " + body + ")"
}

func (g *generator) number(depth int) string {
	if depth > 0 && g.IntN(3) == 0 {
		switch g.IntN(5) {
		case 0:
			return g.numbers(depth-1) + ".size()"
		case 1:
			return g.over("filter", depth) + ".size()"
		case 2:
			return g.numbers(depth-1) + "[" + g.pick("0", "1", "2") + "]"
		case 3:
			return "((" + g.statement(depth-1) + ") ? " + g.number(0) + " : " + g.number(0) + ")"
		default:
			return "(" + g.number(depth-1) + g.pick(" + ", " - ", " / ", " % ") + g.number(depth-1) + ")"
		}
	}
	return g.pick("1", "100", "pod.sandbox.pid", "pod.sandbox.attempt", "start.pod.sandbox.attempt", "pod.containers.shell.pid",
		"node.cgroupVersion", "node.init.pid", "pod.events[0].count", "pod.containers.nginx.restarts", "got.page.exit",
		`nodes["w"].namespaces.net`, "pod.sandbox.process.namespaces.net", g.process("pid"), g.process("namespaces.pid"))
}

func (g *generator) numbers(depth int) string {
	switch g.IntN(5) {
	case 0:
		return "pod.processes.map(p, " + g.pick("p.pid", "p.namespaces.net", "p.pids[0]") + ")"
	case 1:
		return "pod.containers.transformList(n, c, " + g.pick("c.pid", "c.main.pid", "c.restarts", "c.pid1.namespaces.mnt") + ")"
	case 2:
		return "pod.processes.sortBy(p, " + g.pick("p.pid", "p.namespaces.pid") + ").map(p, p.pid)"
	case 3:
		return "pod.processes.map(p, " + g.pick("p.ppid", "p.namespaces.net") + ").distinct()"
	default:
		return "[" + g.number(max(depth-1, 0)) + ", " + g.number(0) + "]"
	}
}

// process returns a fact of a process, or of a variable in scope.
func (g *generator) process(fact string) string {
	from := append([]string{"pod.containers.nginx.main", "pod.containers.shell.pid1", "pod.sandbox.process"}, g.bound...)
	return g.pick(from...) + "." + fact
}

func (g *generator) fact() string {
	return g.pick("true", "false", "pod.ready", "pod.running", "pod.deleting", "pod.sharesPID", "start.pod.ready", "pod.sandbox.ready",
		"has(pod.sandbox)", "has(pod.containers.x)", "has(pod.containers.nginx.main)", "has(pod.ready)", `"shell" in pod.containers`,
		`pods["pending"].ready`, `pods["nobody"].ready`, `pod.containers["x"].ready`, "pod.containers.shell.ready",
		"pod.events[5].count == 1", `pod.uid == start.pod.uid`, `pod.ip == pod.sandbox.ip`, `got.page.stdout == "hello\n"`,
		"pod.sandbox.process.namespaces == node.namespaces", "pod.sandboxes[0].process.pid == 0",
		g.process("namespaces")+" == "+g.process("namespaces"), g.process("name")+` == "nginx"`, g.process("pid")+" > 100",
		`pod.phase.startsWith("Run")`, "pod.timeline.all(m, m.sincePauseDiedMs >= 0)",
		"pod.timeline.filter(m, has(m.sincePauseDiedMs)).all(m, m.sincePauseDiedMs < 2000)")
}

// FuzzCompile checks that no expression makes podlab panic or passes without any
// facts.
func FuzzCompile(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 40 {
		f.Add((&generator{Rand: r}).statement(2))
	}
	for _, source := range []string{`pod == null`, `dyn([1][0]) == pod`, `{"a": pod}.a.ready`, `[pod][0].ready`, `"\x00" + b'\xff'`, `((((((((`, `pod.?ready`} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, want := range []expect.Want{expect.Statement, expect.PID, expect.Answer, expect.Evidence} {
			p, err := expect.Compile(source, want, got)
			if err != nil {
				continue
			}
			seen := p.Eval(t.Context(), state())
			blind := p.Eval(t.Context(), expect.State{Pod: "nginx"})
			if blind.Verdict != verdict.Unknown && seen.Verdict != blind.Verdict {
				t.Errorf("%s: %s without any facts, %s with all facts", source, blind.Verdict, seen.Verdict)
			}
			if strings.Contains(seen.Reason.Detail, "internal error") {
				t.Errorf("%s: %s", source, seen.Reason)
			}
		}
	})
}

// TestJSONKeepsKnownFacts checks that a picture written as JSON and read back
// still tells missing facts from known empty ones.
func TestJSONKeepsKnownFacts(t *testing.T) {
	want := everything()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &world.World{}
	if err := json.Unmarshal(data, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
