package kube

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLookUp(t *testing.T) {
	if got, err := lookUp(t.Context(), func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	refused := errors.New("refused")
	if _, err := lookUp(t.Context(), func() (int, error) { return 0, refused }); !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of ask", err)
	}
	synctest.Test(t, func(t *testing.T) {
		silent := make(chan struct{})
		defer close(silent)
		ask := func() (int, error) { <-silent; return 0, nil }
		began := time.Now()
		if _, err := lookUp(t.Context(), ask); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != callTimeout {
			t.Errorf("a server that does not answer: got %v after %s, want a timeout after %s", err, time.Since(began), callTimeout)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := lookUp(ctx, ask); !errors.Is(err, context.Canceled) {
			t.Errorf("after an interrupt: got %v, want context.Canceled", err)
		}
	})
}
