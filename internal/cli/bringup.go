package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/lab"
	"podlab/internal/report"
)

// bringUpOptions are those of every verb that may make a cluster.
type bringUpOptions struct {
	engineOptions
	name     string
	images   string
	pause    string
	recreate bool
	retain   bool
	merge    bool
}

func (a *app) bringUpFlags(cmd *cobra.Command, o *bringUpOptions) {
	flags := cmd.Flags()
	a.engineFlags(cmd, &o.engineOptions)
	a.clusterName(flags, &o.name)
	a.imagesFlag(cmd, &o.images)
	flags.StringVar(&o.pause, "pause", "", a.say("what sandboxes run: pause, tiny, noreap or an image of the engine's", "샌드박스가 실행할 것: pause, tiny, noreap 또는 엔진에 있는 이미지"))
	flags.BoolVar(&o.recreate, "recreate", false, a.say("make podlab's cluster anew if it can't be used", "쓸 수 없는 podlab의 클러스터는 다시 만듭니다"))
	flags.BoolVar(&o.retain, "retain", false, a.say("keep what a failed bring-up made, with its logs", "띄우다 실패해도 만든 것과 로그를 남깁니다"))
	flags.BoolVar(&o.merge, "merge-kubeconfig", false, a.say("add the cluster to your own kubeconfig", "클러스터를 내 kubeconfig에 더합니다"))
}

func (a *app) imagesFlag(cmd *cobra.Command, source *string) {
	a.choice(cmd, cmd.Flags(), source, "images", string(image.Auto), []string{string(image.Auto), string(image.Registry), string(image.Packages)},
		a.say("where images come from", "이미지를 가져올 곳"))
}

// A ground is a running cluster with what made it.
type ground struct {
	engine  *engine.Engine
	images  *image.Images
	cluster *cluster.Cluster
	phases  []report.Phase
}

// bringUp takes every step from a bare machine to the lab's cluster. What can
// be refused is refused before anything is made. The caller holds the cluster's
// lock.
func (a *app) bringUp(ctx context.Context, o bringUpOptions, l *lab.Lab) (*ground, error) {
	g := &ground{}
	var pause *image.Pause
	var err error
	if err = g.time("engine", func() error {
		if g.engine, err = a.useEngine(ctx, o.engineOptions); err != nil {
			return err
		}
		if o.pause != "" {
			if pause, err = image.FindPause(ctx, g.engine, o.pause); err != nil {
				return err
			}
		}
		return cluster.CheckPorts(ctx, g.engine, o.name, l.KindConfig)
	}); err != nil {
		return nil, err
	}
	if err := g.time("images", func() error {
		g.images, err = image.Ensure(ctx, g.engine, image.Options{
			Source: image.Source(o.images), Progress: a.progress(), Ask: a.ask(ctx, o.yes),
		})
		if err != nil || pause == nil {
			return err
		}
		g.images, err = pause.Into(ctx, g.engine, g.images)
		return err
	}); err != nil {
		return nil, err
	}
	return g, g.time("cluster", func() error {
		g.cluster, err = cluster.Up(ctx, g.engine, cluster.Config{
			Name: o.name, Kind: l.KindConfig, Images: g.images,
			Recreate: o.recreate, Retain: o.retain, MergeKubeconfig: o.merge, Progress: a.progress(),
		})
		return err
	})
}

// time does a part of the work and remembers how long it took.
func (g *ground) time(name string, do func() error) error {
	began := time.Now()
	err := do()
	g.phases = append(g.phases, report.Phase{Name: name, ElapsedMs: time.Since(began).Milliseconds()})
	return err
}

// holding does something while this process has the lock of the cluster of
// that name, so that no two change it at once.
func holding(name string, do func() error) (err error) {
	held, err := cluster.Lock(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Unlock()) }()
	return do()
}
