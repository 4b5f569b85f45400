package report

import (
	"fmt"
	"io"
	"strings"
)

// renderMarkdown writes what fits into a pull request or a notebook.
func renderMarkdown(w io.Writer, r *Report, o Options) error {
	var b strings.Builder
	say := func(m message) string { return said[m].In(o.Lang) }
	v := verdicts[known(r.Verdict)]
	fmt.Fprintf(&b, "# %s %s: %s\n\n", v.mark, plainMarkdown(r.Lab+" "+r.Title), v.name.In(o.Lang))
	fmt.Fprintf(&b, say(msgScore)+"\n", r.Score, r.MaxScore, took(r.ElapsedMs))
	for _, s := range r.scenarios() {
		fmt.Fprintf(&b, "\n## %s (%s)\n\n", plainMarkdown(strings.TrimSpace(s.Name+" "+s.Title)), points(s.Score, s.MaxScore))
		fmt.Fprintf(&b, "| | %s | %s | %s |\n| --- | --- | --- | --- |\n", say(msgCheck), say(msgVerdict), say(msgEvidence))
		for _, t := range r.tasksOf(s.Name) {
			fmt.Fprintf(&b, "| %s | **%s** | %s | |\n", verdicts[known(t.Verdict)].mark, plainMarkdown(nameOf(t.ID)), points(t.Points, t.MaxPoints))
			for _, c := range r.checksOf(t.ID) {
				var evidence []string
				for _, row := range rows(c.Evidence, o.Lang) {
					evidence = append(evidence, plainMarkdown(strings.TrimSpace(row.Name+" "+row.Value)))
				}
				v := verdicts[known(c.Verdict)]
				fmt.Fprintf(&b, "| %s | %s<br>%s | %s | %s |\n", v.mark, plainMarkdown(nameOf(c.ID)), plainMarkdown(c.Message),
					v.name.In(o.Lang), strings.Join(evidence, "<br>"))
			}
		}
	}
	if len(r.Phases) > 0 {
		fmt.Fprintf(&b, "\n## %s\n\n| %s | %s |\n| --- | ---: |\n", say(msgPhases), say(msgPhase), say(msgTime))
		for _, phase := range r.Phases {
			fmt.Fprintf(&b, "| %s | %s |\n", plainMarkdown(phase.Name), took(phase.ElapsedMs))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown are the characters that mean something in a line or a cell.
var markdown = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "#", "\\#",
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "<br>",
)

func plainMarkdown(s string) string { return markdown.Replace(printable(s)) }
