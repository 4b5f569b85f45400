package pull

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"podlab/internal/progress"
)

// A transfer is one pull in progress.
type transfer struct {
	shown  progress.Step
	dog    *watchdog
	layers map[string]layerProgress
}

type layerProgress struct {
	status         string
	current, total int64
}

// message is a message of docker's API about a layer.
type message struct {
	ID, Status, Error string
	ProgressDetail    struct{ Current, Total int64 }
}

// follow reads the API's messages and shows progress, until the pull ends.
func (t *transfer) follow(body io.Reader) error {
	t.layers = make(map[string]layerProgress)
	stream := json.NewDecoder(body)
	for {
		var m message
		err := stream.Decode(&m)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the engine's progress: %w", err)
		case m.Error != "":
			return errors.New(m.Error)
		}
		if t.update(m) {
			t.dog.reset()
			t.show()
		}
	}
}

// update applies a message, and says whether it means progress.
func (t *transfer) update(m message) (progressed bool) {
	before, known := t.layers[m.ID]
	now := layerProgress{status: m.Status, current: m.ProgressDetail.Current, total: m.ProgressDetail.Total}
	switch m.Status {
	case "Downloading":
	case "Verifying Checksum", "Download complete", "Extracting", "Pull complete", "Already exists":
		// Only "Downloading" has the layer's size.
		now.current, now.total = before.total, before.total
	default:
		// "Waiting" or "Retrying in 5 seconds": progress only the first time.
		now.current, now.total = 0, before.total
		t.layers[m.ID] = now
		return !known
	}
	t.layers[m.ID] = now
	return now.current > before.current || now.status != before.status || now.status == "Extracting"
}

const megabyte = 1_000_000

// show shows the sum of all layers whose size is known.
func (t *transfer) show() {
	var sum layerProgress
	for _, l := range t.layers {
		sum.current += l.current
		sum.total += l.total
	}
	if sum.total > 0 {
		t.shown.Detail("%d of %d MB", sum.current/megabyte, sum.total/megabyte)
	}
}
