package anatomy

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"podlab/internal/text"
	"podlab/internal/world"
)

// A Style controls how an anatomy is rendered.
type Style struct {
	Lang text.Lang
	// Color turns on ANSI colours.
	Color bool
	// Width is the maximum width of the table of processes in columns, 0 for no limit.
	Width int
}

// minCommand is the minimum width of the column with the commands.
const minCommand = 12

// Render writes the anatomy as text.
func (a *Anatomy) Render(w io.Writer, s Style) error {
	r := &renderer{a: a, s: s}
	r.head()
	r.matrix()
	r.containers()
	r.sockets()
	r.missing()
	_, err := io.WriteString(w, r.out.String())
	return err
}

type renderer struct {
	a   *Anatomy
	s   Style
	out strings.Builder
}

// line writes a line of parts, separated by commas.
func (r *renderer) line(indent string, parts ...string) {
	r.out.WriteString(indent + strings.Join(parts, ", ") + "\n")
}

func (r *renderer) head() {
	p, lang := r.a.Pod, r.s.Lang
	where := words.noNode.In(lang)
	if p.Node != "" {
		where = fmt.Sprintf(words.node.In(lang), p.Node)
	}
	r.line("", words.pod.In(lang)+" "+p.KubeNamespace+"/"+p.Name, where, "uid "+p.UID)
	r.line("  ", podFacts(p, lang)...)
	sandbox := p.Sandbox
	if sandbox == nil {
		r.line("", words.sandbox.In(lang)+" "+words.noSandbox.In(lang))
		return
	}
	r.line("", words.sandbox.In(lang)+" "+short(sandbox.ID), sandboxFacts(sandbox, lang))
	r.line("  ", fmt.Sprintf(words.image.In(lang), sandbox.Image))
	if sandbox.NetworkNamespacePath != "" {
		r.line("  ", fmt.Sprintf(words.pinned.In(lang), sandbox.NetworkNamespacePath))
	}
}

func podFacts(p *world.Pod, lang text.Lang) []string {
	var facts []string
	is := func(b *bool) bool { return b != nil && *b }
	switch {
	case p.Ready == nil:
	case *p.Ready:
		facts = append(facts, words.ready.In(lang))
	default:
		facts = append(facts, words.notReady.In(lang))
	}
	if p.Phase != nil && *p.Phase != "" {
		facts = append(facts, *p.Phase)
	}
	if is(p.Deleting) {
		facts = append(facts, words.deleting.In(lang))
	}
	switch {
	case p.IP == nil:
	case *p.IP == "":
		facts = append(facts, words.noIP.In(lang))
	default:
		facts = append(facts, fmt.Sprintf(words.ip.In(lang), *p.IP))
	}
	if is(p.SharesPID) {
		facts = append(facts, words.sharesPID.In(lang))
	}
	if is(p.HostNetwork) {
		facts = append(facts, words.hostNetwork.In(lang))
	}
	return facts
}

func sandboxFacts(sandbox *world.Sandbox, lang text.Lang) string {
	state := words.sandboxNotReady
	if sandbox.Ready {
		state = words.sandboxReady
	}
	pause := words.noPause.In(lang)
	if sandbox.Process != nil {
		pause = fmt.Sprintf(words.pausePID.In(lang), sandbox.Process.PID)
	}
	return fmt.Sprintf(state.In(lang), sandbox.Attempt) + ", " + pause
}

// matrix writes the table of processes and namespaces.
func (r *renderer) matrix() {
	if len(r.a.Rows) == 0 {
		return
	}
	lang := r.s.Lang
	head := []string{words.container.In(lang), words.pid.In(lang), words.inside.In(lang), words.command.In(lang)}
	for _, kind := range world.Kinds {
		head = append(head, strings.ToUpper(kind))
	}
	t := text.Table{Rows: [][]string{head}, Color: r.color()}
	const commandColumn = 3
	for _, row := range r.a.Rows {
		cells := []string{r.owner(row), strconv.Itoa(row.PID), strconv.Itoa(row.InnerPID), row.Command}
		for _, c := range row.Cells {
			cells = append(cells, c.symbol())
		}
		t.Add(cells...)
	}
	if r.s.Width > 0 {
		t.Narrow(commandColumn, r.s.Width, minCommand)
	}
	r.out.WriteString("\n" + t.String())
	r.legend()
}

// owner returns the text of a row's first column.
func (r *renderer) owner(row Row) string {
	switch sandbox := r.a.Pod.Sandbox; {
	case row.Container != "":
		return row.Container
	case sandbox != nil && sandbox.PID == row.PID:
		return "(pause)"
	default:
		return words.oldPause.In(r.s.Lang)
	}
}

// symbol returns the text of a cell.
func (c Cell) symbol() string {
	for _, l := range legend {
		if l.relation != c.Relation {
			continue
		}
		if c.Relation == Shared {
			return "=" + strings.Join(c.With, "=")
		}
		return l.symbol
	}
	return string(c.Relation)
}

// legend explains the symbols in the matrix.
func (r *renderer) legend() {
	used := map[Relation]bool{}
	for _, row := range r.a.Rows {
		for _, c := range row.Cells {
			used[c.Relation] = true
		}
	}
	r.out.WriteString("\n")
	for _, l := range legend {
		if used[l.relation] {
			r.line("  ", text.Pad(l.symbol, len("private"))+"  "+l.meaning.In(r.s.Lang))
		}
	}
}

// containers writes the table of containers.
func (r *renderer) containers() {
	pod, lang := r.a.Pod, r.s.Lang
	if len(pod.Containers) == 0 {
		return
	}
	t := text.Table{Rows: [][]string{{
		words.container.In(lang), words.state.In(lang), words.attempt.In(lang), words.restarts.In(lang), words.pid.In(lang),
		words.pid1.In(lang), "IMAGE",
	}}}
	for _, name := range slices.Sorted(maps.Keys(pod.Containers)) {
		c := pod.Containers[name]
		restarts := "?"
		if c.Restarts != nil {
			restarts = strconv.Itoa(*c.Restarts)
		}
		first := "?"
		if c.PID1 != nil {
			first = command(c.PID1)
		}
		t.Add(name, c.State, strconv.Itoa(c.Attempt), restarts, strconv.Itoa(c.PID), text.Shorten(first, 2*minCommand), c.Image)
	}
	r.out.WriteString("\n" + t.String())
}

// sockets writes the table of listening sockets.
func (r *renderer) sockets() {
	if len(r.a.Listeners) == 0 {
		return
	}
	lang := r.s.Lang
	t := text.Table{Rows: [][]string{{words.listening.In(lang), words.processes.In(lang)}}}
	for _, l := range r.a.Listeners {
		processes := words.none.In(lang)
		if len(l.PIDs) > 0 {
			processes = strings.TrimSpace(l.Container + " " + strings.Trim(fmt.Sprint(l.PIDs), "[]"))
		}
		t.Add(fmt.Sprintf("%s:%d", bracketed(l.Address), l.Port), processes)
	}
	r.out.WriteString("\n" + t.String())
}

// missing writes the facts that could not be observed.
func (r *renderer) missing() {
	if len(r.a.Missing) == 0 {
		return
	}
	r.out.WriteString("\n" + words.missing.In(r.s.Lang) + "\n")
	for _, m := range r.a.Missing {
		r.line("  ", m.Fact+": "+m.Reason)
	}
}

// short shortens an ID for people.
func short(id string) string { return id[:min(len(id), 12)] }

// bracketed puts an IPv6 address in brackets, because a port follows.
func bracketed(address string) string {
	if strings.Contains(address, ":") {
		return "[" + address + "]"
	}
	return address
}

// color returns the colours of the matrix, nil for none.
func (r *renderer) color() func(cell string) string {
	if !r.s.Color {
		return nil
	}
	return colorOf
}

// colorOf returns the colour of a symbol. It may also colour a container or a
// command with the name of a symbol, which does no harm.
func colorOf(cell string) string {
	switch {
	case cell == "node":
		return "2"
	case cell == "pause":
		return "36"
	case cell == "private":
		return "33"
	case cell == "?":
		return "31"
	case strings.HasPrefix(cell, "="):
		return "35"
	default:
		return ""
	}
}
