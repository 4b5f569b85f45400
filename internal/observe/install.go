package observe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"podlab/internal/node"
)

// Install writes an executable file into a node, completely or not at all.
func (o *Observer) Install(ctx context.Context, name, path string, program []byte) error {
	const script = `mkdir -p "$(dirname "$1")" && cat >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"`
	err := o.Node(name).Run(ctx, node.Command{Argv: []string{"sh", "-c", script, "sh", path}, Stdin: bytes.NewReader(program)})
	if exit, ok := errors.AsType[*node.ExitError](err); ok {
		err = errors.New(strings.TrimSpace(exit.Stderr))
	}
	if err != nil {
		return fmt.Errorf("write %s in node %s: %w", path, name, err)
	}
	return nil
}
