// Package assets carries what podlab brings along inside itself: the observer
// for nodes, the OCI runtime for its own engine, and the sources of images.
//
// They are made by the program in pack, which "make build" runs; a bare "go
// build" gives a podlab without them.
package assets
