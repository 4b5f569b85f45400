//go:build linux

// The program in the image of actors. It plays the role in its arguments, else
// the one in its environment.
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
