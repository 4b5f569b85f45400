package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// ask returns a function that asks the user a yes-or-no question. It returns nil
// if yes is set or no terminal is attached.
func (a *app) ask(ctx context.Context, yes bool) func(question string) (bool, error) {
	if yes || !a.Interactive() {
		return nil
	}
	return func(question string) (bool, error) { return a.confirm(ctx, question) }
}

// confirm asks the user a yes-or-no question. An empty answer and the end of the
// input mean no.
func (a *app) confirm(ctx context.Context, question string) (bool, error) {
	if _, err := fmt.Fprintf(a.ErrOut, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answer := make(chan string, 1)
	go func() {
		// A read from a terminal can't be cancelled, so it may last as long as the process.
		line, _ := bufio.NewReader(a.In).ReadString('\n')
		answer <- line
	}()
	select {
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case line := <-answer:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes", "예", "네":
			return true, nil
		default:
			return false, nil
		}
	}
}
