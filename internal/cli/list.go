package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/lab"
	"podlab/internal/text"
)

type listCommand struct {
	*app
	content contentOptions
	format  string
}

func (a *app) list() *cobra.Command {
	v := &listCommand{app: a}
	cmd := a.command("list", a.text("List the labs, their scenarios and points", "실습과 시나리오, 점수를 나열합니다"), arguments(), v.run)
	a.contentFlag(cmd, &v.content)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// A labView is a lab in the output of list.
type labView struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Points  int    `json:"points"`
	// Scenarios has the lab's order.
	Scenarios []scenarioView `json:"scenarios"`
}

type scenarioView struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Points int      `json:"points"`
	Tasks  []string `json:"tasks"`
}

func (v *listCommand) run(context.Context, []string) error {
	content, err := v.content.load()
	if err != nil {
		return err
	}
	return v.showLabs(content.Labs, v.format)
}

func (a *app) showLabs(labs []*lab.Lab, format string) error {
	views := make([]labView, len(labs))
	width := 0
	for i, l := range labs {
		views[i] = a.labView(l)
		width = max(width, text.Columns(l.Name))
		for _, s := range views[i].Scenarios {
			width = max(width, text.Columns(s.Name)+2)
		}
	}
	if format == "json" {
		return a.json(map[string]any{"apiVersion": lab.APIVersion, "kind": "LabList", "labs": views})
	}
	for _, l := range views {
		if err := a.listLine(width, l.Name, l.Points, l.Title); err != nil {
			return err
		}
		for _, s := range l.Scenarios {
			if err := a.listLine(width, "  "+s.Name, s.Points, s.Title); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) listLine(width int, name string, points int, title string) error {
	return a.printf("%s  %s  %s\n", text.Pad(name, width), fmt.Sprintf(a.text("%3d points", "%3d점"), points), title)
}

func (a *app) labView(l *lab.Lab) labView {
	view := labView{Name: l.Name, Title: l.Title.In(a.lang), Summary: strings.TrimSpace(l.Summary.In(a.lang)), Points: l.Total}
	for _, part := range l.Scenarios {
		s := scenarioView{Name: part.Scenario, Title: part.Of.Title.In(a.lang)}
		for i := range part.Of.Tasks {
			name := part.Of.Tasks[i].Name
			s.Tasks = append(s.Tasks, name)
			s.Points += part.Points[name]
		}
		view.Scenarios = append(view.Scenarios, s)
	}
	return view
}
