package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
	"podlab/internal/doctor"
	"podlab/internal/lab"
	"podlab/internal/text"
)

type doctorCommand struct {
	*app
	format string
}

func (a *app) doctor() *cobra.Command {
	v := &doctorCommand{app: a}
	cmd := a.command("doctor", a.text("Check this machine for known problems and suggest fixes", "이 컴퓨터에 알려진 문제가 있는지 검사하고 해결책을 알려 줍니다"), arguments(), v.run)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *doctorCommand) run(ctx context.Context, _ []string) error {
	content, err := new(contentOptions).load()
	if err != nil {
		return err
	}
	ports, err := hostPorts(content.Labs)
	if err != nil {
		return err
	}
	findings, err := doctor.Examine(ctx, doctor.Options{Ports: ports, Progress: v.progress()})
	if err != nil {
		return err
	}
	return v.showFindings(findings, v.format)
}

// hostPorts returns the host ports that the labs' clusters publish.
func hostPorts(labs []*lab.Lab) ([]int, error) {
	var all []int
	for _, l := range labs {
		ports, err := cluster.HostPorts(l.KindConfig)
		if err != nil {
			return nil, fmt.Errorf("read the cluster configuration of %s: %w", l.Name, err)
		}
		all = append(all, ports...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// showFindings prints the findings. The exit code is 3 if one of them prevents
// clusters.
func (a *app) showFindings(findings []doctor.Finding, format string) error {
	if err := a.writeFindings(findings, format); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Verdict == doctor.Fail }) {
		return &verdictError{exitUnknown}
	}
	return nil
}

func (a *app) writeFindings(findings []doctor.Finding, format string) error {
	if format == "json" {
		return a.json(findings)
	}
	width := 0
	for _, f := range findings {
		width = max(width, text.Columns(f.Name))
	}
	for _, f := range findings {
		if err := a.printf("%-4s  %s  %s\n", f.Verdict, text.Pad(f.Name, width), f.Seen.In(a.lang)); err != nil {
			return err
		}
		if fix := f.Fix.In(a.lang); fix != "" {
			if err := a.printf("%s→ %s\n", text.Pad("", width+len("warn")+4), fix); err != nil {
				return err
			}
		}
	}
	return nil
}
