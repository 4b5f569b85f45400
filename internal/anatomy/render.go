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

// A Style says how an anatomy is written.
type Style struct {
	Lang text.Lang
	// Color is whether the screen shows ANSI colours.
	Color bool
	// Width is how many columns a line may take, 0 for any number.
	Width int
}

// leastCommand is how many columns of a command line are shown at least.
const leastCommand = 12

// Render writes the anatomy for people.
func (a *Anatomy) Render(w io.Writer, s Style) error {
	r := &renderer{a: a, s: s}
	r.head()
	r.matrix()
	r.containers()
	r.sockets()
	r.gaps()
	_, err := io.WriteString(w, r.out.String())
	return err
}

type renderer struct {
	a   *Anatomy
	s   Style
	out strings.Builder
}

// say writes a line.
func (r *renderer) say(indent string, parts ...string) {
	r.out.WriteString(indent + strings.Join(parts, ", ") + "\n")
}

func (r *renderer) head() {
	p, lang := r.a.Pod, r.s.Lang
	where := words.noNode.In(lang)
	if p.Node != "" {
		where = fmt.Sprintf(words.node.In(lang), p.Node)
	}
	r.say("", words.pod.In(lang)+" "+p.KubeNamespace+"/"+p.Name, where, "uid "+p.UID)
	r.say("  ", podFacts(p, lang)...)
	box := p.Sandbox
	if box == nil {
		r.say("", words.sandbox.In(lang)+" "+words.noSandbox.In(lang))
		return
	}
	r.say("", words.sandbox.In(lang)+" "+short(box.ID), sandboxFacts(box, lang))
	r.say("  ", fmt.Sprintf(words.image.In(lang), box.Image))
	if box.NetworkNamespacePath != "" {
		r.say("  ", fmt.Sprintf(words.pinned.In(lang), box.NetworkNamespacePath))
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

func sandboxFacts(box *world.Sandbox, lang text.Lang) string {
	state := words.sandboxNotReady
	if box.Ready {
		state = words.sandboxReady
	}
	pause := words.noPause.In(lang)
	if box.Process != nil {
		pause = fmt.Sprintf(words.pausePID.In(lang), box.Process.PID)
	}
	return fmt.Sprintf(state.In(lang), box.Attempt) + ", " + pause
}

// matrix writes the processes and their namespaces.
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
		line := []string{r.owner(row), strconv.Itoa(row.PID), strconv.Itoa(row.InnerPID), row.Command}
		for _, c := range row.Cells {
			line = append(line, c.sign())
		}
		t.Add(line...)
	}
	if r.s.Width > 0 {
		t.Narrow(commandColumn, r.s.Width, leastCommand)
	}
	r.out.WriteString("\n" + t.String())
	r.legend()
}

// owner is what stands in a row's first cell.
func (r *renderer) owner(row Row) string {
	switch box := r.a.Pod.Sandbox; {
	case row.Container != "":
		return row.Container
	case box != nil && box.PID == row.PID:
		return "(pause)"
	default:
		return words.oldPause.In(r.s.Lang)
	}
}

// sign is what stands in a cell.
func (c Cell) sign() string {
	for _, l := range legend {
		if l.whose != c.Whose {
			continue
		}
		if c.Whose == Shared {
			return "=" + strings.Join(c.With, "=")
		}
		return l.sign
	}
	return string(c.Whose)
}

// legend explains the signs that the matrix has.
func (r *renderer) legend() {
	used := map[Whose]bool{}
	for _, row := range r.a.Rows {
		for _, c := range row.Cells {
			used[c.Whose] = true
		}
	}
	r.out.WriteString("\n")
	for _, l := range legend {
		if used[l.whose] {
			r.say("  ", text.Pad(l.sign, len("private"))+"  "+l.says.In(r.s.Lang))
		}
	}
}

// containers writes what the runtime and the API say of each container.
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
		t.Add(name, c.State, strconv.Itoa(c.Attempt), restarts, strconv.Itoa(c.PID), text.Shorten(first, 2*leastCommand), c.Image)
	}
	r.out.WriteString("\n" + t.String())
}

// sockets writes who listens where.
func (r *renderer) sockets() {
	if len(r.a.Listeners) == 0 {
		return
	}
	lang := r.s.Lang
	t := text.Table{Rows: [][]string{{words.listening.In(lang), words.holder.In(lang)}}}
	for _, l := range r.a.Listeners {
		holder := words.nobody.In(lang)
		if len(l.PIDs) > 0 {
			holder = strings.TrimSpace(l.Container + " " + strings.Trim(fmt.Sprint(l.PIDs), "[]"))
		}
		t.Add(fmt.Sprintf("%s:%d", bracketed(l.Address), l.Port), holder)
	}
	r.out.WriteString("\n" + t.String())
}

// gaps writes what could not be had.
func (r *renderer) gaps() {
	if len(r.a.Missing) == 0 {
		return
	}
	r.out.WriteString("\n" + words.missing.In(r.s.Lang) + "\n")
	for _, m := range r.a.Missing {
		r.say("  ", m.Fact+": "+m.Reason)
	}
}

// short is how much of an ID people need.
func short(id string) string { return id[:min(len(id), 12)] }

// bracketed sets an IPv6 address off from its port.
func bracketed(address string) string {
	if strings.Contains(address, ":") {
		return "[" + address + "]"
	}
	return address
}

// color returns how the matrix is coloured, nil when it isn't.
func (r *renderer) color() func(cell string) string {
	if !r.s.Color {
		return nil
	}
	return colorOf
}

// colorOf colours the signs of the matrix; a container's name or a command can
// be one too, and is no worse for it.
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
