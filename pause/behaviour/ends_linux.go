package behaviour

import (
	"context"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// names are how a line may name a signal.
var names = map[unix.Signal]*regexp.Regexp{
	unix.SIGINT:  regexp.MustCompile(`(?i)\b(SIG)?INT(errupt(ed)?)?\b`),
	unix.SIGTERM: regexp.MustCompile(`(?i)\b(SIG)?TERM(inated)?\b`),
}

func ends(s unix.Signal) func(context.Context, *process) error {
	return func(ctx context.Context, p *process) error {
		if err := p.signal(s); err != nil {
			return err
		}
		return p.hasDone(ctx, s)
	}
}

func endsByBoth(ctx context.Context, p *process) error {
	if err := p.frozen(ctx, func() error { return p.signal(unix.SIGTERM, unix.SIGINT) }); err != nil {
		return err
	}
	return p.hasDone(ctx, unix.SIGINT, unix.SIGTERM)
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
		return violated("SIGCHLD has ended it")
	}
	if err := p.signal(append([]unix.Signal{unix.SIGTERM}, storm...)...); err != nil {
		return err
	}
	return p.hasDone(ctx, unix.SIGTERM)
}

// hasDone says whether it has ended as it must for one of the signals.
func (p *process) hasDone(ctx context.Context, by ...unix.Signal) error {
	if ended, err := p.comes(ctx, p.hasEnded); !ended {
		return orViolated(err, "it goes on in spite of %v", by)
	}
	if status := p.status(); !status.Exited() || status.ExitStatus() != 0 {
		return violated("it ended with %s, want status 0", p.cmd.ProcessState)
	}
	said := strings.TrimRight(p.said("stderr"), "\n")
	last := said[strings.LastIndex(said, "\n")+1:]
	for _, s := range by {
		if names[s].MatchString(last) {
			return nil
		}
	}
	return violated("its last line is %q, want one that names %v", last, by)
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
		return orViolated(err, "it ended, with %v", p.cmd.ProcessState)
	}
	return ends(unix.SIGTERM)(ctx, p)
}

func staysForInside(ctx context.Context, p *process) error {
	const all = `n=1; while [ $n -le 64 ]; do case $n in 2|15) ;; *) kill -$n 1;; esac; n=$((n+1)); done`
	tellErr := p.tell(ctx, all)
	if ended, err := p.settle(ctx); ended || err != nil {
		return orViolated(err, "it ended, with %v", p.cmd.ProcessState)
	}
	if tellErr != nil {
		return tellErr
	}
	// The answer may be lost: the agent ends with the namespace.
	_ = p.tell(ctx, "kill -TERM 1")
	return p.hasDone(ctx, unix.SIGTERM)
}

// orViolated returns err, or if that is nil a violation.
func orViolated(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return violated(format, args...)
}

func printsVersion(_ context.Context, p *process) error {
	if !p.hasEnded() {
		return violated("it pauses")
	}
	out := p.said("stdout")
	if p.status() != 0 || strings.Count(out, "\n") != 1 || p.said("stderr") != "" {
		return violated("it ended with %s and wrote %q and, on stderr, %q", p.cmd.ProcessState, out, p.said("stderr"))
	}
	return nil
}

func warns(_ context.Context, p *process) error {
	if p.hasEnded() {
		return violated("it ended, with %s", p.cmd.ProcessState)
	}
	if said := p.said("stderr"); !strings.Contains(strings.ToLower(said), "warning") {
		return violated("it wrote %q on stderr, want a warning", said)
	}
	return nil
}

func refuses(_ context.Context, p *process) error {
	if !p.hasEnded() {
		return violated("it pauses")
	}
	if p.status().ExitStatus() <= 0 || p.said("stderr") == "" {
		return violated("it ended with %s and wrote %q on stderr", p.cmd.ProcessState, p.said("stderr"))
	}
	return nil
}
