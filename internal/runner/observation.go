package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podlab/internal/expect"
	"podlab/internal/kube"
	"podlab/internal/lab"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// observations makes a task's observations, in order. One of a pod or a
// container that is known not to be there gives what is known: nothing.
func (p *play) observations(ctx context.Context, all []lab.Observation, w *world.World) (got map[string]any, missing []world.Missing, notThere map[string]string) {
	got, notThere = map[string]any{}, map[string]string{}
	for i := range all {
		o := &all[i]
		if what := absent(o, w); what != "" {
			notThere[o.Name] = what
			continue
		}
		if why := unseen(o, w); why != "" {
			missing = append(missing, world.Missing{Fact: "got." + o.Name, Reason: why})
			continue
		}
		result, err := p.observation(ctx, o, w, expect.State{World: w, Got: got, Missing: missing, NotThere: notThere})
		if what, ok := errors.AsType[*kube.NotThereError](err); ok {
			notThere[o.Name] = what.Object
			continue
		}
		if what, ok := errors.AsType[*valueError](err); ok && what.reason.Code == verdict.Absent {
			notThere[o.Name] = what.reason.Subject
			continue
		}
		if err != nil {
			missing = append(missing, world.Missing{Fact: "got." + o.Name, Reason: err.Error()})
			continue
		}
		got[o.Name] = result
	}
	return got, missing, notThere
}

// absent returns what an observation needs and the picture knows not to be
// there, "" when it is there or not known.
func absent(o *lab.Observation, w *world.World) string {
	pod, container := within(o)
	if pod == "" || w.Pods == nil {
		return ""
	}
	in, ok := w.Pods[pod]
	if !ok {
		return "pod " + pod
	}
	if in.Containers == nil || container == "" {
		return ""
	}
	c, ok := in.Containers[container]
	if !ok {
		return fmt.Sprintf("container %s of pod %s", container, pod)
	}
	if o.Exec != nil && c.State == "Exited" {
		return fmt.Sprintf("running container %s of pod %s", container, pod)
	}
	return ""
}

// unseen returns why nobody need be asked: neither a pod's node nor the API
// server would answer, and both take their time not to.
func unseen(o *lab.Observation, w *world.World) string {
	pod, _ := within(o)
	for _, m := range w.Missing {
		switch m.Fact {
		case "pods":
			if pod != "" || o.Get != nil || o.List != nil {
				return m.Reason
			}
		case "pods." + pod:
			return m.Reason
		}
	}
	return ""
}

// within returns the pod and the container that an observation is made in, ""
// when it is made elsewhere.
func within(o *lab.Observation) (pod, container string) {
	switch {
	case o.Exec != nil:
		return o.Exec.Pod, o.Exec.Container
	case o.Logs != nil:
		return o.Logs.Pod, o.Logs.Container
	default:
		return "", ""
	}
}

// observation looks.
func (p *play) observation(ctx context.Context, o *lab.Observation, w *world.World, before expect.State) (any, error) {
	switch {
	case o.Exec != nil:
		return p.exec(ctx, o.Exec, before)
	case o.Logs != nil:
		log, err := p.Kube.Logs(ctx, p.kubeNamespace, o.Logs.Pod, o.Logs.Container, kube.LogOptions{Previous: o.Logs.Previous})
		if err != nil {
			return nil, err
		}
		return &lab.ExecResult{Stdout: string(log)}, nil
	case o.Fetch != nil:
		return p.fetch(ctx, o.Fetch, w)
	case o.Get != nil:
		return p.get(ctx, o.Get)
	case o.List != nil:
		return p.list(ctx, o.List)
	case o.Inspect != nil:
		return p.Inspect(ctx, p.nodeName(o.Inspect.Node))
	case o.Kubeconfig != nil:
		return p.Kube.Kubeconfig()
	}
	return nil, errors.New("the observation has no verb")
}

func (p *play) get(ctx context.Context, g *lab.Get) (map[string]any, error) {
	name := g.Name
	if g.Node != "" {
		name = p.nodeName(g.Node)
	}
	return p.Kube.Get(ctx, cmp.Or(g.KubeNamespace, p.kubeNamespace), g.APIVersion, g.Kind, name)
}

func (p *play) list(ctx context.Context, l *lab.List) ([]any, error) {
	in := cmp.Or(l.KubeNamespace, p.kubeNamespace)
	if in == "*" {
		in = ""
	}
	return p.Kube.List(ctx, in, l.APIVersion, l.Kind, l.Labels)
}

// fetchLimit is how much of a page is kept, in bytes.
const fetchLimit = 1 << 20

// fetch gets a page from a node's port where the engine maps it to this
// machine. Without a proxy: the port is here. A connection that was taken and
// closed without a word has status 0: so it looks when the engine's end of the
// port finds nobody in the node. One that was refused says nothing: the engine
// may be elsewhere.
func (p *play) fetch(ctx context.Context, f *lab.Fetch, w *world.World) (*lab.FetchResult, error) {
	ctx, cancel := context.WithTimeout(ctx, execWithin)
	defer cancel()
	host, err := p.mapped(ctx, f.Port, w)
	if err != nil {
		return nil, err
	}
	url := "http://" + host + f.Path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return &lab.FetchResult{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, fetchLimit))
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	return &lab.FetchResult{Status: response.StatusCode, Body: string(body)}, nil
}

// mapped returns where on this machine a port of one of the nodes is.
func (p *play) mapped(ctx context.Context, port int, w *world.World) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(w.Nodes)) {
		container, err := p.Inspect(ctx, name)
		if err != nil {
			return "", err
		}
		bindings, _, _ := unstructured.NestedSlice(container, "NetworkSettings", "Ports", fmt.Sprintf("%d/tcp", port))
		for _, binding := range bindings {
			at, _ := binding.(map[string]any)
			host, _ := at["HostIp"].(string)
			if ip, err := netip.ParseAddr(host); err != nil || ip.IsUnspecified() {
				host = "127.0.0.1"
			}
			if number, ok := at["HostPort"].(string); ok {
				return net.JoinHostPort(host, number), nil
			}
		}
	}
	return "", fmt.Errorf("port %d of no node is mapped to this machine", port)
}
