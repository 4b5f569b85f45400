package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// Inspect returns what the engine's inspect command prints about a container.
// Whole numbers are json.Number.
func (e *Engine) Inspect(ctx context.Context, container string) (map[string]any, error) {
	out, err := e.Output(ctx, "inspect", "--type", "container", container)
	if err != nil {
		return nil, err
	}
	var all []map[string]any
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("decode %s inspect %s: %w", e.Provider, container, err)
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%s inspect %s: got %d containers, want 1", e.Provider, container, len(all))
	}
	return all[0], nil
}
