package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	var cmd *cobra.Command
	cmd = a.command("completion bash|zsh|fish", a.text("Print the completion script of a shell", "셸 자동 완성 스크립트를 출력합니다"),
		cobra.MatchAll(arguments("bash|zsh|fish"), cobra.OnlyValidArgs),
		func(_ context.Context, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			default:
				return root.GenFishCompletion(a.Out, true)
			}
		})
	cmd.ValidArgs, cmd.ValidArgsFunction = shells, nil
	cmd.Example = "  source <(podlab completion bash)"
	return cmd
}
