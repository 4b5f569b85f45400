package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podlab/internal/image"
)

func (a *app) images() *cobra.Command {
	return a.group("images", a.say("The images that clusters are made of", "클러스터를 이루는 이미지"),
		a.imagesGet("build", a.say("Build images from packages, as far as they are not there", "아직 없는 이미지를 패키지에서 만듭니다"), image.Packages),
		a.imagesGet("pull", a.say("Pull images from their registries, as far as they are not there", "아직 없는 이미지를 레지스트리에서 받습니다"), image.Registry))
}

// imagesGetVerb is build and pull: they differ in where images come from.
type imagesGetVerb struct {
	*app
	engineOptions
	source image.Source
	format string
}

func (a *app) imagesGet(name, short string, source image.Source) *cobra.Command {
	v := &imagesGetVerb{app: a, source: source}
	cmd := a.verb(name, short, exactly(), v.run)
	a.engineFlags(cmd, &v.engineOptions)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *imagesGetVerb) run(ctx context.Context, _ []string) error {
	e, err := v.useEngine(ctx, v.engineOptions)
	if err != nil {
		return err
	}
	got, err := image.Ensure(ctx, e, image.Options{Source: v.source, Progress: v.progress(), Ask: v.ask(ctx, v.yes)})
	if err != nil {
		return err
	}
	if v.format == "json" {
		return v.json(imagesView{got.Source, got.Kubernetes, got.Node, got.Load})
	}
	if err := v.printf("%s  Kubernetes %s\n", got.Node, got.Kubernetes); err != nil {
		return err
	}
	for _, ref := range got.Load {
		if err := v.printf("%s  %s\n", ref, v.say("loaded into each node", "노드마다 넣음")); err != nil {
			return err
		}
	}
	return nil
}

// An imagesView are the images of a cluster as they are shown.
type imagesView struct {
	Source     image.Source `json:"source"`
	Kubernetes string       `json:"kubernetes"`
	Node       string       `json:"node"`
	// Load are the images that are not inside the node image.
	Load []string `json:"load,omitempty"`
}
