package report

import (
	"fmt"
	"io"
	"strings"
)

// renderMarkdown writes a report for a pull request or a notebook.
func renderMarkdown(w io.Writer, r *Report, o Options) error {
	var b strings.Builder
	message := func(m message) string { return messages[m].In(o.Lang) }
	v := styleOf(r.Verdict)
	fmt.Fprintf(&b, "# %s %s: %s\n\n", v.mark, escapeMarkdown(r.Lab+" "+r.Title), v.name.In(o.Lang))
	fmt.Fprintf(&b, message(msgScore)+"\n", r.Score, r.MaxScore, formatMs(r.ElapsedMs))
	for _, s := range r.Scenarios {
		fmt.Fprintf(&b, "\n## %s (%s)\n\n", escapeMarkdown(strings.TrimSpace(s.Name+" "+s.Title)), points(s.Score, s.MaxScore))
		fmt.Fprintf(&b, "| | %s | %s | %s |\n| --- | --- | --- | --- |\n", message(msgCheck), message(msgVerdict), message(msgEvidence))
		for _, t := range r.tasksOf(s.Name) {
			fmt.Fprintf(&b, "| %s | **%s** | %s | |\n", styleOf(t.Verdict).mark, escapeMarkdown(nameOf(t.ID)), points(t.Points, t.MaxPoints))
			for _, c := range r.checksOf(t.ID) {
				var evidence []string
				for _, row := range evidenceRows(c.Evidence, o.Lang) {
					evidence = append(evidence, escapeMarkdown(strings.TrimSpace(row.Name+" "+row.Value)))
				}
				v := styleOf(c.Verdict)
				fmt.Fprintf(&b, "| %s | %s<br>%s | %s | %s |\n", v.mark, escapeMarkdown(nameOf(c.ID)), escapeMarkdown(strings.TrimSpace(c.Why+"\n"+c.Reason.In(o.Lang))),
					v.name.In(o.Lang), strings.Join(evidence, "<br>"))
			}
		}
	}
	if len(r.Phases) > 0 {
		fmt.Fprintf(&b, "\n## %s\n\n| %s | %s |\n| --- | ---: |\n", message(msgPhases), message(msgPhase), message(msgTime))
		for _, phase := range r.Phases {
			fmt.Fprintf(&b, "| %s | %s |\n", escapeMarkdown(phase.Name), formatMs(phase.ElapsedMs))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownEscapes escapes the characters that have a meaning in a line or a table cell.
var markdownEscapes = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "#", "\\#",
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "<br>",
)

func escapeMarkdown(s string) string { return markdownEscapes.Replace(printable(s)) }
