package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choice adds a flag that accepts only the given values.
func (a *app) choice(cmd *cobra.Command, flags *pflag.FlagSet, value *string, name, def string, values []string, help string) {
	*value = def
	flags.Var(&choiceValue{value: value, values: values}, name, help)
	// The only possible error is that the flag does not exist.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// choiceValue is the value of a flag that accepts only the given values.
type choiceValue struct {
	value  *string
	values []string
}

func (o *choiceValue) String() string { return *o.value }

// Type returns what help shows for the value.
func (o *choiceValue) Type() string { return strings.Join(o.values, "|") }

// Set fails for any other value.
func (o *choiceValue) Set(value string) error {
	if !slices.Contains(o.values, value) {
		return fmt.Errorf("must be one of %s", strings.Join(o.values, ", "))
	}
	*o.value = value
	return nil
}

// output adds --output with the formats of a command. The first one is the default.
func (a *app) output(cmd *cobra.Command, value *string, formats ...string) {
	a.choice(cmd, cmd.Flags(), value, "output", formats[0], formats, a.text("output format", "출력 형식"))
}
