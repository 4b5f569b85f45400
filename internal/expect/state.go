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

// A State is what expressions are evaluated over. Evaluation does not change it.
type State struct {
	// World is the current picture, Start the picture at the end of the setup; nil
	// if there is none.
	World, Start *world.World
	// Pod is the name of the pod of the variable pod, "" for none.
	Pod string
	// Node is the full name of the node of the variable node, "" for the pod's node.
	Node string
	// Got has the results of the observations by name: a pointer to the struct that
	// the observation's [Type] was made from, or a [Document]. Other observations are
	// missing.
	Got map[string]any
	// NotThere names, for observations that are not in Got, the thing that they
	// need and that does not exist (pod myweb2). That is a fact: nothing is missing.
	NotThere map[string]string
	// Missing says why facts are missing that no picture covers: world, start,
	// got.NAME.
	Missing []world.Missing
}

func (s State) variables() map[string]any {
	vars := map[string]any{"start": s.view(s.Start, "start", "start.")}
	for name, value := range s.view(s.World, "world", "").fields {
		vars[name] = value
	}
	got := &record{typ: gotType, fields: map[string]ref.Val{}}
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
	got.fallback = func(name string) ref.Val { return missing("got." + name) }
	vars["got"] = got
	return vars
}

// view returns the variables for a picture. name stands for the whole picture,
// and the paths of its facts begin with prefix.
func (s State) view(w *world.World, name, prefix string) *record {
	if w == nil {
		unknown := missing(name)
		return &record{typ: startType, fields: map[string]ref.Val{"pod": unknown, "pods": unknown, "node": unknown, "nodes": unknown}}
	}
	return &record{typ: startType, fields: map[string]ref.Val{
		"pod":   find(w.Pods, s.Pod, prefix+"pods", "pod"),
		"pods":  toCEL(reflect.ValueOf(w.Pods), prefix+"pods"),
		"node":  s.node(w, prefix),
		"nodes": toCEL(reflect.ValueOf(w.Nodes), prefix+"nodes"),
	}}
}

func (s State) node(w *world.World, prefix string) ref.Val {
	name := s.Node
	if name == "" {
		pod := find(w.Pods, s.Pod, prefix+"pods", "pod")
		if types.IsUnknownOrError(pod) {
			return pod
		}
		name = w.Pods[s.Pod].Node
	}
	if name == "" {
		return absent("node of pod " + s.Pod)
	}
	return find(w.Nodes, name, prefix+"nodes", "node")
}

// find returns an element of a map. The element is missing if the map is, and
// absent if the map is known and lacks it.
func find[T any](in map[string]*T, name, path, kind string) ref.Val {
	if in == nil {
		return missing(path)
	}
	v, ok := in[name]
	if !ok {
		return absent(strings.TrimSpace(kind + " " + name))
	}
	return toCEL(reflect.ValueOf(v), path+"."+name)
}

// maxNamed is the number of missing facts that a reason names.
const maxNamed = 3

// reason names the missing facts behind an unknown, and says why one of them is
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
		if r.Detail = s.whyMissing(name); r.Detail != "" {
			break
		}
	}
	return r
}

// whyMissing returns the recorded reason for a fact or, if there is none, for the
// smallest part of the picture that contains the fact.
func (s State) whyMissing(fact string) string {
	recorded := s.Missing
	if inStart, ok := strings.CutPrefix(fact, "start."); ok && s.Start != nil {
		fact, recorded = inStart, s.Start.Missing
	} else if s.World != nil {
		recorded = append(slices.Clone(recorded), s.World.Missing...)
	}
	best := world.Missing{}
	for _, m := range recorded {
		if len(m.Fact) > len(best.Fact) && contains(m.Fact, fact) {
			best = m
		}
	}
	return best.Reason
}

// contains reports whether a path is part of another path.
func contains(whole, part string) bool {
	rest, ok := strings.CutPrefix(part, whole)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
