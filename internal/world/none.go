package world

// A None method reports whether a nil fact, given by its JSON name, is known not
// to exist. A statement about such a fact is false; a statement about a missing
// fact is Unknown.

// None reports the sandbox of a pod for which the runtime has no sandbox.
func (p *Pod) None(fact string) bool { return fact == "sandbox" && p.Sandboxes != nil }

// None reports the process of a sandbox whose process has exited.
func (s *Sandbox) None(fact string) bool { return fact == "process" && s.PID == 0 }

// None reports the main process of a container that no longer runs, and what
// only that process could see.
func (c *Container) None(fact string) bool {
	switch fact {
	case "main", "pid1", "visible", "listeners":
		return c.PID == 0
	}
	return false
}

// None reports the namespaces of a zombie, which has left them all.
func (p *Process) None(fact string) bool { return fact == "namespaces" && p.State == "Z" }

// None reports the time since the pause died, for moments before that.
func (m *Moment) None(fact string) bool { return fact == "sincePauseDiedMs" }
