package observe

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"podlab/internal/nodeprobe/client"
)

// A caller that gives up does not end the attempt of other callers.
func TestLinkSharesOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		answer := make(chan struct{})
		dials := 0
		l := newLink(t.Context(), "w", func(ctx context.Context) (*client.Client, error) {
			dials++
			select {
			case <-answer:
				return nil, refused
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		})
		results := make(chan error, 2)
		ask := func(timeout time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			_, err := l.client(ctx)
			results <- err
		}
		go ask(time.Second)
		go ask(10 * time.Second)
		if err := <-results; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the impatient caller got %v, want its own deadline", err)
		}
		close(answer)
		if err := <-results; !errors.Is(err, refused) {
			t.Errorf("the patient caller got %v, want the answer", err)
		}
		if dials != 1 {
			t.Errorf("dialed %d times, want once for both", dials)
		}

		// A later call starts a new attempt, which times out if the node does not answer.
		answer = make(chan struct{})
		go ask(time.Hour)
		if err := <-results; err == nil || errors.Is(err, context.DeadlineExceeded) || dials != 2 {
			t.Errorf("got %v after %d dials, want the timeout of a second attempt", err, dials)
		}
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
}
