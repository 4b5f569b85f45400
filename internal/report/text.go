package report

import (
	"fmt"
	"io"
	"strings"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

// A page is a report being written for a terminal.
type page struct {
	Options
	out strings.Builder
}

func renderText(w io.Writer, r *Report, o Options) error {
	p := &page{Options: o}
	p.head(r)
	for _, s := range r.scenarios() {
		p.scenario(r, s)
	}
	p.phases(r)
	p.summary(r)
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) head(r *Report) {
	p.line(0, p.paint("1", oneLine(r.Lab))+"  "+printable(r.Title))
	c := r.Cluster
	if c.Name == "" {
		return
	}
	where := strings.Join([]string{
		c.Name, c.Provider, "Kubernetes " + c.Kubernetes, fmt.Sprintf(p.say(msgImages), c.Images),
		fmt.Sprintf(p.say(msgNodes), strings.Join(c.Nodes, ", ")),
	}, " · ")
	for _, line := range wrap(printable(where), p.Width) {
		p.line(0, p.dim(line))
	}
}

func (p *page) scenario(r *Report, s Scenario) {
	p.line(0, "")
	p.between(0, p.paint("1", oneLine(s.Name))+"  "+printable(s.Title), points(s.Score, s.MaxScore))
	for _, t := range r.tasksOf(s.Name) {
		p.between(2, p.mark(t.Verdict)+" "+p.paint("1", oneLine(nameOf(t.ID))), points(t.Points, t.MaxPoints))
		for _, c := range r.checksOf(t.ID) {
			p.check(&c)
		}
	}
}

func (p *page) check(c *Check) {
	p.line(4, p.mark(c.Verdict)+" "+oneLine(nameOf(c.ID)))
	why, reason := c.lines()
	for _, line := range wrap(printable(why), p.Width-6) {
		p.line(6, p.dim(line))
	}
	for _, line := range wrap(printable(reason), p.Width-8) {
		p.line(6, p.paint(verdicts[known(c.Verdict)].color, "→ "+line))
	}
	shown := c.Evidence
	if c.Verdict == verdict.Pass {
		shown = telling(shown)
	}
	evidence := rows(shown, p.Lang)
	widest := 0
	for _, row := range evidence {
		widest = max(widest, min(text.Columns(row.Name), p.Width*5/8-8))
	}
	for _, row := range evidence {
		name := text.Pad(text.Shorten(row.Name, widest), widest)
		p.line(6, p.dim("│ "+name+"  ")+text.Shorten(row.Value, p.Width-widest-10))
	}
}

func (p *page) phases(r *Report) {
	if len(r.Phases) == 0 {
		return
	}
	p.line(0, "")
	p.line(0, p.paint("1", p.say(msgPhases)))
	widest, time := 0, 0
	for _, phase := range r.Phases {
		widest = max(widest, text.Columns(oneLine(phase.Name)))
		time = max(time, text.Columns(took(phase.ElapsedMs)))
	}
	for _, phase := range r.Phases {
		t := took(phase.ElapsedMs)
		line := text.Pad(oneLine(phase.Name), widest) + "  " + strings.Repeat(" ", time-text.Columns(t)) + t
		waited := ""
		if room := p.Width - 4 - text.Columns(line); phase.WaitedMs > 0 && room > 10 {
			waited = "  " + p.dim(text.Shorten(fmt.Sprintf(p.say(msgWaiting), took(phase.WaitedMs)), room))
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
	for _, v := range order {
		if count[v] > 0 {
			counts = append(counts, p.paint(verdicts[v].color, fmt.Sprintf("%s %d %s", verdicts[v].mark, count[v], p.say(verdicts[v].word))))
		}
	}
	p.line(0, "")
	v := verdicts[known(r.Verdict)]
	p.line(0, p.paint("1;"+v.color, v.name.In(p.Lang))+"  "+p.paint("1", fmt.Sprintf(p.say(msgScore), r.Score, r.MaxScore, took(r.ElapsedMs))))
	p.line(0, strings.Join(counts, "  "))
}

// points renders points; what is skipped has none.
func points(got, most int) string {
	if most == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", got, most)
}

func (p *page) say(m message) string { return said[m].In(p.Lang) }

func (p *page) mark(v verdict.Verdict) string {
	s := verdicts[known(v)]
	return p.paint(s.color, s.mark)
}

func (p *page) dim(s string) string { return p.paint("2", s) }

func (p *page) paint(color, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (p *page) line(indent int, s string) {
	p.out.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+s, " ") + "\n")
}

// between writes left and, at the right edge, right.
func (p *page) between(indent int, left, right string) {
	gap := p.Width - indent - text.Columns(uncolored(left)) - text.Columns(right)
	p.line(indent, left+strings.Repeat(" ", max(2, gap))+right)
}

// uncolored takes out what paint put in.
func uncolored(s string) string {
	for {
		before, rest, ok := strings.Cut(s, "\x1b[")
		if !ok {
			return s
		}
		_, after, _ := strings.Cut(rest, "m")
		s = before + after
	}
}

// wrap breaks a text into lines of at most that many columns, between words
// where it can.
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
