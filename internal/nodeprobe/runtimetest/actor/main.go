//go:build linux

// The program in the image of actors.
package main

import "podlab/internal/nodeprobe/actor"

func main() { actor.Main() }
