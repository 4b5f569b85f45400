// Package image gets the images that a cluster needs into the engine: the node
// image and the study's images, pulled from registries or built from packages,
// and images of podlab's own programs.
package image
