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

// app is what all verbs share.
type app struct {
	Streams
	lang  text.Lang
	quiet bool
	// reporter is made when it is first needed: by then the flags are known.
	reporter progress.Reporter
}

// newApp takes the language from the arguments before anything else, since
// help is written in it too.
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

// text returns a text in the language of this run.
func (a *app) text(en, ko string) string { return text.Text{EN: en, KO: ko}.In(a.lang) }

// printf writes a result.
func (a *app) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(a.Out, format, args...)
	return err
}

// progress returns the one reporter of this run.
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
		Short:             a.text("Labs about what a pod is made of, on a real kind cluster", "진짜 kind 클러스터에서 파드의 속을 배우는 실습"),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              a.onlyVerbs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(usage)
	root.SetUsageTemplate(a.usageTemplate())
	root.SetHelpCommand(a.help(root))
	flags := root.PersistentFlags()
	flags.BoolP("help", "h", false, a.text("say how a command is used", "사용법을 보여 줍니다"))
	flags.BoolVarP(&a.quiet, "quiet", "q", false, a.text("no progress on stderr", "stderr에 진행 상황을 쓰지 않습니다"))
	a.choice(root, flags, new(string), "lang", string(a.lang), []string{string(text.English), string(text.Korean)},
		a.text("language (default from LANG)", "언어 (기본값은 LANG)"))
	root.AddCommand(a.run(), a.start(), a.check(), a.answer(), a.hint(), a.verify(), a.inspect(), a.up(), a.down(), a.status(), a.doctor(), a.engine(), a.images(),
		a.list(), a.schema(), a.version(), a.completion())
	return root
}

// command returns a command that calls run. A [mistake] that run returns is a usage error.
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
			if wrong, ok := errors.AsType[mistake](err); ok {
				return usage(cmd, wrong)
			}
			return err
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// help returns the command that shows another one's help.
func (a *app) help(root *cobra.Command) *cobra.Command {
	return a.command("help [COMMAND]", a.text("Say how a command is used", "명령의 사용법을 보여 줍니다"), cobra.ArbitraryArgs,
		func(_ context.Context, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return a.onlyVerbs(cmd, rest)
			}
			return cmd.Help()
		})
}

// group returns a command that only has other ones.
func (a *app) group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  a.onlyVerbs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage(cmd, fmt.Errorf("%s: which of %s?", cmd.CommandPath(), strings.Join(names(cmd), ", ")))
		},
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// onlyVerbs refuses an argument that is no command, and says which was meant.
func (a *app) onlyVerbs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q", cmd.CommandPath()+" "+args[0])
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w: did you mean %s?", err, strings.Join(near, ", "))
	}
	return usage(cmd, err)
}

// exactly wants one argument for each of those names, optionally fewer from the
// end when they are in brackets.
func exactly(wanted ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > len(wanted) {
			return fmt.Errorf("%q is too much", args[len(wanted)])
		}
		if len(args) < len(wanted) && !strings.HasPrefix(wanted[len(args)], "[") {
			return fmt.Errorf("%s is missing", wanted[len(args)])
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

// A mistake is what a verb returns about the arguments that it was given.
type mistake string

func (m mistake) Error() string { return string(m) }

// usage says that a command was typed wrongly.
func usage(cmd *cobra.Command, err error) error {
	return &usageError{command: cmd.CommandPath(), err: err}
}

// usageTemplate is cobra's with less in it, in the language of this run.
func (a *app) usageTemplate() string {
	return a.text("Usage:", "사용법:") + `
  {{if .Runnable}}{{.UseLine}}{{else}}{{.CommandPath}} COMMAND{{end}}{{if .HasAvailableSubCommands}}

` + a.text("Commands:", "명령:") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + a.text("Flags:", "플래그:") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + a.text("Flags of every command:", "모든 명령의 플래그:") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}
