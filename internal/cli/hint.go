package cli

import (
	"context"
	"errors"
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

func (v *hintVerb) run(ctx context.Context, args []string) (err error) {
	content, l, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	scenario, task, err := l.Task(args[1])
	if err != nil {
		return mistake(err.Error())
	}
	on, err := v.open(ctx, v.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	s, err := v.stage(on, &v.content, content)
	if err != nil {
		return err
	}
	hint, err := s.Hint(ctx, scenario, task)
	if errors.Is(err, runner.ErrNotStarted) {
		return fmt.Errorf("%w: podlab start %s does that", err, l.Name)
	}
	if err != nil {
		return err
	}
	if hint == nil {
		return v.printf("%s\n", v.say("No hint is about how things stand now: the task looks done, podlab check says whether it is.",
			"지금 상태에 맞는 힌트가 없습니다. 과제를 마친 것 같으니 podlab check로 확인해 보세요."))
	}
	id := runner.TaskID(scenario.Name, task.Name)
	count := fmt.Sprintf(v.say("hint %d of %d", "힌트 %d/%d"), hint.Number, hint.Of)
	return v.printf("%s, %s\n\n  %s\n", id, count, strings.ReplaceAll(strings.TrimSpace(hint.Say.In(v.lang)), "\n", "\n  "))
}
