package cluster

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"sigs.k8s.io/kind/pkg/log"

	"podlab/internal/progress"
	"podlab/internal/state"
)

// A phase is a step of creating a cluster.
type phase struct {
	name    string
	elapsed time.Duration
}

// errPhase ends a phase that kind's log marks as failed. The error that kind
// returns has the reason.
var errPhase = errors.New("failed")

// A phaseLogger is a logger for kind that turns messages into progress steps. kind
// logs " • Name 📦  ..." when a phase begins, and " ✓ Name 📦" or " ✗ Name 📦" when
// it ends. A phaseLogger ignores other messages of level 0.
type phaseLogger struct {
	progress progress.Reporter
	last     map[string]time.Duration

	mu     sync.Mutex
	name   string // of the running phase
	step   progress.Step
	begun  time.Time
	phases []phase
}

func newPhaseLogger(reporter progress.Reporter) *phaseLogger {
	return &phaseLogger{progress: reporter, last: phaseTimes()}
}

// info handles a message of level 0.
func (l *phaseLogger) info(message string) {
	sign, rest, _ := strings.Cut(strings.TrimSpace(message), " ")
	switch sign {
	case "•":
		l.begin(trimEmoji(strings.TrimSuffix(rest, "...")))
	case "✓":
		l.end(nil)
	case "✗":
		l.end(errPhase)
	}
}

// trimEmoji removes the emoji and spaces at the end of a phase's name.
func trimEmoji(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) })
}

func (l *phaseLogger) begin(name string) {
	l.end(nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.name, l.begun = name, time.Now()
	l.step = l.progress.Begin(name, l.last[name])
}

// end ends the running phase, if any.
func (l *phaseLogger) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.step == nil {
		return
	}
	l.step.End(err)
	l.phases = append(l.phases, phase{l.name, time.Since(l.begun)})
	l.name, l.step = "", nil
}

// ended returns the phases that have ended.
func (l *phaseLogger) ended() []phase {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phases
}

// These methods implement log.Logger.

func (l *phaseLogger) Warn(message string)               { l.progress.Log("kind: %s", message) }
func (l *phaseLogger) Warnf(format string, args ...any)  { l.Warn(fmt.Sprintf(format, args...)) }
func (l *phaseLogger) Error(message string)              { l.progress.Log("kind: %s", message) }
func (l *phaseLogger) Errorf(format string, args ...any) { l.Error(fmt.Sprintf(format, args...)) }

func (l *phaseLogger) V(level log.Level) log.InfoLogger {
	if level > 0 {
		return log.NoopInfoLogger{}
	}
	return phaseInfo{l}
}

// A phaseInfo is a phaseLogger's log.InfoLogger of level 0.
type phaseInfo struct{ *phaseLogger }

func (l phaseInfo) Info(message string)              { l.info(message) }
func (l phaseInfo) Infof(format string, args ...any) { l.info(fmt.Sprintf(format, args...)) }
func (l phaseInfo) Enabled() bool                    { return true }

// phaseTimes returns how long each phase took last time, for progress steps.
func phaseTimes() map[string]time.Duration {
	times := map[string]time.Duration{}
	if base, err := state.Dir(); err == nil {
		_ = readJSON(phaseTimesFile(base), &times)
	}
	return times
}

// savePhaseTimes saves how long the phases took.
func savePhaseTimes(phases ...phase) error {
	base, err := state.Dir()
	if err != nil {
		return err
	}
	times := phaseTimes()
	for _, p := range phases {
		times[p.name] = p.elapsed
	}
	return writeJSON(phaseTimesFile(base), times)
}

func phaseTimesFile(base string) string { return filepath.Join(base, "cluster-phases.json") }
