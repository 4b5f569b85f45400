package image

import (
	"os"
	"path/filepath"
	"testing"

	"podlab/internal/engine"
)

// standInEngine returns an engine whose command is this shell script.
func standInEngine(t *testing.T, script string) *engine.Engine {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "engine")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return &engine.Engine{Provider: "docker", Binary: binary}
}

func TestInspectReportsAReplyWithoutImages(t *testing.T) {
	for reply, want := range map[string]string{
		"[]":   `read the engine's reply about nginx: it describes no image`,
		"oops": `read the engine's reply about nginx: invalid character 'o' looking for beginning of value`,
	} {
		e := standInEngine(t, `case "$*" in *--format*) echo sha256:1 ;; *) echo '`+reply+`' ;; esac`)
		if found, err := inspect(t.Context(), e, "nginx"); err == nil || err.Error() != want {
			t.Errorf("reply %s: got %v, %v; want the error %q", reply, found, err, want)
		}
	}
}
