package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"podlab/internal/text"
)

// A Format is a way to render a report.
type Format string

// The formats.
const (
	Text     Format = "text"
	JSON     Format = "json"
	JUnit    Format = "junit"
	Markdown Format = "markdown"
	HTML     Format = "html"
)

// Formats lists all formats.
var Formats = []Format{Text, JSON, JUnit, Markdown, HTML}

// Options control how a report is rendered.
type Options struct {
	// Lang is the language of headings and reasons, by default the report's.
	Lang text.Lang
	// Color turns on ANSI colours in Text.
	Color bool
	// Width is the width of the terminal for Text, by default 100 columns.
	Width int
}

// Render writes a report in a format.
func Render(w io.Writer, format Format, r *Report, o Options) error {
	if o.Lang == "" {
		o.Lang = r.Lang
	}
	if o.Width <= 0 {
		o.Width = 100
	}
	render, ok := map[Format]func(io.Writer, *Report, Options) error{
		Text: renderText, JSON: renderJSON, JUnit: renderJUnit, Markdown: renderMarkdown, HTML: renderHTML,
	}[format]
	if !ok {
		return fmt.Errorf("unknown output format %q: choose one of %v", format, Formats)
	}
	if err := render(w, r, o); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// renderJSON writes lists and objects even when they are empty, so that readers
// need no special case.
func renderJSON(w io.Writer, r *Report, o Options) error {
	out := *r
	out.Checks = make([]Check, len(r.Checks))
	for i, c := range r.Checks {
		if c.Evidence == nil {
			c.Evidence = map[string]any{}
		}
		c.Message = strings.TrimSuffix(c.Why+"\n"+c.Reason.In(o.Lang), "\n")
		out.Checks[i] = c
	}
	out.Tasks = append([]Task{}, r.Tasks...)
	out.Phases = append([]Phase{}, r.Phases...)
	out.Cluster.Nodes = append([]string{}, r.Cluster.Nodes...)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// formatMs formats milliseconds for people.
func formatMs(ms int64) string {
	switch {
	case ms < 1000:
		return fmt.Sprintf("%d ms", ms)
	case ms < 60_000:
		return fmt.Sprintf("%.1f s", float64(ms)/1000)
	}
	return (time.Duration(ms) * time.Millisecond).Round(time.Second).String()
}
