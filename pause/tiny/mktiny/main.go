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
	out := flag.String("o", "tiny", "file to write")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "mktiny: unexpected argument %q\n", flag.Arg(0))
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
	// WriteFile applies the umask, and keeps the mode of an existing file.
	if err := os.WriteFile(path, elf, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}
