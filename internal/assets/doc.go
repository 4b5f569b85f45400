// Package assets embeds the files that podlab brings along: nodeprobe for the
// nodes, the OCI runtime for podlab's own engine, the pause programs, and the
// sources of images.
//
// "make build" runs the program in pack, which makes the assets. A bare "go build"
// gives a podlab without them.
package assets
