// Command podlab brings up a kind cluster, shows what pods are made of, and
// grades what learners do there.
package main

import (
	"os"

	"podlab/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
