package cli

import (
	"io"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestHelpInBothLanguages requires an English and a Korean help text for every
// command and flag.
func TestHelpInBothLanguages(t *testing.T) {
	tree := func(lang string) map[string]string {
		streams := Streams{Out: io.Discard, ErrOut: io.Discard, Getenv: func(string) string { return "" }}
		help := map[string]string{}
		var walk func(cmd *cobra.Command)
		walk = func(cmd *cobra.Command) {
			help[cmd.CommandPath()] = cmd.Short
			cmd.Flags().VisitAll(func(f *pflag.Flag) { help[cmd.CommandPath()+" --"+f.Name] = f.Usage })
			cmd.PersistentFlags().VisitAll(func(f *pflag.Flag) { help["--"+f.Name] = f.Usage })
			for _, sub := range cmd.Commands() {
				walk(sub)
			}
		}
		walk(newApp(streams, []string{"--lang", lang}).root())
		return help
	}
	english, korean := tree("en"), tree("ko")
	if len(english) < 20 {
		t.Fatalf("found only %d texts", len(english))
	}
	for what, help := range english {
		if help == "" || hangul(help) {
			t.Errorf("%s in English: %q", what, help)
		}
		if !hangul(korean[what]) {
			t.Errorf("%s in Korean: %q", what, korean[what])
		}
	}
}

func hangul(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Hangul, r) {
			return true
		}
	}
	return false
}
