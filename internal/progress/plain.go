package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// A step that ends within quiet has one line, not two.
	quiet = 2 * time.Second
	// A step that goes on has a line this often, so that a log shows life.
	again = time.Minute
)

// plain writes lines that stay, for logs.
type plain struct {
	mu sync.Mutex
	w  io.Writer
}

func (p *plain) Say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say(format, args...)
}

// say writes a line; p.mu is held.
func (p *plain) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *plain) Begin(what string, last time.Duration) Step {
	s := &plainStep{p: p, what: what, last: last, began: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.timer = time.AfterFunc(quiet, s.lasts)
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
	said   bool
	ended  bool
}

// lasts says that the step still runs.
func (s *plainStep) lasts() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	switch {
	case s.ended:
		return
	case !s.said:
		s.p.say("… %s%s", s.what, lastTime(s.last))
	case s.detail != "":
		s.p.say("… %s: %s, %s", s.what, s.detail, Round(time.Since(s.began)))
	default:
		s.p.say("… %s %s", s.what, Round(time.Since(s.began)))
	}
	s.said = true
	s.timer.Reset(again)
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
	s.p.say("%s %s %s", mark(err), s.what, Round(time.Since(s.began)))
}
