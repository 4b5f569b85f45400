// Package world has the types of a picture of the cluster: what the API server,
// the container runtime and the kernel say, joined.
//
// These types are the vocabulary of the expressions in labs: a field's JSON name
// is its name in CEL. A nil pointer, slice or map is a missing fact, and
// whatever depends on it is Unknown. An empty slice or map is a known fact: there
// are none. [Pod.None] and the other None methods name the nil facts that are
// known not to exist.
package world
