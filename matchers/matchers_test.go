package matchers_test

import (
	"testing"

	"github.com/onsi/gomega"

	"podlab/internal/world"
	"podlab/matchers"
)

func pod() *world.Pod {
	process := func(net, pid int64) *world.Process {
		return &world.Process{PID: 7, Namespaces: &world.Namespaces{Net: net, PID: pid}}
	}
	return &world.Pod{
		Name:    "nginx",
		Sandbox: &world.Sandbox{ID: "s", Attempt: 1, PID: 7, Process: process(1, 2)},
		Containers: map[string]*world.Container{
			"nginx": {Name: "nginx", PID: 7, Main: process(1, 3)},
		},
	}
}

func TestMatch(t *testing.T) {
	blind := pod()
	blind.Sandbox = nil
	bare := pod()
	bare.Containers = map[string]*world.Container{}
	for _, test := range []struct {
		name    string
		matcher gomega.OmegaMatcher
		actual  any
		want    bool
		err     bool
	}{
		{"a true statement", matchers.Hold("pod.sandbox.attempt == 1"), pod(), true, false},
		{"a false statement", matchers.Hold("pod.sandbox.attempt == 0"), pod(), false, false},
		{"a statement about a missing fact", matchers.Hold("pod.sandbox.attempt == 1"), blind, false, true},
		{"a statement that does not compile", matchers.Hold("pod.sandbx"), pod(), false, true},
		{"a statement about another type", matchers.Hold("true"), 1, false, true},
		{"shared", matchers.ShareWithPause("net"), pod(), true, false},
		{"not shared", matchers.ShareWithPause("net", "pid"), pod(), false, false},
		{"sharing with an unknown pause", matchers.ShareWithPause("net"), blind, false, true},
		{"no containers", matchers.ShareWithPause("net"), bare, false, true},
		{"an unknown kind", matchers.ShareWithPause("network"), pod(), false, true},
		{"no kinds", matchers.ShareWithPause(), pod(), false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.matcher.Match(test.actual)
			if got != test.want || (err != nil) != test.err {
				t.Errorf("match = %v, %v; want %v, error: %v", got, err, test.want, test.err)
			}
			if err == nil && (test.matcher.FailureMessage(test.actual) == "" || test.matcher.NegatedFailureMessage(test.actual) == "") {
				t.Error("a failure message is empty")
			}
		})
	}
}
