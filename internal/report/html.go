package report

import (
	_ "embed"
	"html/template"
	"io"

	"podlab/internal/verdict"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"name": nameOf,
	"ms":   formatMs,
	"mark": func(v verdict.Verdict) string { return styleOf(v).mark },
}).Parse(pageHTML))

// renderHTML writes one self-contained page.
func renderHTML(w io.Writer, r *Report, o Options) error {
	return pageTemplate.Execute(w, htmlPage{r, o})
}

// An htmlPage has the methods that the template calls.
type htmlPage struct {
	*Report
	options Options
}

func (p htmlPage) Language() string               { return string(p.options.Lang) }
func (p htmlPage) TasksOf(scenario string) []Task { return p.tasksOf(scenario) }
func (p htmlPage) ChecksOf(task string) []Check   { return p.checksOf(task) }
func (p htmlPage) Reason(c Check) string          { return c.Reason.In(p.options.Lang) }
func (p htmlPage) Rows(c Check) []row             { return evidenceRows(c.Evidence, p.options.Lang) }
func (p htmlPage) Word(v verdict.Verdict) string  { return styleOf(v).name.In(p.options.Lang) }
func (p htmlPage) Kind(v verdict.Verdict) string  { return string(known(v)) }
func (p htmlPage) PhasesTitle() string            { return messages[msgPhases].In(p.options.Lang) }
