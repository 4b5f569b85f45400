package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/runner"
)

type hintVerb struct {
	*app
	content contentOptions
	name    string
}

func (a *app) hint() *cobra.Command {
	v := &hintVerb{app: a}
	cmd := a.verb("hint LAB TASK", a.say("Help on with a task, a little more each time", "과제의 힌트를 부를 때마다 하나씩 더 보여 줍니다"),
		exactly("LAB", "TASK"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(true)
	v.contentFlag(cmd, &v.content)
	v.clusterName(cmd.Flags(), &v.name)
	return cmd
}

func (v *hintVerb) run(ctx context.Context, args []string) error {
	content, l, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	scenario, task, err := l.Task(args[1])
	if err != nil {
		return mistake(err.Error())
	}
	var hint *runner.Hint
	err = v.onOpen(ctx, v.name, &v.content, content, l, func(_ *view, s *runner.Stage) (err error) {
		hint, err = s.Hint(ctx, scenario, task)
		return err
	})
	if err != nil {
		return err
	}
	if hint == nil {
		return v.printf("%s\n", v.say("No hint is about how things stand now; podlab check says how they do.",
			"지금 상태에 맞는 힌트가 없습니다. 지금 상태는 podlab check로 확인해 보세요."))
	}
	id := runner.TaskID(scenario.Name, task.Name)
	count := fmt.Sprintf(v.say("hint %d of %d", "힌트 %d/%d"), hint.Number, hint.Of)
	return v.printf("%s, %s\n\n  %s\n", id, count, strings.ReplaceAll(strings.TrimSpace(hint.Say.In(v.lang)), "\n", "\n  "))
}
