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
	"took": took,
	"mark": func(v verdict.Verdict) string { return verdicts[known(v)].mark },
}).Parse(pageHTML))

// renderHTML writes one page that needs nothing else.
func renderHTML(w io.Writer, r *Report, o Options) error {
	return pageTemplate.Execute(w, htmlPage{r, o})
}

// An htmlPage is what the template asks.
type htmlPage struct {
	*Report
	options Options
}

func (p htmlPage) Language() string               { return string(p.options.Lang) }
func (p htmlPage) Groups() []Scenario             { return p.scenarios() }
func (p htmlPage) TasksOf(scenario string) []Task { return p.tasksOf(scenario) }
func (p htmlPage) ChecksOf(task string) []Check   { return p.checksOf(task) }
func (p htmlPage) Rows(c Check) []row             { return rows(c.Evidence, p.options.Lang) }
func (p htmlPage) Word(v verdict.Verdict) string  { return verdicts[known(v)].name.In(p.options.Lang) }
func (p htmlPage) Kind(v verdict.Verdict) string  { return string(known(v)) }
func (p htmlPage) Phased() string                 { return said[msgPhases].In(p.options.Lang) }
