package report

import (
	"fmt"
	"io"
	"strings"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

// A page collects a report's lines for a terminal.
type page struct {
	Options
	out strings.Builder
}

func renderText(w io.Writer, r *Report, o Options) error {
	p := &page{Options: o}
	p.head(r)
	for _, s := range r.Scenarios {
		p.scenario(r, s)
	}
	p.phases(r)
	p.summary(r)
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) head(r *Report) {
	p.line(0, p.bold(oneLine(r.Lab))+"  "+printable(r.Title))
	c := r.Cluster
	if c.Name == "" {
		return
	}
	cluster := strings.Join([]string{
		c.Name, c.Provider, "Kubernetes " + c.Kubernetes, fmt.Sprintf(p.message(msgImages), c.Images),
		fmt.Sprintf(p.message(msgNodes), strings.Join(c.Nodes, ", ")),
	}, " · ")
	for _, line := range wrap(printable(cluster), p.Width) {
		p.line(0, p.dim(line))
	}
}

func (p *page) scenario(r *Report, s Scenario) {
	p.line(0, "")
	p.justify(0, p.bold(oneLine(s.Name))+"  "+printable(s.Title), points(s.Score, s.MaxScore))
	for _, t := range r.tasksOf(s.Name) {
		p.justify(2, p.mark(t.Verdict)+" "+p.bold(oneLine(nameOf(t.ID))), points(t.Points, t.MaxPoints))
		for _, c := range r.checksOf(t.ID) {
			p.check(&c)
		}
	}
}

func (p *page) check(c *Check) {
	p.line(4, p.mark(c.Verdict)+" "+oneLine(nameOf(c.ID)))
	for _, line := range wrap(printable(c.Why), p.Width-6) {
		p.line(6, p.dim(line))
	}
	for _, line := range wrap(printable(c.Reason.In(p.Lang)), p.Width-8) {
		p.line(6, p.paint(styleOf(c.Verdict).color, "→ "+line))
	}
	evidence := c.Evidence
	if c.Verdict == verdict.Pass {
		evidence = withoutBooleans(evidence)
	}
	rows := evidenceRows(evidence, p.Lang)
	widest := 0
	for _, row := range rows {
		widest = max(widest, min(text.Columns(row.Name), p.Width*5/8-8))
	}
	for _, row := range rows {
		name := text.Pad(text.Shorten(row.Name, widest), widest)
		p.line(6, p.dim("│ "+name+"  ")+text.Shorten(row.Value, p.Width-widest-10))
	}
}

func (p *page) phases(r *Report) {
	if len(r.Phases) == 0 {
		return
	}
	p.line(0, "")
	p.line(0, p.bold(p.message(msgPhases)))
	nameWidth, timeWidth := 0, 0
	for _, phase := range r.Phases {
		nameWidth = max(nameWidth, text.Columns(oneLine(phase.Name)))
		timeWidth = max(timeWidth, text.Columns(formatMs(phase.ElapsedMs)))
	}
	for _, phase := range r.Phases {
		line := text.Pad(oneLine(phase.Name), nameWidth) + "  " + fmt.Sprintf("%*s", timeWidth, formatMs(phase.ElapsedMs))
		waited := ""
		if room := p.Width - 4 - text.Columns(line); phase.WaitedMs > 0 && room > 10 {
			waited = "  " + p.dim(text.Shorten(fmt.Sprintf(p.message(msgWaiting), formatMs(phase.WaitedMs)), room))
		}
		p.line(2, line+waited)
	}
}

func (p *page) summary(r *Report) {
	count := map[verdict.Verdict]int{}
	for _, c := range r.Checks {
		count[known(c.Verdict)]++
	}
	var counts []string
	for _, v := range verdictOrder {
		if s := styleOf(v); count[v] > 0 {
			counts = append(counts, p.paint(s.color, fmt.Sprintf("%s %d %s", s.mark, count[v], s.counted.In(p.Lang))))
		}
	}
	p.line(0, "")
	s := styleOf(r.Verdict)
	p.line(0, p.paint("1;"+s.color, s.name.In(p.Lang))+"  "+p.bold(fmt.Sprintf(p.message(msgScore), r.Score, r.MaxScore, formatMs(r.ElapsedMs))))
	p.line(0, strings.Join(counts, "  "))
}

// points formats points. A skipped task has none.
func points(got, most int) string {
	if most == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", got, most)
}

func (p *page) message(m message) string { return messages[m].In(p.Lang) }

func (p *page) mark(v verdict.Verdict) string {
	s := styleOf(v)
	return p.paint(s.color, s.mark)
}

func (p *page) bold(s string) string { return p.paint("1", s) }
func (p *page) dim(s string) string  { return p.paint("2", s) }

func (p *page) paint(color, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (p *page) line(indent int, s string) {
	p.out.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+s, " ") + "\n")
}

// justify writes left at the indent and right at the right edge.
func (p *page) justify(indent int, left, right string) {
	gap := p.Width - indent - text.Columns(left) - text.Columns(right)
	p.line(indent, left+strings.Repeat(" ", max(2, gap))+right)
}

// wrap breaks a text into lines of at most width columns, between words where
// possible.
func wrap(s string, width int) []string {
	width = max(width, 8)
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && text.Columns(line)+1+text.Columns(word) > width {
				lines = append(lines, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
			for text.Columns(line) > width {
				head := text.Cut(line, width)
				lines = append(lines, head)
				line = line[len(head):]
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
