package observe

import (
	"cmp"
	"slices"
	"time"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/world"
)

// timeline returns the recorded changes of a pod. Times count from the last exit of a
// pause of the pod.
func timeline(p *world.Pod, uid string, history []api.Event) []*world.Moment {
	moments := []*world.Moment{}
	var died int64
	for i := range history {
		e := &history[i]
		if e.PodUID != uid && e.PodUID != p.UID {
			continue
		}
		moments = append(moments, &world.Moment{At: e.At, What: e.What, Container: e.ContainerName, ID: e.ID, Source: e.Source})
		if e.What == "process-exited" && e.ContainerName == "" {
			died = e.At
		}
	}
	slices.SortStableFunc(moments, func(a, b *world.Moment) int { return cmp.Compare(a.At, b.At) })
	if died == 0 {
		return moments
	}
	for _, m := range moments {
		if m.At >= died {
			m.SincePauseDied = new(float64(m.At-died) / float64(time.Millisecond))
		}
	}
	return moments
}
