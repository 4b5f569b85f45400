package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/image"
	"podlab/internal/lab"
	"podlab/internal/text"
)

func (a *app) images() *cobra.Command {
	return a.group("images", a.text("Manage the images that clusters use", "클러스터가 쓰는 이미지를 관리합니다"), a.imagesList(),
		a.imagesGet("build", a.text("Build any missing images from packages", "없는 이미지를 패키지로 빌드합니다"), image.Packages),
		a.imagesGet("pull", a.text("Pull any missing images from their registries", "없는 이미지를 레지스트리에서 받습니다"), image.Registry),
		a.imagesRemove())
}

// imagesGetCommand is build or pull, depending on source.
type imagesGetCommand struct {
	*app
	engineOptions
	source image.Source
	format string
}

func (a *app) imagesGet(name, short string, source image.Source) *cobra.Command {
	v := &imagesGetCommand{app: a, source: source}
	cmd := a.command(name, short, arguments(), v.run)
	a.engineFlags(cmd, &v.engineOptions)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *imagesGetCommand) run(ctx context.Context, _ []string) error {
	e, err := v.findEngine(ctx, v.engineOptions)
	if err != nil {
		return err
	}
	get := image.Ensure
	if v.source == image.Packages {
		get = image.Build
	}
	got, err := get(ctx, e, image.Options{Source: v.source, Progress: v.progress(), Ask: v.ask(ctx, v.yes)})
	if err != nil {
		return err
	}
	return v.showImages(got, v.format)
}

// An imagesView is the JSON form of a cluster's images.
type imagesView struct {
	Source     image.Source `json:"source"`
	Kubernetes string       `json:"kubernetes"`
	Node       string       `json:"node"`
	// Load lists the images that are not inside the node image.
	Load []string `json:"load,omitempty"`
}

func (a *app) showImages(images *image.Images, format string) error {
	if format == "json" {
		return a.json(imagesView{images.Source, images.Kubernetes, images.Node, images.Load})
	}
	table := text.Table{}
	table.Add(images.Node, "Kubernetes "+images.Kubernetes)
	for _, ref := range images.Load {
		table.Add(ref, a.text("loaded into each node", "각 노드에 넣음"))
	}
	return a.printf("%s", table.String())
}

type imagesListCommand struct {
	*app
	format string
}

func (a *app) imagesList() *cobra.Command {
	v := &imagesListCommand{app: a}
	cmd := a.command("list", a.text("List the images that podlab has or can get", "podlab이 가지고 있거나 가져올 수 있는 이미지를 나열합니다"), arguments(), v.run)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *imagesListCommand) run(ctx context.Context, _ []string) error {
	e, err := v.findEngine(ctx, engineOptions{no: true})
	if err != nil {
		return err
	}
	images, err := image.List(ctx, e, image.Options{Progress: v.progress()})
	if err != nil {
		return err
	}
	return v.showImageList(images, v.format)
}

func (a *app) showImageList(images []image.Info, format string) error {
	if format == "json" {
		return a.json(map[string]any{"apiVersion": lab.APIVersion, "kind": "ImageList", "images": images})
	}
	table := text.Table{}
	table.Add(a.text("IMAGE", "이미지"), a.text("SOURCE", "출처"), a.text("PRESENT", "있음"), a.text("SIZE", "크기"))
	for _, i := range images {
		table.Add(i.Name, string(i.Source), a.presence(i), size(i.Size))
	}
	return a.printf("%s", table.String())
}

func (a *app) presence(i image.Info) string {
	switch {
	case i.Present && !i.Current:
		return a.text("yes, outdated", "예, 이전 버전")
	case i.Present:
		return a.text("yes", "예")
	case i.Inside != "":
		return fmt.Sprintf(a.text("inside %s", "%s 안에 있음"), i.Inside)
	default:
		return a.text("no", "아니요")
	}
}

func size(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}

type imagesRemoveCommand struct {
	*app
	all   bool
	cache bool
}

func (a *app) imagesRemove() *cobra.Command {
	v := &imagesRemoveCommand{app: a}
	cmd := a.command("rm [IMAGE...]", a.text("Remove images that podlab added to the engine", "podlab이 엔진에 넣은 이미지를 지웁니다"), cobra.ArbitraryArgs, v.run)
	cmd.ValidArgsFunction = v.complete
	cmd.Flags().BoolVar(&v.all, "all", false, a.text("remove all images that podlab added", "podlab이 넣은 이미지를 모두 지웁니다"))
	cmd.Flags().BoolVar(&v.cache, "cache", false, a.text("also remove the build cache", "빌드 캐시도 지웁니다"))
	return cmd
}

func (v *imagesRemoveCommand) run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0 && !v.all && !v.cache:
		return argumentError("name an IMAGE, or use --all or --cache")
	case len(args) > 0 && v.all:
		return argumentError("IMAGE and --all can't be used together")
	}
	if v.cache {
		if err := image.RemoveCache(ctx, image.Options{Progress: v.progress()}); err != nil {
			return err
		}
	}
	if len(args) == 0 && !v.all {
		return nil
	}
	e, err := v.findEngine(ctx, engineOptions{no: true})
	if err != nil {
		return err
	}
	removed, err := image.Remove(ctx, e, args...)
	for _, name := range removed {
		err = errors.Join(err, v.printf("%s\n", name))
	}
	return err
}

// complete completes arguments with the images that the engine has.
func (v *imagesRemoveCommand) complete(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	e, err := v.findEngine(cmd.Context(), engineOptions{no: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	images, err := image.List(cmd.Context(), e, image.Options{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, i := range images {
		if i.Present {
			names = append(names, i.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
