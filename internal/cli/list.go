package cli

import (
	"context"
	"fmt"

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
	cmd := a.command("list", a.text("List the labs, their scenarios and points", "실습과 시나리오, 점수를 나열합니다"), exactly(), v.run)
	a.contentFlag(cmd, &v.content)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// A labView is a lab as it is listed.
type labView struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Points int    `json:"points"`
	// Scenarios are in the lab's order.
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
	labs := make([]labView, len(content.Labs))
	width := 0
	for i, l := range content.Labs {
		labs[i] = v.view(l)
		width = max(width, text.Columns(l.Name))
		for _, s := range labs[i].Scenarios {
			width = max(width, text.Columns(s.Name)+2)
		}
	}
	if v.format == "json" {
		return v.json(map[string]any{"apiVersion": lab.APIVersion, "kind": "LabList", "labs": labs})
	}
	for _, l := range labs {
		if err := v.line(width, l.Name, l.Points, l.Title); err != nil {
			return err
		}
		for _, s := range l.Scenarios {
			if err := v.line(width, "  "+s.Name, s.Points, s.Title); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *listCommand) line(width int, name string, points int, title string) error {
	return v.printf("%s  %s  %s\n", text.Pad(name, width), fmt.Sprintf(v.text("%3d points", "%3d점"), points), title)
}

func (v *listCommand) view(l *lab.Lab) labView {
	view := labView{Name: l.Name, Title: l.Title.In(v.lang), Points: l.Total}
	for _, part := range l.Scenarios {
		s := scenarioView{Name: part.Scenario, Title: part.Of.Title.In(v.lang)}
		for i := range part.Of.Tasks {
			name := part.Of.Tasks[i].Name
			s.Tasks = append(s.Tasks, name)
			s.Points += part.Points[name]
		}
		view.Scenarios = append(view.Scenarios, s)
	}
	return view
}
