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
		"made":                    {nil, ""},
		"refused":                 {&node.ExitError{Code: 2, Stderr: "Error: Unknown device type.\n"}, "Unknown device type"},
		"no answer":               {errors.New("the engine is gone"), ""},
		"a failed engine command": {&node.ExitError{Code: 1, Stderr: "error during connect"}, ""},
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

// Only a proven lack skips a task.
func TestMachineLacks(t *testing.T) {
	for _, test := range []struct {
		name    string
		machine *Machine
		need    lab.Need
		want    string
	}{
		{"met", &Machine{CgroupVersion: 1}, lab.NeedCgroupV1, ""},
		{"lacking", &Machine{CgroupVersion: 2}, lab.NeedCgroupV1, "its nodes run on cgroup v2"},
		{"unknown cgroup version", &Machine{}, lab.NeedCgroupV1, ""},
		{"registry", &Machine{Images: "registry"}, lab.NeedRegistry, ""},
		{"packages", &Machine{Images: "packages"}, lab.NeedRegistry, "its images come from packages"},
		{"lost record", &Machine{}, lab.NeedRegistry, ""},
		{"other architecture", &Machine{Arch: "arm64"}, lab.NeedAMD64, "its nodes run on arm64"},
	} {
		if got := test.machine.Lacks(test.need); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
