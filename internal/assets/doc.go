// Package assets embeds the files that podlab carries: the observer for
// nodes, the OCI runtime for podlab's own engine, the pause programs, and the
// sources of images.
//
// The program in pack, which "make build" runs, creates the files. A bare "go
// build" embeds none of them.
package assets
