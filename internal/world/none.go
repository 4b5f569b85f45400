package world

// None says of a nil fact that it is known not to exist, in place of not having
// been observed: a statement about it is then false and not Unknown. Its
// argument is the fact's JSON name.

// None reports the sandbox of a pod that the runtime has none of.
func (p *Pod) None(fact string) bool { return fact == "sandbox" && p.Sandboxes != nil }

// None reports a process of a sandbox that has none any more.
func (s *Sandbox) None(fact string) bool { return fact == "process" && s.PID == 0 }

// None reports the main process of a container that has none any more, and
// what is seen from inside it: nobody is there to see it.
func (c *Container) None(fact string) bool {
	switch fact {
	case "main", "pid1", "visible", "listeners":
		return c.PID == 0
	}
	return false
}

// None reports the namespaces of a zombie, which has left them all.
func (p *Process) None(fact string) bool { return fact == "namespaces" && p.State == "Z" }

// None reports the time since the pause's death before there was one.
func (m *Moment) None(fact string) bool { return fact == "sincePauseDiedMs" }
