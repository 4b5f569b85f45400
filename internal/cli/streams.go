package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are the input and outputs of a command. Results go to Out, progress and
// errors to ErrOut.
type Streams struct {
	In     io.Reader
	Out    io.Writer
	ErrOut io.Writer
	// Getenv reads the environment.
	Getenv func(string) string
}

// System returns the streams and the environment of this process.
func System() Streams {
	return Streams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr, Getenv: os.Getenv}
}

// Interactive reports whether a command can ask the user.
func (s Streams) Interactive() bool { return isTerminal(s.In) && isTerminal(s.ErrOut) }

// Live reports whether progress may overwrite its own lines.
func (s Streams) Live() bool { return isTerminal(s.ErrOut) && s.Getenv("TERM") != "dumb" }

// Color reports whether results may have colours (https://no-color.org).
func (s Streams) Color() bool {
	return isTerminal(s.Out) && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb"
}

// Width returns the width of Out in columns, 0 if Out is not a terminal.
func (s Streams) Width() int {
	f, ok := s.Out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
