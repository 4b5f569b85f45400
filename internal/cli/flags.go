package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choice adds a flag whose value is one of some words.
func (a *app) choice(cmd *cobra.Command, flags *pflag.FlagSet, value *string, name, def string, words []string, help string) {
	*value = def
	flags.Var(&oneOf{value: value, words: words}, name, help)
	// It fails only for a flag that is not there.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// oneOf is a flag's value that is one of some words.
type oneOf struct {
	value *string
	words []string
}

func (o *oneOf) String() string { return *o.value }

// Type is what help shows for the value.
func (o *oneOf) Type() string { return strings.Join(o.words, "|") }

// Set takes a value if it is one of the words.
func (o *oneOf) Set(value string) error {
	if !slices.Contains(o.words, value) {
		return fmt.Errorf("must be one of %s", strings.Join(o.words, ", "))
	}
	*o.value = value
	return nil
}

// output adds --output with the formats that a verb can give, the first of
// them by default.
func (a *app) output(cmd *cobra.Command, value *string, formats ...string) {
	a.choice(cmd, cmd.Flags(), value, "output", formats[0], formats, a.text("format of the result", "결과의 형식"))
}
