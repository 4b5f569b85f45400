package expect

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"podlab/internal/verdict"
	"podlab/internal/world"
)

// A State is what expressions are evaluated over. Evaluating changes nothing in
// it.
type State struct {
	// World is the picture of now, and Start that of when the setup ended; nil
	// when there is none.
	World, Start *world.World
	// Pod is the name of the pod that pod stands for, "" for none.
	Pod string
	// Node is the full name of the node that node stands for, "" for the pod's.
	Node string
	// Got is what the observations gave by name, *world.ExecResult,
	// *world.FetchResult, or what a document was decoded to (map[string]any,
	// []any); one that is not there is missing.
	Got map[string]any
	// NotThere says of observations which are not in Got what is known not to be
	// there for them (pod myweb2), by name: that is a fact, and not missing.
	NotThere map[string]string
	// Missing says why facts are missing that no picture speaks of: world, start,
	// got.NAME.
	Missing []world.Missing
}

func (s State) variables() map[string]any {
	now := s.look(s.World, "world", "")
	before := s.look(s.Start, "start", "start.")
	vars := map[string]any{"start": before}
	for name, value := range now.fields {
		vars[name] = value
	}
	got := &fixed{typ: gotTypeOf, fields: map[string]ref.Val{}}
	for name, value := range s.Got {
		switch value.(type) {
		case map[string]any, []any:
			got.fields[name] = documentToCEL(value)
		default:
			got.fields[name] = toCEL(reflect.ValueOf(value), "got."+name)
		}
	}
	for name, what := range s.NotThere {
		got.fields[name] = absent(what)
	}
	got.otherwise = func(name string) ref.Val { return missing("got." + name) }
	vars["got"] = got
	return vars
}

// look gives the four variables of a picture. prefix stands before the paths of
// its facts.
func (s State) look(w *world.World, name, prefix string) *fixed {
	if w == nil {
		unknown := missing(name)
		return &fixed{typ: sceneType, fields: map[string]ref.Val{"pod": unknown, "pods": unknown, "node": unknown, "nodes": unknown}}
	}
	pods, nodes := reflect.ValueOf(w.Pods), reflect.ValueOf(w.Nodes)
	return &fixed{typ: sceneType, fields: map[string]ref.Val{
		"pod":   one(w.Pods, s.Pod, prefix+"pods", "pod"),
		"pods":  toCEL(pods, prefix+"pods"),
		"node":  s.node(w, prefix),
		"nodes": toCEL(nodes, prefix+"nodes"),
	}}
}

func (s State) node(w *world.World, prefix string) ref.Val {
	name := s.Node
	if name == "" {
		pod := one(w.Pods, s.Pod, prefix+"pods", "pod")
		if types.IsUnknownOrError(pod) {
			return pod
		}
		name = w.Pods[s.Pod].Node
	}
	if name == "" {
		return absent(fmt.Sprintf("a node of pod %s", s.Pod))
	}
	return one(w.Nodes, name, prefix+"nodes", "node")
}

// one returns the value of a map's element: missing when the map is, absent when
// a known map lacks it.
func one[T any](in map[string]*T, name, path, kind string) ref.Val {
	if in == nil {
		return missing(path)
	}
	v, ok := in[name]
	if !ok {
		return absent(strings.TrimSpace(kind + " " + name))
	}
	return toCEL(reflect.ValueOf(v), path+"."+name)
}

// maxNamed is how many missing facts a reason names.
const maxNamed = 3

// reason says which facts an unknown depends on, and why the first of them is
// missing.
func (s State) reason(u *types.Unknown) verdict.Reason {
	facts := map[string]bool{}
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			facts[t.Variable()] = true
		}
	}
	r := verdict.Reason{Code: verdict.Missing}
	names := slices.Sorted(maps.Keys(facts))
	r.Subject = strings.Join(names[:min(len(names), maxNamed)], ", ")
	if more := len(names) - maxNamed; more > 0 {
		r.Subject += fmt.Sprintf(" (+%d)", more)
	}
	for _, name := range names {
		if r.Detail = s.why(name); r.Detail != "" {
			break
		}
	}
	return r
}

// why returns what is said about a fact, or about what it is a part of.
func (s State) why(fact string) string {
	said := s.Missing
	if inStart, ok := strings.CutPrefix(fact, "start."); ok && s.Start != nil {
		fact, said = inStart, s.Start.Missing
	} else if s.World != nil {
		said = append(slices.Clone(said), s.World.Missing...)
	}
	best := world.Missing{}
	for _, m := range said {
		if len(m.Fact) > len(best.Fact) && within(fact, m.Fact) {
			best = m
		}
	}
	return best.Reason
}

func within(fact, whole string) bool {
	rest, ok := strings.CutPrefix(fact, whole)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
