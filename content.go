// Package podlab holds the labs that are compiled into podlab.
package podlab

import "embed"

// Content is the tree of labs, scenarios and manifests.
//
//go:embed labs scenarios manifests
var Content embed.FS
