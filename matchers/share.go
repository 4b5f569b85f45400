package matchers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"podlab/internal/world"
)

// ShareWithPause succeeds when every container of the actual *world.Pod has
// the same namespaces of these kinds (net, uts, ipc, pid, mnt, cgroup, time,
// user) as the pod's pause, by inode.
func ShareWithPause(kinds ...string) types.GomegaMatcher {
	return &share{kinds: kinds}
}

type share struct {
	kinds []string
	found []string
}

func (m *share) Match(actual any) (bool, error) {
	pod, ok := actual.(*world.Pod)
	if !ok {
		return false, fmt.Errorf("ShareWithPause speaks about a *world.Pod, not about a %T", actual)
	}
	if pod.Sandbox == nil || pod.Sandbox.Process == nil || pod.Sandbox.Process.Namespaces == nil {
		return false, fmt.Errorf("the pause of pod %s is not known", pod.Name)
	}
	if len(pod.Containers) == 0 || len(m.kinds) == 0 {
		return false, errors.New("there is nothing to compare")
	}
	m.found = nil
	for name, c := range pod.Containers {
		if c.Main == nil || c.Main.Namespaces == nil {
			return false, fmt.Errorf("the process of container %s is not known", name)
		}
		for _, kind := range m.kinds {
			pause, known := pod.Sandbox.Process.Namespaces.Inode(kind)
			main, _ := c.Main.Namespaces.Inode(kind)
			if !known {
				return false, fmt.Errorf("there is no kind of namespace %q", kind)
			}
			if pause != main {
				m.found = append(m.found, fmt.Sprintf("%s of %s is %d, of its pause %d", kind, name, main, pause))
			}
		}
	}
	return len(m.found) == 0, nil
}

func (m *share) FailureMessage(actual any) string {
	return fmt.Sprintf("Expected the containers of pod %s to share %s with its pause, but\n    %s",
		name(actual), strings.Join(m.kinds, ", "), strings.Join(m.found, "\n    "))
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
