package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/engine"
)

// engineOptions control whether podlab may install and start an engine.
type engineOptions struct {
	yes bool
	no  bool
}

func (a *app) engineFlags(cmd *cobra.Command, o *engineOptions) {
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, a.text("install and start an engine without asking", "묻지 않고 엔진을 설치하고 시작합니다"))
	cmd.Flags().BoolVar(&o.no, "no-engine", false, a.text("never install or start an engine", "엔진을 설치하거나 시작하지 않습니다"))
}

// findEngine returns a usable engine. If there is none and the options allow it,
// findEngine starts one.
func (a *app) findEngine(ctx context.Context, o engineOptions) (*engine.Engine, error) {
	find, err := a.findOptions(ctx, o)
	if err != nil {
		return nil, err
	}
	return engine.Find(ctx, find)
}

func (a *app) findOptions(ctx context.Context, o engineOptions) (engine.Options, error) {
	if o.yes && o.no {
		return engine.Options{}, argumentError("--yes and --no-engine can't be used together")
	}
	return engine.Options{Start: !o.no, Ask: a.ask(ctx, o.yes), Progress: a.progress()}, nil
}

func (a *app) engine() *cobra.Command {
	return a.group("engine", a.text("Manage the container engine that kind uses", "kind가 쓰는 컨테이너 엔진을 관리합니다"),
		a.engineUp(), a.engineDown(), a.engineStatus())
}

type engineUpCommand struct {
	*app
	engineOptions
	format string
}

func (a *app) engineUp() *cobra.Command {
	v := &engineUpCommand{app: a}
	cmd := a.command("up", a.text("Find a usable engine, or install and start one", "쓸 수 있는 엔진을 찾거나, 없으면 설치하고 시작합니다"), arguments(), v.run)
	cmd.Flags().BoolVarP(&v.yes, "yes", "y", false, a.text("install and start an engine without asking", "묻지 않고 엔진을 설치하고 시작합니다"))
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *engineUpCommand) run(ctx context.Context, _ []string) error {
	e, err := v.findEngine(ctx, v.engineOptions)
	if err != nil {
		return err
	}
	return v.showEngine(e, v.format)
}

type engineStatusCommand struct {
	*app
	format string
}

func (a *app) engineStatus() *cobra.Command {
	v := &engineStatusCommand{app: a}
	cmd := a.command("status", a.text("Show the engine that podlab would use", "podlab이 쓸 엔진을 보여 줍니다"), arguments(), v.run)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *engineStatusCommand) run(ctx context.Context, _ []string) error {
	status, err := engine.Survey(ctx, engine.Options{Progress: v.progress()})
	switch {
	case err != nil:
		return err
	case status.Engine == nil:
		return status.None
	}
	if err := v.showEngine(status.Engine, v.format); err != nil || v.format != "text" || status.Own.PID == 0 {
		return err
	}
	return v.printf(v.text("podlab's engine: pid %d, socket %s, data in %s, log %s\n", "podlab이 시작한 엔진: pid %d, 소켓 %s, 데이터 %s, 로그 %s\n"),
		status.Own.PID, status.Own.Socket, status.Own.Root, status.Own.Log)
}

// An engineView is an engine as printed.
type engineView struct {
	Provider      string `json:"provider"`
	Version       string `json:"version"`
	Host          string `json:"host,omitempty"`
	Platform      string `json:"platform"`
	CgroupVersion int    `json:"cgroupVersion"`
	Rootless      bool   `json:"rootless"`
	Own           bool   `json:"own"`
}

func (a *app) showEngine(e *engine.Engine, format string) error {
	if format == "json" {
		return a.json(engineView{e.Provider, e.Version, e.Host, e.OS + "/" + e.Arch, e.CgroupVersion, e.Rootless, e.Own})
	}
	where := ""
	if e.Host != "" {
		where = fmt.Sprintf(" (DOCKER_HOST=%s)", e.Host)
	}
	origin := a.text("not started by podlab", "podlab이 시작하지 않음")
	if e.Own {
		origin = a.text("started by podlab", "podlab이 시작함")
	}
	return a.printf("%s %s%s, %s/%s, cgroup v%d, %s\n", e.Provider, e.Version, where, e.OS, e.Arch, e.CgroupVersion, origin)
}

type engineDownCommand struct {
	*app
	purge bool
}

func (a *app) engineDown() *cobra.Command {
	v := &engineDownCommand{app: a}
	cmd := a.command("down", a.text("Stop the engine that podlab started", "podlab이 시작한 엔진을 멈춥니다"), arguments(), v.run)
	cmd.Flags().BoolVar(&v.purge, "purge", false, a.text("also remove its images, containers and logs", "이미지, 컨테이너, 로그도 지웁니다"))
	return cmd
}

func (v *engineDownCommand) run(ctx context.Context, _ []string) error {
	stopped, err := engine.Down(ctx, engine.DownOptions{Purge: v.purge, Progress: v.progress()})
	if err == nil && !stopped {
		err = v.printf("%s\n", v.text("no engine that podlab started is running", "podlab이 시작한 엔진이 실행 중이 아닙니다"))
	}
	return err
}
