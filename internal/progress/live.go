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
	// frame is the time between two drawings of the running steps.
	frame = 100 * time.Millisecond
	// defaultWidth is the width of a writer that is not a terminal.
	defaultWidth = 80

	spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

	clearBelow = "\x1b[J"
)

// live shows one line for each running step, below the permanent lines.
type live struct {
	w     io.Writer
	width func() int

	mu      sync.Mutex
	running []*liveStep
	// drawn counts the lines of running steps on the screen.
	drawn int
	// stop ends the redrawing. It is nil while no step runs.
	stop chan struct{}
}

func newLive(w io.Writer) *live {
	return &live{w: w, width: func() int { return widthOf(w) }}
}

// widthOf returns the number of columns of w.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return defaultWidth
}

func (l *live) Log(format string, args ...any) {
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

// redraw keeps the elapsed times on the screen current until stop is closed.
func (l *live) redraw(stop <-chan struct{}) {
	ticker := time.NewTicker(frame)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			if !l.drawUnless(stop) {
				return
			}
		}
	}
}

// drawUnless draws and returns true, unless stop has been closed.
func (l *live) drawUnless(stop <-chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != stop {
		return false
	}
	l.draw("")
	return true
}

// draw replaces the lines of the running steps with permanent and the current
// lines of the running steps. A single write avoids flicker. The caller holds
// l.mu.
func (l *live) draw(permanent string) {
	var out bytes.Buffer
	if l.drawn > 0 {
		fmt.Fprintf(&out, "\r\x1b[%dA", l.drawn)
	}
	out.WriteString(clearBelow)
	out.WriteString(permanent)
	for _, s := range l.running {
		// A line that wraps would take two lines of the screen, and l.drawn counts one.
		out.WriteString(text.Cut(s.line(), l.width()-1) + "\n")
	}
	l.drawn = len(l.running)
	_, _ = l.w.Write(out.Bytes())
}

type liveStep struct {
	l      *live
	what   string
	last   time.Duration
	began  time.Time
	detail string // guarded by l.mu
}

// line shows a running step.
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
