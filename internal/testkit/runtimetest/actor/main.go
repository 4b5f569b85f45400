//go:build linux

// Actor is the program in the actor image. It plays the role in its arguments,
// or else the role in its environment.
package main

import (
	"os"

	"podlab/internal/testkit/actor"
)

func main() {
	if len(os.Args) > 1 {
		actor.Play(os.Args[1:])
	}
	actor.Main()
}
