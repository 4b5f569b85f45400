package cluster

import (
	"fmt"
	"slices"
	"strings"
)

// A NotFoundError says that there is no cluster of that name.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no cluster %s: podlab up makes it", e.Name)
}

// A ForeignError says that the cluster of that name is not one that podlab may
// touch.
type ForeignError struct {
	Name string
	// Owner is for whom podlab made it, "" when podlab did not make it.
	Owner string
}

func (e *ForeignError) Error() string {
	if e.Owner != "" {
		return fmt.Sprintf("cluster %s was made by podlab for another user (%s): use another name with --name", e.Name, e.Owner)
	}
	return fmt.Sprintf("cluster %s was not made by podlab, which leaves it alone: use another name with --name, or remove it with kind delete cluster --name %s", e.Name, e.Name)
}

// An IllError says that podlab's cluster of that name can't be used as it is.
type IllError struct {
	Name string
	// Reason is what is wrong.
	Reason string
	// Err is what showed it, if that was an error.
	Err error
}

func (e *IllError) Error() string {
	return fmt.Sprintf("cluster %s can't be used: %s: make it anew with --recreate, or remove it with podlab down", e.Name, e.Reason)
}

func (e *IllError) Unwrap() error { return e.Err }

// ownership returns a *[ForeignError] unless every container of the cluster
// bears podlab's mark for this user. A cluster of which only some do is foreign
// as well: not all of it may be removed.
func ownership(name string, found []container, owner string) error {
	for _, c := range found {
		m, ok := c.mark()
		if !ok {
			return &ForeignError{Name: name}
		}
		if m.owner != owner {
			return &ForeignError{Name: name, Owner: m.owner}
		}
	}
	return nil
}

// unlike returns how a cluster of ours differs from the one that is wanted, ""
// when it is that one.
func (p *plan) unlike(found []container) string {
	if there, want := names(found), p.nodes; !sameSet(there, want) {
		return fmt.Sprintf("it is half made: its nodes are %s, and should be %s", strings.Join(there, ", "), strings.Join(want, ", "))
	}
	for _, c := range found {
		if m, _ := c.mark(); m.config != p.mark.config {
			return "it was made by another configuration"
		}
		if c.Image != p.imageID {
			return fmt.Sprintf("node %s is of another image than %s", c.Name, p.image)
		}
	}
	return ""
}

// stopped returns the containers that a start would bring back; one in a state
// that it would not is an error.
func stopped(found []container) ([]container, error) {
	var down []container
	for _, c := range found {
		switch c.State.Status {
		case "running":
		case "exited", "created", "stopped":
			down = append(down, c)
		default:
			return nil, fmt.Errorf("node %s is %s", c.Name, c.State.Status)
		}
	}
	return down, nil
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
