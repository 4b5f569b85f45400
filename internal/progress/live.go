package progress

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"podlab/internal/text"
)

const (
	// frame is how long a picture of the running steps stands.
	frame = 100 * time.Millisecond
	// defaultWidth is taken for a writer that can't say how wide it is.
	defaultWidth = 80

	spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

	clearBelow = "\x1b[J"
)

// live keeps a line for each running step below the lines that stay.
type live struct {
	w     io.Writer
	width func() int

	mu      sync.Mutex
	running []*liveStep
	// drawn is how many lines of running steps stand on the screen.
	drawn int
	// stop ends the redrawing; nil while nothing runs.
	stop chan struct{}
}

func newLive(w io.Writer) *live {
	return &live{w: w, width: func() int { return widthOf(w) }}
}

// widthOf returns how many columns the terminal behind w has.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return defaultWidth
}

func (l *live) Say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw(fmt.Sprintf(format, args...) + "\n")
}

func (l *live) Begin(what string, last time.Duration) Step {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &liveStep{l: l, what: what, last: last, began: time.Now()}
	l.running = append(l.running, s)
	if l.stop == nil {
		l.stop = make(chan struct{})
		go l.redraw(l.stop)
	}
	l.draw("")
	return s
}

// redraw lets time pass on the screen until stop is closed, which it is while
// no step runs.
func (l *live) redraw(stop <-chan struct{}) {
	ticker := time.NewTicker(frame)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			if !l.drawWhile(stop) {
				return
			}
		}
	}
}

// drawWhile draws unless stop was closed meanwhile.
func (l *live) drawWhile(stop <-chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != stop {
		return false
	}
	l.draw("")
	return true
}

// draw replaces the lines of the running steps: stays above, then the steps as
// they are now. All of it is one write, so nothing flickers. l.mu is held.
func (l *live) draw(stays string) {
	var out bytes.Buffer
	if l.drawn > 0 {
		fmt.Fprintf(&out, "\r\x1b[%dA", l.drawn)
	}
	out.WriteString(clearBelow)
	out.WriteString(stays)
	for _, s := range l.running {
		// A line that wraps would make two, and the next picture begin too low.
		out.WriteString(text.Cut(s.line(), l.width()-1) + "\n")
	}
	l.drawn = len(l.running)
	_, _ = l.w.Write(out.Bytes())
}

type liveStep struct {
	l     *live
	what  string
	last  time.Duration
	began time.Time
	// detail is guarded by l.mu.
	detail string
}

// line is the step as it runs.
func (s *liveStep) line() string {
	elapsed := time.Since(s.began)
	frames := []rune(spinner)
	line := fmt.Sprintf("%c %s", frames[int(elapsed/frame)%len(frames)], s.what)
	if s.detail != "" {
		line += ": " + s.detail
	}
	return line + fmt.Sprintf(" %s%s", Round(elapsed.Truncate(frame)), lastTime(s.last))
}

func (s *liveStep) Detail(format string, args ...any) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	s.detail = fmt.Sprintf(format, args...)
}

func (s *liveStep) End(err error) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	i := slices.Index(s.l.running, s)
	if i < 0 {
		return
	}
	s.l.running = slices.Delete(s.l.running, i, i+1)
	if len(s.l.running) == 0 {
		close(s.l.stop)
		s.l.stop = nil
	}
	s.l.draw(fmt.Sprintf("%s %s %s\n", mark(err), s.what, Round(time.Since(s.began))))
}
