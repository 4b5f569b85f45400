package image

import "strings"

// A pin is an image in a registry.
type pin struct {
	// ref is what it is called, in full, with its tag.
	ref string
	// digest is that of the index of all architectures.
	digest string
}

// byDigest is the reference that always means the same.
func (p pin) byDigest() string { return p.repository() + "@" + p.digest }

func (p pin) repository() string {
	repository, _, _ := cutLast(p.ref, ":")
	return repository
}

// short is the reference as people and engines write it.
func (p pin) short() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ref, "docker.io/"), "library/")
}

// nodePin is the default of the kind that podlab uses, which a test compares.
var nodePin = pin{
	ref:    "docker.io/kindest/node:v1.37.0",
	digest: "sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
}

// studyPins are the images that the study's manifests name.
var studyPins = []pin{
	{ref: "docker.io/library/nginx:latest", digest: "sha256:fb39280b7b9eba5727c884a3c7810002e69e8f961cc373b89c92f14961d903a0"},
	{ref: "docker.io/library/nginx:alpine", digest: "sha256:4a73073bd557c65b759505da037898b61f1be6cbcc3c2c3aeac22d2a470c1752"},
	{ref: "docker.io/nicolaka/netshoot:latest", digest: "sha256:7f08c4aff13ff61a35d30e30c5c1ea8396eac6ab4ce19fd02d5a4b3b5d0d09a2"},
	{ref: "docker.io/library/busybox:latest", digest: "sha256:d82f458899c9696cb26a7c02d5568f81c8c8223f8661bb2a7988b269c8b9051e"},
}

// catalog is what is pulled for a cluster.
type catalog struct {
	node  pin
	study []pin
}

func (c catalog) all() []pin { return append([]pin{c.node}, c.study...) }
