package cluster

import "fmt"

// A NotFoundError says that the cluster does not exist.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no cluster %s: create it with podlab up", e.Name)
}

// A ForeignError says that podlab did not create the cluster for this user, and
// must not change it.
type ForeignError struct {
	Name string
	// Owner is the user whom podlab created the cluster for, or "" if podlab did
	// not create it.
	Owner string
}

func (e *ForeignError) Error() string {
	if e.Owner != "" {
		return fmt.Sprintf("cluster %s was made by podlab for another user (%s): choose another name with --name", e.Name, e.Owner)
	}
	return fmt.Sprintf("cluster %s was not made by podlab: choose another name with --name, or remove that cluster with kind delete cluster --name %[1]s", e.Name)
}

// An UnusableError says that podlab's cluster can't be used in its state.
type UnusableError struct {
	Name string
	// Reason says what is wrong.
	Reason string
	// Err is the error that showed it, if there was one.
	Err error
}

func (e *UnusableError) Error() string {
	return fmt.Sprintf("cluster %s can't be used: %s: replace it with podlab up --recreate, or remove it with podlab down", e.Name, e.Reason)
}

func (e *UnusableError) Unwrap() error { return e.Err }

// A PortError says that a port of the host that the cluster needs is in use.
type PortError struct {
	// Port is the address and port (127.0.0.1:30000/tcp).
	Port string
	// Holder is the container or process that uses the port, or "" if unknown.
	Holder string
}

func (e *PortError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("port %s is in use: stop the process that listens on it, and try again", e.Port)
	}
	return fmt.Sprintf("port %s is in use by %s: stop it, and try again", e.Port, e.Holder)
}
