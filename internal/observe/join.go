package observe

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"podlab/internal/kube"
	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/world"
)

// input is the data for one picture.
type input struct {
	scope       world.Scope
	nodes       []string
	pods        []*corev1.Pod
	podsError   error
	events      []*corev1.Event
	eventsError error
	snapshots   map[string]*api.Snapshot
	nodeErrors  map[string]error
	history     []api.Event
}

// join makes one picture from the reports of the API server, the runtime and the
// kernel.
func join(in input) *world.World {
	w := &world.World{Nodes: map[string]*world.Node{}}
	views := map[string]*view{}
	for _, name := range in.nodes {
		n := &world.Node{Name: name}
		w.Nodes[name] = n
		s, ok := in.snapshots[name]
		if !ok {
			w.Miss("nodes."+name, in.nodeErrors[name])
			if errors.Is(in.nodeErrors[name], node.ErrNotRunning) {
				w.Lost = in.nodeErrors[name]
			}
			continue
		}
		v := newView(s)
		views[name] = v
		v.fillNode(n)
		if s.RuntimeError != "" {
			w.Miss("nodes."+name+".pods", fmt.Errorf("the runtime does not answer: %s", s.RuntimeError))
		}
		for _, p := range s.Problems {
			w.Miss("nodes."+name, fmt.Errorf("%s", p))
		}
	}
	j := joiner{in: in, views: views}
	j.addPods(w)
	for name, v := range views {
		w.Nodes[name].Pods = j.podsOf(name, v)
	}
	return w
}

type joiner struct {
	in    input
	views map[string]*view
}

// addPods adds the pods of the scope to the picture.
func (j joiner) addPods(w *world.World) {
	if j.in.podsError != nil {
		w.Miss("pods", j.in.podsError)
		for _, name := range j.in.nodes {
			w.Miss("nodes."+name+".pods", j.in.podsError)
		}
		return
	}
	w.Pods = map[string]*world.Pod{}
	for _, pod := range j.in.pods {
		if pod.Namespace != j.in.scope.KubeNamespace {
			continue
		}
		p := j.pod(pod)
		addPod(w, p, j.in)
		if lagging(pod, p) {
			w.Lagging = append(w.Lagging, p.Name)
		}
	}
}

// addPod adds a pod to the picture, and why facts about it are missing.
func addPod(w *world.World, p *world.Pod, in input) {
	w.Pods[p.Name] = p
	if in.eventsError != nil {
		w.Miss("pods."+p.Name+".events", in.eventsError)
	}
	s, asked := in.snapshots[p.Node]
	switch err := in.nodeErrors[p.Node]; {
	case p.Node == "":
		w.Miss("pods."+p.Name, errors.New("the pod is not scheduled to a node yet"))
	case err != nil:
		w.Miss("pods."+p.Name, err)
	case !asked:
		w.Miss("pods."+p.Name, fmt.Errorf("podlab does not observe node %s", p.Node))
	case s.RuntimeError != "":
		w.Miss("pods."+p.Name, fmt.Errorf("the runtime of node %s does not answer: %s", p.Node, s.RuntimeError))
	case p.Sandbox == nil:
		w.Miss("pods."+p.Name+".sandbox", fmt.Errorf("the runtime of node %s has no sandbox of the pod", p.Node))
	}
}

// podsOf returns the pods of a node: the pods that the API assigns to the node, and
// the pods with a ready sandbox that only the runtime knows. If the API or the
// runtime did not answer, the list would be incomplete, so podsOf returns nil.
func (j joiner) podsOf(node string, v *view) []*world.Pod {
	if j.in.podsError != nil || v.snapshot.RuntimeError != "" {
		return nil
	}
	pods := []*world.Pod{}
	known := map[string]bool{}
	for _, p := range j.in.pods {
		known[runtimeUID(p)] = true
		if p.Spec.NodeName == node && !j.leftOut(p.Namespace) {
			pods = append(pods, j.pod(p))
		}
	}
	for i := range v.snapshot.Sandboxes {
		s := &v.snapshot.Sandboxes[i]
		if !s.Ready || known[s.PodUID] || j.leftOut(s.KubeNamespace) {
			continue
		}
		known[s.PodUID] = true
		p := &world.Pod{Name: s.PodName, KubeNamespace: s.KubeNamespace, UID: s.PodUID, Node: node, Phase: new("")}
		v.fillPod(p, s.PodUID)
		pods = append(pods, p)
	}
	slices.SortFunc(pods, func(a, b *world.Pod) int {
		return strings.Compare(a.KubeNamespace+"/"+a.Name, b.KubeNamespace+"/"+b.Name)
	})
	return pods
}

func (j joiner) leftOut(kubeNamespace string) bool {
	return kubeNamespace != j.in.scope.KubeNamespace && j.in.scope.LeaveOut != nil && j.in.scope.LeaveOut(kubeNamespace)
}

// runtimeUID returns the UID by which the runtime knows a pod. The mirror of a static
// pod has another UID in the API; the annotation has the kubelet's.
func runtimeUID(p *corev1.Pod) string {
	if hash, ok := p.Annotations[corev1.MirrorPodAnnotationKey]; ok {
		return hash
	}
	return string(p.UID)
}

func (j joiner) pod(api *corev1.Pod) *world.Pod {
	p := fromAPI(api)
	if j.in.eventsError == nil && api.Namespace == j.in.scope.KubeNamespace {
		p.Events = eventsOf(api, j.in.events)
	}
	v, ok := j.views[p.Node]
	if !ok || v.snapshot.RuntimeError != "" {
		return p // not scheduled, or no answer from its node
	}
	uid := runtimeUID(api)
	v.fillPod(p, uid)
	p.Timeline = timeline(p, uid, j.in.history)
	statuses := slices.Concat(api.Status.InitContainerStatuses, api.Status.ContainerStatuses, api.Status.EphemeralContainerStatuses)
	for i := range statuses {
		if c, ok := p.Containers[statuses[i].Name]; ok {
			c.Restarts = new(int(statuses[i].RestartCount))
			c.Ready = new(statuses[i].Ready)
		}
	}
	p.Running = new(running(api, p))
	p.Settled = new(settled(api, p))
	return p
}

func fromAPI(api *corev1.Pod) *world.Pod {
	p := &world.Pod{
		Name:          api.Name,
		KubeNamespace: api.Namespace,
		UID:           string(api.UID),
		Labels:        orNone(api.Labels),
		Node:          api.Spec.NodeName,
		IP:            new(api.Status.PodIP),
		Phase:         new(string(api.Status.Phase)),
		Deleting:      new(api.DeletionTimestamp != nil),
		HostNetwork:   new(api.Spec.HostNetwork),
		SharesPID:     new(api.Spec.ShareProcessNamespace != nil && *api.Spec.ShareProcessNamespace),
	}
	ready := false
	for _, c := range api.Status.Conditions {
		if c.Type == corev1.PodReady {
			ready = c.Status == corev1.ConditionTrue
		}
	}
	p.Ready = new(ready && !*p.Deleting)
	return p
}

func orNone(labels map[string]string) map[string]string {
	if labels == nil {
		return map[string]string{}
	}
	return labels
}

func running(api *corev1.Pod, p *world.Pod) bool {
	if p.Sandbox == nil || !p.Sandbox.Ready {
		return false
	}
	for i := range api.Spec.Containers {
		c, ok := p.Containers[api.Spec.Containers[i].Name]
		if !ok || c.State != "Running" || c.SandboxID != p.Sandbox.ID {
			return false
		}
	}
	return true
}

// settled reports whether the API's status has caught up with the runtime. A pod
// that has ended is settled. A container without an ID in the API must be missing in
// the runtime too.
func settled(api *corev1.Pod, p *world.Pod) bool {
	if api.Status.Phase == corev1.PodSucceeded || api.Status.Phase == corev1.PodFailed {
		return true
	}
	if p.Sandbox == nil || !p.Sandbox.Ready {
		return false
	}
	if !api.Spec.HostNetwork && api.Status.PodIP != p.Sandbox.IP {
		return false
	}
	named := 0
	for i := range api.Status.ContainerStatuses {
		s := &api.Status.ContainerStatuses[i]
		_, id, _ := strings.Cut(s.ContainerID, "://")
		named++
		c, ok := p.Containers[s.Name]
		if !ok && id == "" {
			continue
		}
		if !ok || c.ID != id || (s.State.Running != nil) != (c.State == "Running") {
			return false
		}
	}
	return named == len(api.Spec.Containers)
}

// lagging reports whether the API's status contradicts the runtime. A status that
// claims nothing is not wrong about a pod whose sandbox is not ready yet.
func lagging(api *corev1.Pod, p *world.Pod) bool {
	if p.Settled == nil || *p.Settled {
		return false
	}
	if p.Sandbox != nil && p.Sandbox.Ready {
		return true
	}
	claimsRunning := func(s corev1.ContainerStatus) bool { return s.State.Running != nil }
	return !api.Spec.HostNetwork && api.Status.PodIP != "" || slices.ContainsFunc(api.Status.ContainerStatuses, claimsRunning)
}

func eventsOf(api *corev1.Pod, all []*corev1.Event) []*world.Event {
	events := []*world.Event{}
	for _, e := range all {
		if e.InvolvedObject.UID != api.UID {
			continue
		}
		events = append(events, &world.Event{
			Reason: e.Reason, Type: e.Type, Message: e.Message,
			Count: kube.EventCount(e), LastAt: kube.EventTime(e).UnixNano(),
		})
	}
	slices.SortStableFunc(events, func(a, b *world.Event) int { return cmp.Compare(a.LastAt, b.LastAt) })
	return events
}
