package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"

	"github.com/spf13/cobra"

	"podlab/internal/assets"
	"podlab/internal/version"
)

type versionCommand struct {
	*app
	format string
}

func (a *app) version() *cobra.Command {
	v := &versionCommand{app: a}
	cmd := a.command("version", a.text("Show the version of podlab", "podlab의 버전을 보여 줍니다"), arguments(), v.run)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// versions is what a bug report should include.
type versions struct {
	Podlab string `json:"podlab"`
	Go     string `json:"go"`
	// Platform is OS/ARCH.
	Platform string `json:"platform"`
	// Nodeprobe is the start of the SHA-256 hash of the embedded nodeprobe for this
	// architecture, "" if none is embedded.
	Nodeprobe string `json:"nodeprobe"`
}

func (v *versionCommand) run(context.Context, []string) error {
	found := versions{Podlab: version.Podlab(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if binary, err := assets.Nodeprobe(runtime.GOARCH); err == nil {
		sum := sha256.Sum256(binary)
		found.Nodeprobe = hex.EncodeToString(sum[:6])
	}
	if v.format == "json" {
		return v.json(found)
	}
	nodeprobe := found.Nodeprobe
	if nodeprobe == "" {
		nodeprobe = v.text("not embedded (use make build)", "없음 (make build로 빌드하세요)")
	}
	return v.printf("podlab     %s\nnodeprobe  %s\n%s %s\n", found.Podlab, nodeprobe, found.Go, found.Platform)
}

// json writes a result as JSON.
func (a *app) json(result any) error {
	e := json.NewEncoder(a.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(result)
}
