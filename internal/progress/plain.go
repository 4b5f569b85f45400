package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// firstLine is when a running step gets its first line. A shorter step gets
	// a line only when it ends.
	firstLine = 2 * time.Second
	// nextLine is the time between the lines of a running step, which show in a
	// log that podlab is alive.
	nextLine = time.Minute
)

// plain prints permanent lines only, for logs.
type plain struct {
	mu sync.Mutex
	w  io.Writer
}

func (p *plain) Log(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.printf(format, args...)
}

// printf prints a line. The caller holds p.mu.
func (p *plain) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *plain) Begin(what string, last time.Duration) Step {
	s := &plainStep{p: p, what: what, last: last, began: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.timer = time.AfterFunc(firstLine, s.printRunning)
	return s
}

type plainStep struct {
	p     *plain
	what  string
	last  time.Duration
	began time.Time

	// Guarded by p.mu.
	timer  *time.Timer
	detail string
	shown  bool // whether the first line is printed
	ended  bool
}

// printRunning prints a line for a step that still runs.
func (s *plainStep) printRunning() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	switch {
	case s.ended:
		return
	case !s.shown:
		s.p.printf("… %s%s", s.what, lastTime(s.last))
	case s.detail != "":
		s.p.printf("… %s: %s, %s", s.what, s.detail, Round(time.Since(s.began)))
	default:
		s.p.printf("… %s %s", s.what, Round(time.Since(s.began)))
	}
	s.shown = true
	s.timer.Reset(nextLine)
}

func (s *plainStep) Detail(format string, args ...any) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.detail = fmt.Sprintf(format, args...)
}

func (s *plainStep) End(err error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	s.timer.Stop()
	s.p.printf("%s %s %s", mark(err), s.what, Round(time.Since(s.began)))
}
