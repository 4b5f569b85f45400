package matchers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"podlab/internal/world"
)

// ShareWithPause succeeds if every container of the actual *world.Pod shares its
// namespaces of these kinds (net, uts, ipc, pid, mnt, cgroup, time, user) with
// the pod's pause.
func ShareWithPause(kinds ...string) types.GomegaMatcher {
	return &share{kinds: kinds}
}

type share struct {
	kinds       []string
	differences []string
}

func (m *share) Match(actual any) (bool, error) {
	pod, ok := actual.(*world.Pod)
	if !ok {
		return false, fmt.Errorf("ShareWithPause needs a *world.Pod, not a %T", actual)
	}
	if pod.Sandbox == nil || pod.Sandbox.Process == nil || pod.Sandbox.Process.Namespaces == nil {
		return false, fmt.Errorf("the pause of pod %s is unknown", pod.Name)
	}
	if len(pod.Containers) == 0 || len(m.kinds) == 0 {
		return false, errors.New("nothing to compare")
	}
	m.differences = nil
	for name, c := range pod.Containers {
		if c.Main == nil || c.Main.Namespaces == nil {
			return false, fmt.Errorf("the process of container %s is unknown", name)
		}
		for _, kind := range m.kinds {
			pause, known := pod.Sandbox.Process.Namespaces.Inode(kind)
			main, _ := c.Main.Namespaces.Inode(kind)
			if !known {
				return false, fmt.Errorf("unknown kind of namespace %q", kind)
			}
			if pause != main {
				m.differences = append(m.differences, fmt.Sprintf("the %s namespace of %s is %d, that of the pause is %d", kind, name, main, pause))
			}
		}
	}
	return len(m.differences) == 0, nil
}

func (m *share) FailureMessage(actual any) string {
	return fmt.Sprintf("Expected the containers of pod %s to share %s with its pause, but\n    %s",
		name(actual), strings.Join(m.kinds, ", "), strings.Join(m.differences, "\n    "))
}

func (m *share) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("Expected the containers of pod %s not to share all of %s with its pause", name(actual), strings.Join(m.kinds, ", "))
}

func name(actual any) string {
	if pod, ok := actual.(*world.Pod); ok {
		return pod.Name
	}
	return fmt.Sprintf("%T", actual)
}
