package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/runner"
)

type hintCommand struct {
	*app
	content contentOptions
	name    string
}

func (a *app) hint() *cobra.Command {
	v := &hintCommand{app: a}
	cmd := a.command("hint LAB TASK", a.text("Show the next hint for a task", "과제의 다음 힌트를 보여 줍니다"),
		arguments("LAB", "TASK"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(true)
	v.contentFlag(cmd, &v.content)
	v.clusterName(cmd.Flags(), &v.name)
	return cmd
}

func (v *hintCommand) run(ctx context.Context, args []string) error {
	s, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	scenario, task, err := s.lab.Task(args[1])
	if err != nil {
		return argumentError(err.Error())
	}
	var hint *runner.Hint
	err = v.onRunning(ctx, v.name, s, func(_ *bringup.Cluster, r *runner.Runner) (err error) {
		hint, err = r.Hint(ctx, scenario, task)
		return err
	})
	if err != nil {
		return err
	}
	if hint == nil {
		return v.printf("%s\n", v.text("No hint applies to the current state. podlab check shows that state.",
			"지금 상태에 맞는 힌트가 없습니다. 지금 상태는 podlab check로 확인해 보세요."))
	}
	id := runner.TaskID(scenario.Name, task.Name)
	count := fmt.Sprintf(v.text("hint %d of %d", "힌트 %d/%d"), hint.Number, hint.Of)
	return v.printf("%s, %s\n\n  %s\n", id, count, strings.ReplaceAll(strings.TrimSpace(hint.Say.In(v.lang)), "\n", "\n  "))
}
