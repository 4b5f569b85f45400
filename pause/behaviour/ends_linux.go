package behaviour

import (
	"context"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// names match the ways in which a line may name a signal.
var names = map[unix.Signal]*regexp.Regexp{
	unix.SIGINT:  regexp.MustCompile(`(?i)\b(SIG)?INT(errupt(ed)?)?\b`),
	unix.SIGTERM: regexp.MustCompile(`(?i)\b(SIG)?TERM(inated)?\b`),
}

func ends(s unix.Signal) func(context.Context, *process) error {
	return func(ctx context.Context, p *process) error {
		if err := p.signal(s); err != nil {
			return err
		}
		return p.endedBy(ctx, s)
	}
}

func endsByBoth(ctx context.Context, p *process) error {
	if err := p.whileStopped(ctx, func() error { return p.signal(unix.SIGTERM, unix.SIGINT) }); err != nil {
		return err
	}
	return p.endedBy(ctx, unix.SIGINT, unix.SIGTERM)
}

func endsInStorm(ctx context.Context, p *process) error {
	storm := make([]unix.Signal, 5000)
	for i := range storm {
		storm[i] = unix.SIGCHLD
	}
	if err := p.signal(storm...); err != nil {
		return err
	}
	if p.hasEnded() {
		return violated("SIGCHLD ended it")
	}
	if err := p.signal(append([]unix.Signal{unix.SIGTERM}, storm...)...); err != nil {
		return err
	}
	return p.endedBy(ctx, unix.SIGTERM)
}

// endedBy returns a violation unless one of the signals has ended the pause with
// status 0 and a line that names the signal.
func (p *process) endedBy(ctx context.Context, by ...unix.Signal) error {
	if ended, err := p.eventually(ctx, p.hasEnded); !ended {
		return orViolated(err, "it is still running after %v", by)
	}
	if status := p.status(); !status.Exited() || status.ExitStatus() != 0 {
		return violated("it ended with %s, want status 0", p.cmd.ProcessState)
	}
	output := strings.TrimRight(p.output("stderr"), "\n")
	last := output[strings.LastIndex(output, "\n")+1:]
	for _, s := range by {
		if names[s].MatchString(last) {
			return nil
		}
	}
	return violated("its last line is %q, want a line that names %v", last, by)
}

func (p *process) status() syscall.WaitStatus {
	status, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return status
}

func staysForOthers(ctx context.Context, p *process) error {
	for s := unix.Signal(1); s <= 64; s++ {
		switch s {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGINT, unix.SIGTERM:
			continue
		}
		if err := p.signal(s); err != nil {
			return err
		}
	}
	if ended, err := p.settle(ctx); ended || err != nil {
		return orViolated(err, "it ended with %v", p.cmd.ProcessState)
	}
	return ends(unix.SIGTERM)(ctx, p)
}

func staysForInside(ctx context.Context, p *process) error {
	const all = `n=1; while [ $n -le 64 ]; do case $n in 2|15) ;; *) kill -$n 1;; esac; n=$((n+1)); done`
	agentErr := p.runInAgent(ctx, all)
	if ended, err := p.settle(ctx); ended || err != nil {
		return orViolated(err, "it ended with %v", p.cmd.ProcessState)
	}
	if agentErr != nil {
		return agentErr
	}
	// The agent may not answer, because it dies with the PID namespace.
	_ = p.runInAgent(ctx, "kill -TERM 1")
	return p.endedBy(ctx, unix.SIGTERM)
}

// orViolated returns err, or a violation if err is nil.
func orViolated(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return violated(format, args...)
}

func printsVersion(_ context.Context, p *process) error {
	if !p.hasEnded() {
		return violated("it keeps running")
	}
	out := p.output("stdout")
	if p.status() != 0 || strings.Count(out, "\n") != 1 || p.output("stderr") != "" {
		return violated("it ended with %s and printed %q on stdout and %q on stderr", p.cmd.ProcessState, out, p.output("stderr"))
	}
	return nil
}

func warns(_ context.Context, p *process) error {
	if p.hasEnded() {
		return violated("it ended with %s", p.cmd.ProcessState)
	}
	if output := p.output("stderr"); !strings.Contains(strings.ToLower(output), "warning") {
		return violated("it printed %q on stderr, want a warning", output)
	}
	return nil
}

func refuses(_ context.Context, p *process) error {
	if !p.hasEnded() {
		return violated("it keeps running")
	}
	if p.status().ExitStatus() <= 0 || p.output("stderr") == "" {
		return violated("it ended with %s and printed %q on stderr", p.cmd.ProcessState, p.output("stderr"))
	}
	return nil
}
