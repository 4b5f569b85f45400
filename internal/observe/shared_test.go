package observe

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/nodeprobe/api"
)

func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared
		var taken int64
		shutter := make(chan struct{})
		var of [][]string
		picture := func(ctx context.Context, kubeNamespaces ...string) (*api.Snapshot, error) {
			of = append(of, kubeNamespaces)
			taken++
			mine := taken
			select {
			case <-shutter:
				return &api.Snapshot{TakenAt: mine}, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		var wg sync.WaitGroup
		want := func(number int64, kubeNamespace string) {
			t.Helper()
			wg.Go(func() {
				got, err := s.take(t.Context(), kubeNamespace, picture)
				if err != nil || got.TakenAt != number {
					t.Errorf("take gave %v and %v, want picture %d", got, err, number)
				}
			})
			synctest.Wait()
		}
		want(1, "a")
		// The first was begun before these asked.
		want(2, "a")
		want(2, "b")
		want(2, "a")
		impatient, leave := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		wg.Go(func() {
			if _, err := s.take(impatient, "z", picture); !errors.Is(err, gone) {
				t.Errorf("who has left gets %v, want %v", err, gone)
			}
		})
		synctest.Wait()
		leave(gone)
		shutter <- struct{}{}
		shutter <- struct{}{}
		wg.Wait()
		want(3, "b")
		shutter <- struct{}{}
		wg.Wait()

		// One that takes too long fails, and doesn't stand in the way of the next.
		if _, err := s.take(t.Context(), "d", picture); !errors.Is(err, errPictureTimeout) {
			t.Errorf("a node that is silent gives %v, want %v", err, errPictureTimeout)
		}
		want(5, "c")
		shutter <- struct{}{}
		wg.Wait()
		if diff := cmp.Diff([][]string{{"a"}, {"a", "b", "z"}, {"b"}, {"d"}, {"c"}}, of); diff != "" {
			t.Errorf("the pictures were of (-want +got):\n%s", diff)
		}
	})
}
