package pull

import "strings"

// A Pin is an image in a registry.
type Pin struct {
	// Ref is the full reference, with a tag.
	Ref string
	// Digest is the digest of the index of all architectures.
	Digest string
}

// ByDigest is the reference that always means the same image.
func (p Pin) ByDigest() string { return p.repository() + "@" + p.Digest }

func (p Pin) repository() string { return p.Ref[:strings.LastIndexByte(p.Ref, ':')] }

// Tag is the tag of the reference.
func (p Pin) Tag() string { return p.Ref[strings.LastIndexByte(p.Ref, ':')+1:] }

// Short is the reference as people and engines write it.
func (p Pin) Short() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.Ref, "docker.io/"), "library/")
}

// NodePin is the default node image of the kind version that podlab uses. A
// test compares the two.
var NodePin = Pin{
	Ref:    "docker.io/kindest/node:v1.37.0",
	Digest: "sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
}

// StudyPins are the images that the study's manifests name.
var StudyPins = []Pin{
	{Ref: "docker.io/library/nginx:latest", Digest: "sha256:fb39280b7b9eba5727c884a3c7810002e69e8f961cc373b89c92f14961d903a0"},
	{Ref: "docker.io/library/nginx:alpine", Digest: "sha256:4a73073bd557c65b759505da037898b61f1be6cbcc3c2c3aeac22d2a470c1752"},
	{Ref: "docker.io/nicolaka/netshoot:latest", Digest: "sha256:7f08c4aff13ff61a35d30e30c5c1ea8396eac6ab4ce19fd02d5a4b3b5d0d09a2"},
	{Ref: "docker.io/library/busybox:latest", Digest: "sha256:d82f458899c9696cb26a7c02d5568f81c8c8223f8661bb2a7988b269c8b9051e"},
}
