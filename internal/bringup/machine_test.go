package bringup

import (
	"context"
	"errors"
	"strings"
	"testing"

	"podlab/internal/lab"
	"podlab/internal/node"
)

type told struct {
	err   error
	asked int
}

func (r *told) Run(context.Context, node.Command) error {
	r.asked++
	return r.err
}

// Only an error of the command means that vxlan is missing. The machine runs the
// command once.
func TestMachineLacksVXLAN(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"made":      {nil, ""},
		"refused":   {&node.ExitError{Code: 2, Stderr: "Error: Unknown device type.\n"}, "Unknown device type"},
		"no answer": {errors.New("the engine is gone"), ""},
	} {
		r := &told{err: test.err}
		m := &Machine{Node: r}
		for range 2 {
			if has := m.Lacks(lab.NeedVXLAN); (has == "") != (test.want == "") || !strings.Contains(has, test.want) {
				t.Errorf("%s: lacks %q, want %q", name, has, test.want)
			}
		}
		if r.asked != 1 {
			t.Errorf("%s: ran %d commands, want 1", name, r.asked)
		}
	}
}
