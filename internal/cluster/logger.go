package cluster

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"sigs.k8s.io/kind/pkg/log"

	"podlab/internal/progress"
)

// errPhase ends the step of a phase that kind says has failed; why it has is in
// what kind returns.
var errPhase = errors.New("failed")

// A narrator is a logger for kind which turns its messages into steps. kind
// says " • Name 📦  ..." when it begins something and " ✓ Name 📦" or " ✗ Name
// 📦" when that has ended; what it says otherwise at this level is chatter.
type narrator struct {
	progress progress.Reporter
	last     map[string]time.Duration

	mu     sync.Mutex
	name   string // of the running phase, "" between two
	step   progress.Step
	begun  time.Time
	phases []Phase
}

func newNarrator(reporter progress.Reporter) *narrator {
	return &narrator{progress: reporter, last: lastTimes()}
}

// say takes one of kind's messages.
func (n *narrator) say(message string) {
	sign, rest, _ := strings.Cut(strings.TrimSpace(message), " ")
	switch sign {
	case "•":
		n.begin(phaseName(strings.TrimSuffix(rest, "...")))
	case "✓":
		n.end(nil)
	case "✗":
		n.end(errPhase)
	}
}

// phaseName leaves out kind's pictures.
func phaseName(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) })
}

func (n *narrator) begin(name string) {
	n.end(nil)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.name, n.begun = name, time.Now()
	n.step = n.progress.Begin(name, n.last[name])
}

// end closes the running phase, if there is one.
func (n *narrator) end(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.step == nil {
		return
	}
	n.step.End(err)
	n.phases = append(n.phases, Phase{Name: n.name, Elapsed: time.Since(n.begun)})
	n.name, n.step = "", nil
}

// ended returns the phases that have ended.
func (n *narrator) ended() []Phase {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.phases
}

// Warn, Error and V make a narrator a logger for kind.

func (n *narrator) Warn(message string)               { n.progress.Say("kind: %s", message) }
func (n *narrator) Warnf(format string, args ...any)  { n.Warn(fmt.Sprintf(format, args...)) }
func (n *narrator) Error(message string)              { n.progress.Say("kind: %s", message) }
func (n *narrator) Errorf(format string, args ...any) { n.Error(fmt.Sprintf(format, args...)) }

func (n *narrator) V(level log.Level) log.InfoLogger {
	if level > 0 {
		return log.NoopInfoLogger{}
	}
	return chapter{n}
}

// A chapter is a narrator's messages of level 0.
type chapter struct{ *narrator }

func (c chapter) Info(message string)              { c.say(message) }
func (c chapter) Infof(format string, args ...any) { c.say(fmt.Sprintf(format, args...)) }
func (c chapter) Enabled() bool                    { return true }
