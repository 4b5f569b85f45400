// Package version has the versions of podlab and of its pause.
package version

import "runtime/debug"

// Pause is the version of upstream's pause image that podlab's pause replaces.
// kubeadm asks for the image with this tag.
const Pause = "3.10.2"

// revision comes from the Makefile through the linker.
var revision string

// Podlab returns podlab's version: the output of git describe if make built
// podlab, else the module version or the commit that the go command recorded,
// else "unknown".
func Podlab() string {
	if revision != "" {
		return revision
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return recorded(info)
}

func recorded(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown"
}
