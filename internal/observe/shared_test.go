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
					t.Errorf("take returned %v and %v, want snapshot %d", got, err, number)
				}
			})
			synctest.Wait()
		}
		want(1, "a")
		// The first snapshot began before these calls, so they get the next one.
		want(2, "a")
		want(2, "b")
		want(2, "a")
		impatient, leave := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		wg.Go(func() {
			if _, err := s.take(impatient, "z", picture); !errors.Is(err, gone) {
				t.Errorf("a caller whose context ended got %v, want %v", err, gone)
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

		// A snapshot that takes too long fails, and does not delay the next one.
		if _, err := s.take(t.Context(), "d", picture); !errors.Is(err, errPictureTimeout) {
			t.Errorf("a node that does not answer: got %v, want %v", err, errPictureTimeout)
		}
		want(5, "c")
		shutter <- struct{}{}
		wg.Wait()
		if diff := cmp.Diff([][]string{{"a"}, {"a", "b", "z"}, {"b"}, {"d"}, {"c"}}, of); diff != "" {
			t.Errorf("kube namespaces of the snapshots (-want +got):\n%s", diff)
		}
	})
}
