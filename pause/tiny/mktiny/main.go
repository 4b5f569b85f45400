// Command mktiny writes the smallest pause that still reaps.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"

	"podlab/pause/tiny"
)

func main() {
	arch := flag.String("arch", runtime.GOARCH, "amd64 or arm64")
	out := flag.String("o", "tiny", "the file to write")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "mktiny: takes no arguments, got %q\n", flag.Args())
		os.Exit(2)
	}
	if err := write(*out, *arch); err != nil {
		fmt.Fprintln(os.Stderr, "mktiny:", err)
		os.Exit(1)
	}
}

func write(path, arch string) error {
	elf, err := tiny.ELF(arch)
	if err != nil {
		return err
	}
	// Umask and an older file's mode must not decide whether it can be run.
	if err := os.WriteFile(path, elf, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}
