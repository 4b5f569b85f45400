package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/progress"
	"podlab/internal/text"
)

// app is what all commands share.
type app struct {
	Streams
	lang  text.Lang
	quiet bool
	// reporter is set on first use, after the flags were parsed.
	reporter progress.Reporter
}

// newApp returns an app. It looks for --lang before cobra parses the arguments,
// because the help texts depend on the language.
func newApp(s Streams, args []string) *app {
	a := &app{Streams: s, lang: text.FromEnvironment(s.Getenv)}
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok && text.Lang(value) == text.Korean {
			a.lang = text.Korean
		}
		if ok && text.Lang(value) == text.English {
			a.lang = text.English
		}
	}
	return a
}

// text returns the text for the user's language.
func (a *app) text(en, ko string) string { return text.Text{EN: en, KO: ko}.In(a.lang) }

// printf writes to Out.
func (a *app) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(a.Out, format, args...)
	return err
}

// progress returns the reporter that all parts of this run share.
func (a *app) progress() progress.Reporter {
	switch {
	case a.reporter != nil:
	case a.quiet:
		a.reporter = progress.Discard
	default:
		a.reporter = progress.New(a.ErrOut, a.Live())
	}
	return a.reporter
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "podlab",
		Short:             a.text("Learn what a pod is made of, on a real kind cluster", "실제 kind 클러스터에서 파드의 내부 구조를 배웁니다"),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              a.unknownCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(usage)
	root.SetUsageTemplate(a.usageTemplate())
	root.SetHelpCommand(a.help(root))
	flags := root.PersistentFlags()
	flags.BoolP("help", "h", false, a.text("show help for a command", "명령의 도움말을 보여 줍니다"))
	flags.BoolVarP(&a.quiet, "quiet", "q", false, a.text("do not write progress to stderr", "stderr에 진행 상황을 쓰지 않습니다"))
	a.choice(root, flags, new(string), "lang", string(a.lang), []string{string(text.English), string(text.Korean)},
		a.text("language; LANG sets the default", "언어. 기본값은 LANG을 따릅니다"))
	root.AddCommand(a.run(), a.start(), a.check(), a.answer(), a.hint(), a.verify(), a.inspect(), a.up(), a.down(), a.status(), a.doctor(), a.engine(), a.images(),
		a.list(), a.schema(), a.version(), a.completion())
	return root
}

// command returns a command that calls run. It turns an [argumentError] of run into
// a [usageError].
func (a *app) command(use, short string, args cobra.PositionalArgs, run func(ctx context.Context, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args: func(cmd *cobra.Command, given []string) error {
			if err := args(cmd, given); err != nil {
				return usage(cmd, err)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, given []string) error {
			err := run(cmd.Context(), given)
			if wrong, ok := errors.AsType[argumentError](err); ok {
				return usage(cmd, wrong)
			}
			return err
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// help returns the command that shows the help of another command.
func (a *app) help(root *cobra.Command) *cobra.Command {
	return a.command("help [COMMAND]", a.text("Show help for a command", "명령의 도움말을 보여 줍니다"), cobra.ArbitraryArgs,
		func(_ context.Context, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return a.unknownCommand(cmd, rest)
			}
			return cmd.Help()
		})
}

// group returns a command that only has subcommands.
func (a *app) group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  a.unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage(cmd, fmt.Errorf("missing command: %s %s", cmd.CommandPath(), strings.Join(names(cmd), "|")))
		},
	}
	cmd.AddCommand(commands...)
	return cmd
}

// unknownCommand refuses arguments of a command that has only subcommands. The error
// suggests similar commands.
func (a *app) unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q", cmd.CommandPath()+" "+args[0])
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w: did you mean %s?", err, strings.Join(near, ", "))
	}
	return usage(cmd, err)
}

// arguments requires one argument for each name. Names in brackets at the end are
// optional.
func arguments(wanted ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > len(wanted) {
			return fmt.Errorf("unexpected argument %q", args[len(wanted)])
		}
		if len(args) < len(wanted) && !strings.HasPrefix(wanted[len(args)], "[") {
			return fmt.Errorf("missing argument %s", wanted[len(args)])
		}
		return nil
	}
}

func names(cmd *cobra.Command) []string {
	var out []string
	for _, c := range cmd.Commands() {
		out = append(out, c.Name())
	}
	return out
}

// An argumentError is what a command returns for a wrong argument or flag.
type argumentError string

func (e argumentError) Error() string { return string(e) }

// usage adds to err which command's help to read.
func usage(cmd *cobra.Command, err error) error {
	return &usageError{command: cmd.CommandPath(), err: err}
}

// usageTemplate is a shorter version of cobra's template, in the user's language.
func (a *app) usageTemplate() string {
	return a.text("Usage:", "사용법:") + `
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}

` + a.text("Commands:", "명령:") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + a.text("Flags:", "플래그:") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + a.text("Flags of all commands:", "모든 명령의 플래그:") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}
