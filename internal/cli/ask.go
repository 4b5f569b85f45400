package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// ask returns how to put yes-or-no questions, nil when the answer is yes or
// nobody is there to give one.
func (a *app) ask(ctx context.Context, yes bool) func(question string) (bool, error) {
	if yes || !a.Interactive() {
		return nil
	}
	return func(question string) (bool, error) { return a.confirm(ctx, question) }
}

// confirm puts a yes-or-no question to whoever sits there. An empty answer and
// the end of the input are a no.
func (a *app) confirm(ctx context.Context, question string) (bool, error) {
	if _, err := fmt.Fprintf(a.ErrOut, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answer := make(chan string, 1)
	go func() {
		// A read from a terminal can't be cancelled; this one ends with the process.
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
