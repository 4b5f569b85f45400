package pull

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/progress"
)

// details is a Step that keeps its details.
type details struct {
	progress.Step
	lines []string
}

func (d *details) Detail(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func TestTransferShowsTheSumOfAllLayers(t *testing.T) {
	_, dog := watch(t.Context(), Timeouts{Answer: time.Hour, Progress: time.Hour})
	defer dog.stop()
	shown := &details{}
	err := (&transfer{shown: shown, dog: dog}).follow(strings.NewReader(`
		{"status": "Pulling from library/nginx", "id": "sha256:ab"}
		{"status": "Downloading", "id": "a", "progressDetail": {"current": 1000000, "total": 4000000}}
		{"status": "Downloading", "id": "b", "progressDetail": {"current": 2000000, "total": 2000000}}
		{"status": "Downloading", "id": "b", "progressDetail": {"current": 2000000, "total": 2000000}}
		{"status": "Retrying in 5 seconds", "id": "a"}
		{"status": "Download complete", "id": "a"}
		{"error": "unexpected EOF"}`))
	if err == nil || err.Error() != "unexpected EOF" {
		t.Errorf("got %v, want the engine's error", err)
	}
	if diff := cmp.Diff([]string{"1 of 4 MB", "3 of 6 MB", "6 of 6 MB"}, shown.lines); diff != "" {
		t.Error(diff)
	}
}

func TestWatchdogEndsTheContextWithTheReason(t *testing.T) {
	answered, dog := watch(t.Context(), Timeouts{Answer: time.Hour, Progress: time.Millisecond})
	dog.reset()
	<-answered.Done()
	unanswered, _ := watch(t.Context(), Timeouts{Answer: time.Millisecond, Progress: time.Hour})
	<-unanswered.Done()
	for want, got := range map[string]error{
		"no progress within 1ms": context.Cause(answered),
		"no answer within 1ms":   context.Cause(unanswered),
	} {
		if got.Error() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}
