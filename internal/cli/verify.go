package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/lab"
	"podlab/internal/runner"
	"podlab/internal/verdict"
)

type verifyCommand struct {
	*app
	content contentOptions
	bring   bringUpOptions
	format  string
}

func (a *app) verify() *cobra.Command {
	v := &verifyCommand{app: a}
	cmd := a.command("verify [LAB]", a.text("Prove the checks: untouched fails, solved passes, every mutant fails",
		"채점기를 검증합니다: 그대로 두면 실패, 풀면 통과, 변종은 모두 실패"), exactly("[LAB]"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// A rehearsalView is a rehearsal as printed.
type rehearsalView struct {
	// ID is SCENARIO/TASK.
	ID string `json:"id"`
	// What is untouched, solved, or mutant NAME.
	What      string          `json:"what"`
	Verdict   verdict.Verdict `json:"verdict"`
	Message   string          `json:"message"`
	ElapsedMs int64           `json:"elapsedMs"`
}

func (v *verifyCommand) run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		content, err := v.content.load()
		if err != nil {
			return err
		}
		for _, l := range content.Labs {
			args = append(args, l.Name)
		}
	}
	var all []rehearsalView
	for _, name := range args {
		s, err := v.content.lab(name)
		if err != nil {
			return err
		}
		err = v.onNew(ctx, v.bring, s, func(_ *bringup.Cluster, on *runner.Runner) error {
			rehearsals, err := on.Verify(ctx, s.lab.Scenarios)
			for _, r := range rehearsals {
				all = append(all, rehearsalView{
					runner.TaskID(r.Scenario, r.Task), r.What, r.Verdict, r.Message, r.Elapsed.Milliseconds(),
				})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return v.show(all)
}

func (v *verifyCommand) show(all []rehearsalView) error {
	verdicts := make([]verdict.Verdict, len(all))
	passed := 0
	for i, r := range all {
		verdicts[i] = r.Verdict
		if r.Verdict == verdict.Pass {
			passed++
		}
	}
	worst := verdict.Worst(verdicts...)
	if err := v.write(all, worst, passed); err != nil {
		return err
	}
	if code := worst.ExitCode(); code != exitPassed {
		return &verdictError{code}
	}
	return nil
}

func (v *verifyCommand) write(all []rehearsalView, worst verdict.Verdict, passed int) error {
	if v.format == "json" {
		return v.json(map[string]any{"apiVersion": lab.APIVersion, "kind": "Verification", "verdict": worst, "rehearsals": all})
	}
	for _, r := range all {
		if err := v.printf("%-7s  %s  %s\n", r.Verdict, r.ID, r.Message); err != nil {
			return err
		}
	}
	return v.printf("%s\n", fmt.Sprintf(v.text("%s: %d of %d as expected", "%s: %d/%d 확인됨"), worst, passed, len(all)))
}
