package world

// A Scope says what a picture is about.
type Scope struct {
	// KubeNamespace is the scenario's kube namespace.
	KubeNamespace string
	// LeaveOut reports the kube namespaces whose pods do not belong in the picture;
	// nil leaves out none.
	LeaveOut func(kubeNamespace string) bool
	// Cached accepts pods and events as the watch of the API server last had them.
	// It is for waits, which take another picture after the next change. Without Cached
	// the picture includes every change to pods that the API server had made before.
	Cached bool
}

// An AbsentError says that an object is known not to exist: a fact, not a failure.
type AbsentError struct {
	// Object is its kind and name.
	Object string
}

func (e *AbsentError) Error() string { return "there is no " + e.Object }
