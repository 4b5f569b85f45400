package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// Inspect returns what the engine says of a container, as its inspect command
// prints it; whole numbers are json.Number.
func (e *Engine) Inspect(ctx context.Context, container string) (map[string]any, error) {
	out, err := e.Output(ctx, "inspect", "--type", "container", container)
	if err != nil {
		return nil, err
	}
	var all []map[string]any
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("read what %s says of container %s: %w", e.Provider, container, err)
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%s knows %d containers %s", e.Provider, len(all), container)
	}
	return all[0], nil
}
