package observe

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"podlab/internal/probe"
)

func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared
		var taken int64
		shutter := make(chan struct{})
		picture := func(ctx context.Context) (*probe.Snapshot, error) {
			taken++
			mine := taken
			select {
			case <-shutter:
				return &probe.Snapshot{TakenAt: mine}, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		var wg sync.WaitGroup
		want := func(number int64) {
			t.Helper()
			wg.Go(func() {
				got, err := s.take(t.Context(), picture)
				if err != nil || got.TakenAt != number {
					t.Errorf("take gave %v and %v, want picture %d", got, err, number)
				}
			})
			synctest.Wait()
		}
		want(1)
		// The first was begun before these asked.
		want(2)
		want(2)
		impatient, leave := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		wg.Go(func() {
			if _, err := s.take(impatient, picture); !errors.Is(err, gone) {
				t.Errorf("who has left gets %v, want %v", err, gone)
			}
		})
		synctest.Wait()
		leave(gone)
		shutter <- struct{}{}
		shutter <- struct{}{}
		wg.Wait()
		want(3)
		shutter <- struct{}{}
		wg.Wait()

		// One that takes too long fails, and doesn't stand in the way of the next.
		if _, err := s.take(t.Context(), picture); !errors.Is(err, errSilent) {
			t.Errorf("a node that is silent gives %v, want %v", err, errSilent)
		}
		want(5)
		shutter <- struct{}{}
		wg.Wait()
	})
}
