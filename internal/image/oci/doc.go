// Package oci makes container images out of files, reproducibly: tar entries
// become layers, layers become images, images become archives.
package oci
