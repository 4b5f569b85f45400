// Package version says which podlab this is.
package version

import "runtime/debug"

// Pause is the version of upstream's pause that podlab's stands for: what kubeadm
// asks for by name.
const Pause = "3.10.2"

// revision is set by the Makefile through the linker.
var revision string

// Podlab returns podlab's version: what git describes of the checkout that it
// was built from, else the version of the module or the commit that the go
// command recorded, else "unknown".
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
