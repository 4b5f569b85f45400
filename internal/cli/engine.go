package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/engine"
)

// engineOptions say what may be done to get an engine.
type engineOptions struct {
	yes bool
	no  bool
}

func (a *app) engineFlags(cmd *cobra.Command, o *engineOptions) {
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, a.say("install and start an engine without asking", "묻지 않고 엔진을 설치하고 시작합니다"))
	cmd.Flags().BoolVar(&o.no, "no-engine", false, a.say("install and start no engine", "엔진을 설치하거나 시작하지 않습니다"))
}

// useEngine returns a usable engine, one that it starts if need be and if it
// may.
func (a *app) useEngine(ctx context.Context, o engineOptions) (*engine.Engine, error) {
	if o.yes && o.no {
		return nil, mistake("--yes and --no-engine contradict each other")
	}
	return engine.Find(ctx, engine.Options{Start: !o.no, Ask: a.ask(ctx, o.yes), Progress: a.progress()})
}

func (a *app) engine() *cobra.Command {
	return a.group("engine", a.say("The container engine that kind uses", "kind가 쓰는 컨테이너 엔진"),
		a.engineUp(), a.engineDown(), a.engineStatus())
}

type engineUpVerb struct {
	*app
	engineOptions
	format string
}

func (a *app) engineUp() *cobra.Command {
	v := &engineUpVerb{app: a}
	cmd := a.verb("up", a.say("Find a usable engine, or install and start one", "쓸 수 있는 엔진을 찾거나, 없으면 설치하고 시작합니다"), exactly(), v.run)
	cmd.Flags().BoolVarP(&v.yes, "yes", "y", false, a.say("do not ask", "묻지 않습니다"))
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *engineUpVerb) run(ctx context.Context, _ []string) error {
	e, err := v.useEngine(ctx, v.engineOptions)
	if err != nil {
		return err
	}
	return v.showEngine(e, v.format)
}

type engineStatusVerb struct {
	*app
	format string
}

func (a *app) engineStatus() *cobra.Command {
	v := &engineStatusVerb{app: a}
	cmd := a.verb("status", a.say("Show the engine that would be used", "쓰게 될 엔진을 보여 줍니다"), exactly(), v.run)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *engineStatusVerb) run(ctx context.Context, _ []string) error {
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
	return v.printf(v.say("podlab's own: pid %d, socket %s, data in %s, log %s\n", "podlab의 엔진: pid %d, 소켓 %s, 데이터 %s, 로그 %s\n"),
		status.Own.PID, status.Own.Socket, status.Own.Root, status.Own.Log)
}

// An engineView is an engine as it is shown.
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
	whose := a.say("there before podlab", "podlab보다 먼저 있던 것")
	if e.Own {
		whose = a.say("started by podlab", "podlab이 시작한 것")
	}
	return a.printf("%s %s%s, %s/%s, cgroup v%d, %s\n", e.Provider, e.Version, where, e.OS, e.Arch, e.CgroupVersion, whose)
}

type engineDownVerb struct {
	*app
	purge bool
}

func (a *app) engineDown() *cobra.Command {
	v := &engineDownVerb{app: a}
	cmd := a.verb("down", a.say("Stop the engine that podlab started", "podlab이 시작한 엔진을 멈춥니다"), exactly(), v.run)
	cmd.Flags().BoolVar(&v.purge, "purge", false, a.say("remove its images, containers and logs as well", "이미지, 컨테이너, 로그도 지웁니다"))
	return cmd
}

func (v *engineDownVerb) run(ctx context.Context, _ []string) error {
	stopped, err := engine.Down(ctx, engine.DownOptions{Purge: v.purge, Progress: v.progress()})
	if err == nil && !stopped {
		err = v.printf("%s\n", v.say("no engine of podlab's was running", "podlab이 시작한 엔진이 돌고 있지 않습니다"))
	}
	return err
}
