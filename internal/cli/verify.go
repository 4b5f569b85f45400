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
	cmd := a.command("verify [LAB]", a.text("Verify the checks: untouched fails, solved passes, every mutant is caught",
		"검사 항목을 검증합니다: 그대로 두면 실패, 풀면 통과, 변종은 모두 잡아내야 합니다"), arguments("[LAB]"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// A rehearsalView is a rehearsal in the output of verify.
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
	labs, err := v.content.labs(args...)
	if err != nil {
		return err
	}
	var all []rehearsalView
	for _, s := range labs {
		err := v.onNew(ctx, v.bring, s, func(_ *bringup.Cluster, on *runner.Runner) error {
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
	return v.showRehearsals(all, v.format)
}

// showRehearsals prints the rehearsals. Their worst verdict decides the exit code.
func (a *app) showRehearsals(all []rehearsalView, format string) error {
	verdicts := make([]verdict.Verdict, len(all))
	passed := 0
	for i, r := range all {
		verdicts[i] = r.Verdict
		if r.Verdict == verdict.Pass {
			passed++
		}
	}
	worst := verdict.Worst(verdicts...)
	if err := a.writeRehearsals(all, worst, passed, format); err != nil {
		return err
	}
	if code := worst.ExitCode(); code != exitPassed {
		return &verdictError{code}
	}
	return nil
}

func (a *app) writeRehearsals(all []rehearsalView, worst verdict.Verdict, passed int, format string) error {
	if format == "json" {
		return a.json(map[string]any{"apiVersion": lab.APIVersion, "kind": "Verification", "verdict": worst, "rehearsals": all})
	}
	for _, r := range all {
		if err := a.printf("%-7s  %s, %s: %s\n", r.Verdict, r.ID, r.What, r.Message); err != nil {
			return err
		}
	}
	return a.printf("%s\n", fmt.Sprintf(a.text("%s: %d of %d rehearsals as expected", "%s: 리허설 %[3]d개 중 %[2]d개가 예상대로 끝남"), worst, passed, len(all)))
}
