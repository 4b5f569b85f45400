package behaviour

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func reaps(n int) func(context.Context, *process) error {
	return func(ctx context.Context, p *process) error {
		if err := p.killOrphans(ctx, n, true); err != nil {
			return err
		}
		return reapedAll(ctx, p)
	}
}

func reapsBursts(ctx context.Context, p *process) error {
	for i := range 10 {
		if err := p.killOrphans(ctx, 30, i%2 == 0); err != nil {
			return err
		}
	}
	return reapedAll(ctx, p)
}

// killOrphans gives the pause n orphans and kills them. If stopped is set, the pause
// is stopped meanwhile, so that their SIGCHLDs merge into one.
func (p *process) killOrphans(ctx context.Context, n int, stopped bool) error {
	kill, err := p.adoptAlive(ctx, n)
	if err != nil {
		return err
	}
	die := func() error {
		kill()
		return p.allDead(ctx)
	}
	if stopped {
		return p.whileStopped(ctx, die)
	}
	return die()
}

// adoptAlive gives the pause n children that live until kill is called.
func (p *process) adoptAlive(ctx context.Context, n int) (kill func(), err error) {
	if p.hasEnded() {
		return nil, violated("it ended with %s", p.cmd.ProcessState)
	}
	return p.adopt(ctx, n)
}

func reapedAll(ctx context.Context, p *process) error {
	reaped, err := p.eventually(ctx, p.childless)
	switch {
	case err != nil:
		return err
	case p.hasEnded():
		return violated("it ended with %s", p.cmd.ProcessState)
	case !reaped:
		return violated("it leaves zombies")
	}
	return nil
}

func (p *process) childless() bool {
	children, err := p.children()
	return err == nil && len(children) == 0
}

func leavesStopped(ctx context.Context, p *process) error {
	kill, err := p.adoptAlive(ctx, 1)
	if err != nil {
		return err
	}
	defer kill()
	child, err := p.stopChild(ctx)
	if err != nil {
		return err
	}
	if letter := stateOf(child); letter != 'T' {
		return violated("its stopped child is in state %c", letter)
	}
	return ends(unix.SIGTERM)(ctx, p)
}

func sleepsThroughStops(ctx context.Context, p *process) error {
	kill, err := p.adoptAlive(ctx, 1)
	if err != nil {
		return err
	}
	defer kill()
	const times = 10
	if _, err := p.settle(ctx); err != nil {
		return err
	}
	before, _ := p.switches()
	for range times {
		child, err := p.stopChild(ctx)
		if err != nil {
			return err
		}
		if err := unix.Kill(child, unix.SIGCONT); err != nil {
			return os.NewSyscallError("kill", err)
		}
		if err := until(ctx, "its child continues", func() bool { return stateOf(child) != 'T' }); err != nil {
			return err
		}
		if _, err := p.settle(ctx); err != nil {
			return err
		}
	}
	// Its runtime may wake it sometimes, but less often than that.
	if after, _ := p.switches(); after-before >= times {
		return violated("it woke %d times while a child stopped and continued %d times", after-before, times)
	}
	return nil
}

// stopChild stops the pause's only child, and waits until the pause has reacted.
func (p *process) stopChild(ctx context.Context) (pid int, err error) {
	children, err := p.children()
	if err != nil {
		return 0, err
	}
	if len(children) != 1 {
		return 0, fmt.Errorf("find its child: want 1, got %d", len(children))
	}
	pid = children[0]
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		return 0, os.NewSyscallError("kill", err)
	}
	if err := until(ctx, "its child is stopped", func() bool { return stateOf(pid) == 'T' }); err != nil {
		return 0, err
	}
	_, err = p.settle(ctx)
	return pid, err
}
