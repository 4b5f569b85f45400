package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
	"podlab/internal/doctor"
	"podlab/internal/text"
)

type doctorCommand struct {
	*app
	format string
}

func (a *app) doctor() *cobra.Command {
	v := &doctorCommand{app: a}
	cmd := a.command("doctor", a.text("Look for what keeps clusters from coming up, and say the remedy", "클러스터가 뜨지 못할 원인과 해결책을 찾습니다"), exactly(), v.run)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// run shows every finding; one that keeps a cluster from coming up is exit
// code 3.
func (v *doctorCommand) run(ctx context.Context, _ []string) error {
	ports, err := hostPorts()
	if err != nil {
		return err
	}
	findings, err := doctor.Examine(ctx, doctor.Options{Ports: ports, Progress: v.progress()})
	if err != nil {
		return err
	}
	if err := v.show(findings); err != nil {
		return err
	}
	for _, f := range findings {
		if f.Verdict == doctor.Fail {
			return &verdictError{exitUnknown}
		}
	}
	return nil
}

// hostPorts are those of the host that the labs' clusters publish.
func hostPorts() ([]int, error) {
	content, err := new(contentOptions).load()
	if err != nil {
		return nil, err
	}
	var all []int
	for _, l := range content.Labs {
		ports, err := cluster.HostPorts(l.KindConfig)
		if err != nil {
			return nil, fmt.Errorf("read the cluster of %s: %w", l.Name, err)
		}
		all = append(all, ports...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (v *doctorCommand) show(findings []doctor.Finding) error {
	if v.format == "json" {
		return v.json(findings)
	}
	width := 0
	for _, f := range findings {
		width = max(width, text.Columns(f.Name))
	}
	for _, f := range findings {
		if err := v.printf("%-4s  %s  %s\n", f.Verdict, text.Pad(f.Name, width), f.Seen.In(v.lang)); err != nil {
			return err
		}
		if fix := f.Fix.In(v.lang); fix != "" {
			if err := v.printf("%s→ %s\n", text.Pad("", width+len("warn")+4), fix); err != nil {
				return err
			}
		}
	}
	return nil
}
