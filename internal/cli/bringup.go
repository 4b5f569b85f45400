package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/image"
	"podlab/internal/lab"
	"podlab/internal/report"
	"podlab/internal/runner"
)

// bringUpOptions are the flags of every command that may create a cluster.
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
	flags.StringVar(&o.pause, "pause", "", a.text("pause program of the sandboxes: pause, tiny, noreap or an `IMAGE` in the engine", "샌드박스의 pause 프로그램: pause, tiny, noreap 또는 엔진에 있는 이미지(`IMAGE`)"))
	flags.BoolVar(&o.recreate, "recreate", false, a.text("delete and create podlab's cluster again if it is broken", "podlab의 클러스터가 망가졌으면 지우고 다시 만듭니다"))
	flags.BoolVar(&o.retain, "retain", false, a.text("keep the containers and logs if creating the cluster fails", "클러스터를 만들지 못해도 컨테이너와 로그를 남깁니다"))
	flags.BoolVar(&o.merge, "merge-kubeconfig", false, a.text("add the cluster to your own kubeconfig", "클러스터를 내 kubeconfig에 추가합니다"))
}

func (a *app) imagesFlag(cmd *cobra.Command, source *string) {
	a.choice(cmd, cmd.Flags(), source, "images", string(image.Auto), []string{string(image.Auto), string(image.Registry), string(image.Packages)},
		a.text("source of the images", "이미지의 출처"))
}

// bringUp brings up a lab's cluster. The caller must hold the cluster's lock and
// close the result.
func (a *app) bringUp(ctx context.Context, o bringUpOptions, l *lab.Lab) (*bringup.Cluster, error) {
	find, err := a.findOptions(ctx, o.engineOptions)
	if err != nil {
		return nil, err
	}
	return bringup.Up(ctx, bringup.Options{
		Name: o.name, Engine: find, Images: image.Source(o.images), Pause: o.pause,
		Recreate: o.recreate, Retain: o.retain, MergeKubeconfig: o.merge, Progress: a.progress(),
	}, l.KindConfig)
}

// open connects to a running cluster. The caller must close the result.
func (a *app) open(ctx context.Context, name string) (*bringup.Cluster, error) {
	e, err := a.findEngine(ctx, engineOptions{no: true})
	if err != nil {
		return nil, err
	}
	return bringup.Open(ctx, e, name)
}

// onRunning calls do with a running cluster on which the lab was started.
func (a *app) onRunning(ctx context.Context, name string, s *selection, do func(*bringup.Cluster, *runner.Runner) error) (err error) {
	c, err := a.open(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	r, err := c.Runner(s.content, s.files, a.progress())
	if err != nil {
		return err
	}
	err = do(c, r)
	if errors.Is(err, runner.ErrNotStarted) {
		return fmt.Errorf("%w: run podlab start %s", err, s.lab.Name)
	}
	return err
}

// onNew brings up a lab's cluster, calls do with it while other processes are locked
// out, and leaves the cluster running.
func (a *app) onNew(ctx context.Context, o bringUpOptions, s *selection, do func(*bringup.Cluster, *runner.Runner) error) error {
	return bringup.Locked(o.name, func() (err error) {
		c, err := a.bringUp(ctx, o, s.lab)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		r, err := c.Runner(s.content, s.files, a.progress())
		if err != nil {
			return err
		}
		return do(c, r)
	})
}

// phases converts the phases of a bring-up for a report.
func phases(all []bringup.Phase) []report.Phase {
	out := make([]report.Phase, len(all))
	for i, p := range all {
		out[i] = report.Phase{Name: p.Name, ElapsedMs: p.Elapsed.Milliseconds()}
	}
	return out
}
