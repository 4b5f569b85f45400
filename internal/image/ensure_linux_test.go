package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"podlab/internal/engine"
	"podlab/internal/image/oci"
	"podlab/internal/image/own"
	"podlab/internal/image/pull"
	"podlab/internal/image/recipe"
	"podlab/internal/progress"
)

// hub is a registry on loopback. The first part of a repository's name says how
// the hub misbehaves: limited, cut, wrong, slow or silent.
type hub struct {
	*httptest.Server
	requests atomic.Int64
	// hanging gets a value for each request that the hub leaves unanswered;
	// closing open ends these requests.
	hanging, open chan struct{}
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{hanging: make(chan struct{}, 100), open: make(chan struct{})}
	images := registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, 0)))
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		pulled := r.Method == http.MethodGet
		blob := pulled && strings.Contains(r.URL.Path, "/blobs/")
		switch {
		case kind == "limited" && pulled:
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}`)
		case kind == "silent" && pulled:
			h.hang(r)
		case blob && (kind == "cut" || kind == "wrong" || kind == "slow"):
			h.spoil(kind, w, r, images)
		default:
			images.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() { close(h.open); h.Close() })
	return h
}

func (h *hub) hang(r *http.Request) {
	h.hanging <- struct{}{}
	select {
	case <-r.Context().Done():
	case <-h.open:
	}
}

// spoil answers a request for a layer wrongly, and for a config correctly.
func (h *hub) spoil(kind string, w http.ResponseWriter, r *http.Request, images http.Handler) {
	if r.Header.Get("Range") != "" {
		panic(http.ErrAbortHandler) // a cut transfer can't be resumed
	}
	good := httptest.NewRecorder()
	images.ServeHTTP(good, r)
	body := good.Body.Bytes()
	if len(body) < 10_000 {
		w.WriteHeader(good.Code)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Length", good.Header().Get("Content-Length"))
	switch kind {
	case "wrong":
		body[len(body)/2] ^= 0xff
		_, _ = w.Write(body)
	case "cut":
		_, _ = w.Write(body[:len(body)/2]) // too short, so the server cuts the connection
	case "slow":
		_, _ = w.Write(body[:10])
		_ = http.NewResponseController(w).Flush()
		h.hang(r)
	}
}

// host is the registry's name in references.
func (h *hub) host() string { return strings.TrimPrefix(h.URL, "http://") }

// push puts an image into the hub, and returns the digest of its index.
func (h *hub) push(t *testing.T, repository string) string {
	t.Helper()
	layer, err := random.Layer(200_000, types.DockerLayer)
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		t.Fatal(err)
	}
	if image, err = mutate.AppendLayers(image, layer); err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{
		Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}},
	})
	ref, err := name.ParseReference(h.host() + "/" + repository)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// catalog is the real catalog, but with the digests of the hub's images.
func (h *hub) catalog(t *testing.T) catalog {
	t.Helper()
	c := pinned()
	c.study = slices.Clone(c.study)
	put := func(p *pull.Pin) {
		repository, _, _ := strings.Cut(strings.TrimPrefix(p.Ref, "docker.io/"), ":")
		p.Digest = h.push(t, repository)
	}
	put(&c.node)
	for i := range c.study {
		put(&c.study[i])
	}
	return c
}

// startDocker starts a dockerd that has the hub as its mirror of docker.io, and
// reaches nothing else.
func startDocker(t *testing.T, h *hub) *engine.Engine {
	t.Helper()
	const run = "/run/podlab-test" // the path of a socket must be short
	d := &engine.Daemon{
		Root: filepath.Join(t.TempDir(), "engine"), Run: run, Socket: run + "/docker.sock",
		Settings: map[string]any{
			"bridge": "none", "iptables": false, "registry-mirrors": []string{h.URL}, "max-download-attempts": 1,
		},
		Runtime: []byte("no container is started here"),
	}
	t.Cleanup(func() {
		if err := d.Purge(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := d.Engine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRegistry(t *testing.T) {
	if !isolate(t) {
		return
	}
	h := newHub(t)
	e := startDocker(t, h)
	t.Run("pull, pull again and remove", func(t *testing.T) { testPull(t, h, e) })
	t.Run("reasons of failure", func(t *testing.T) { testReasons(t, h, e) })
	t.Run("auto builds after a failed pull", func(t *testing.T) { testFallback(t, h, e) })
	t.Run("interrupted pull", func(t *testing.T) { testInterruptedPull(t, h, e) })
}

func ownDirs(t *testing.T) {
	t.Helper()
	t.Setenv("PODLAB_CACHE_DIR", t.TempDir())
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
}

func testPull(t *testing.T, h *hub, e *engine.Engine) {
	ownDirs(t)
	c := h.catalog(t)
	p := &pull.Puller{Engine: e, Timeouts: pull.LongTimeouts}
	// The user has another busybox.
	mine := pull.Pin{Ref: h.host() + "/mine/busybox:latest", Digest: h.push(t, "mine/busybox")}
	output(t, e, "pull", mine.ByDigest())
	output(t, e, "tag", mine.ByDigest(), "busybox:latest")
	myID := output(t, e, "image", "inspect", "--format", "{{.Id}}", "busybox:latest")

	var ownRefs []string
	for _, name := range []string{"pause", "noreap", "tiny", "orphan", "waitstat", "tools"} {
		ownRefs = append(ownRefs, own.Ref(name))
	}
	shown := &details{}
	images, err := c.pull(t.Context(), p, Options{Progress: shown})
	if err != nil {
		t.Fatal(err)
	}
	want := &Images{
		Source: Registry, Node: "kindest/node:v1.37.0@" + c.node.Digest, Kubernetes: "v1.37.0",
		Load: append([]string{"nginx:latest", "nginx:alpine", "nicolaka/netshoot:latest", "busybox:latest"}, ownRefs...),
	}
	if diff := cmp.Diff(want, images); diff != "" {
		t.Error(diff)
	}
	for _, ref := range append(images.Load, images.Node) {
		output(t, e, "image", "inspect", ref)
	}
	if id := output(t, e, "image", "inspect", "--format", "{{.Id}}", "busybox:latest"); id != myID {
		t.Error("the user's own busybox:latest was replaced")
	}
	if !shown.has("0 of 0 MB") {
		t.Errorf("shown %q, want the pulled bytes", shown.lines)
	}

	before := h.requests.Load()
	if again, err := c.auto(t.Context(), p, Options{Sources: repository}); err != nil || again.Source != Registry {
		t.Errorf("got %v, %v; want the pulled images", again, err)
	}
	if asked := h.requests.Load() - before; asked > 0 {
		t.Errorf("%d requests to the registry, want none: the engine has all images", asked)
	}

	removed, err := Remove(t.Context(), e)
	added := slices.Concat(ownRefs, []string{"kindest/node:v1.37.0", "nginx:alpine", "nginx:latest", "nicolaka/netshoot:latest"})
	if want := slices.Sorted(slices.Values(added)); err != nil || !slices.Equal(removed, want) {
		t.Errorf("removed %v, %v; want %v", removed, err, want)
	}
	output(t, e, "image", "inspect", "busybox:latest")
	if _, err := Remove(t.Context(), e, "busybox:latest"); err == nil || !strings.Contains(err.Error(), "podlab did not add it") {
		t.Errorf("got %v, want a refusal: the image is the user's", err)
	}
	if _, ok, err := e.ImageID(t.Context(), c.node.ByDigest()); ok || err != nil {
		t.Errorf("the engine has the node image: %v, %v", ok, err)
	}
}

func testReasons(t *testing.T, h *hub, e *engine.Engine) {
	for _, c := range []struct {
		repository string
		want       pull.Reason
		says       string
		timeouts   pull.Timeouts
	}{
		{"limited/nginx", pull.RateLimited, "rate limit", pull.LongTimeouts},
		{"cut/nginx", pull.CutOff, "EOF", pull.LongTimeouts},
		{"wrong/nginx", pull.CutOff, "verification failed", pull.LongTimeouts},
		{"slow/nginx", pull.Stalled, "no progress within 500ms", pull.Timeouts{Answer: 30 * time.Second, Progress: 500 * time.Millisecond}},
		{"silent/nginx", pull.Unreachable, "no answer within 500ms", pull.Timeouts{Answer: 500 * time.Millisecond, Progress: time.Minute}},
	} {
		t.Run(c.repository, func(t *testing.T) {
			image := pull.Pin{Ref: h.host() + "/" + c.repository + ":latest", Digest: h.push(t, c.repository)}
			expectReason(t, &pull.Puller{Engine: e, Timeouts: c.timeouts}, image, c.want, c.says)
		})
	}
	absent := "sha256:" + strings.Repeat("0", 64)
	t.Run("gone", func(t *testing.T) {
		h.push(t, "some/nginx")
		image := pull.Pin{Ref: h.host() + "/some/nginx:latest", Digest: absent}
		expectReason(t, &pull.Puller{Engine: e, Timeouts: pull.LongTimeouts}, image, pull.Gone, "manifest")
	})
	t.Run("no route", func(t *testing.T) {
		image := pull.Pin{Ref: "docker.io/library/nginx:latest", Digest: absent}
		expectReason(t, &pull.Puller{Engine: e, Timeouts: pull.LongTimeouts}, image, pull.Unreachable, "registry-1.docker.io")
	})
}

func expectReason(t *testing.T, p *pull.Puller, image pull.Pin, want pull.Reason, says string) {
	t.Helper()
	err := p.Pull(t.Context(), image, progress.Discard.Begin("", 0))
	failed, ok := errors.AsType[*pull.Error](err)
	if !ok || failed.Reason != want || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %q and %q in it", err, want, says)
	}
	if _, ok, err := p.Engine.ImageID(t.Context(), image.ByDigest()); ok || err != nil {
		t.Errorf("the engine has the image: %v, %v", ok, err)
	}
}

func testFallback(t *testing.T, h *hub, e *engine.Engine) {
	ownDirs(t)
	plan := newPlan(t)
	prebuild(t, plan)
	c := h.catalog(t)
	c.study[1] = pull.Pin{Ref: h.host() + "/limited/nginx:alpine", Digest: h.push(t, "limited/nginx")}
	report := &details{}
	o := Options{Progress: report, Sources: repository}
	p := &pull.Puller{Engine: e, Timeouts: pull.ShortTimeouts}
	images, err := c.auto(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	want := &Images{Source: Packages, Node: nodeName(plan), Kubernetes: plan.Kubernetes}
	if diff := cmp.Diff(want, images); diff != "" {
		t.Error(diff)
	}
	if got := report.said; len(got) != 1 || !strings.Contains(got[0], string(pull.RateLimited)) || !strings.Contains(got[0], "building images from packages instead") {
		t.Errorf("logged %q, want one line with the reason and the alternative", got)
	}

	before := h.requests.Load()
	if again, err := c.auto(t.Context(), p, o); err != nil || again.Node != nodeName(plan) {
		t.Errorf("got %v, %v; want the built image", again, err)
	}
	if asked := h.requests.Load() - before; asked > 0 {
		t.Errorf("%d requests to the registry, want none: the engine has all images", asked)
	}
	list, err := List(t.Context(), e, o)
	if err != nil || len(list) == 0 || list[0].Name != nodeName(plan) || !list[0].Current || time.Since(list[0].Created) > time.Hour {
		t.Errorf("listed %+v, %v; want the node image first", list, err)
	}
	if removed, err := Remove(t.Context(), e, nodeName(plan)); err != nil || len(removed) != 1 {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// prebuild fills the cache with layers of arbitrary content.
func prebuild(t *testing.T, p *recipe.Plan) {
	t.Helper()
	c, err := openCache()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Layers {
		err := oci.WriteLayer(c.Path(s), oci.Plain, func(w *tar.Writer) error {
			return oci.WriteEntries(w, oci.Entry{Path: s.ID(), Mode: 0o644, Data: []byte("layer")})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func testInterruptedPull(t *testing.T, h *hub, e *engine.Engine) {
	image := pull.Pin{Ref: h.host() + "/slow/other:latest", Digest: h.push(t, "slow/other")}
	for len(h.hanging) > 0 {
		<-h.hanging // from earlier tests
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-h.hanging; cancel(errors.New("Ctrl-C")) }()
	err := (&pull.Puller{Engine: e, Timeouts: pull.LongTimeouts}).Pull(ctx, image, progress.Discard.Begin("", 0))
	if err == nil || !strings.HasSuffix(err.Error(), ": Ctrl-C") {
		t.Errorf("got %v, want the cause of the interruption", err)
	}
}

// details is a Reporter and its Step that keep all lines.
type details struct{ lines, said []string }

func (d *details) Begin(string, time.Duration) progress.Step { return d }
func (d *details) End(error)                                 {}

func (d *details) Log(format string, args ...any) {
	d.said = append(d.said, fmt.Sprintf(format, args...))
}

func (d *details) Detail(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *details) has(line string) bool { return slices.Contains(d.lines, line) }

func output(t *testing.T, e *engine.Engine, args ...string) string {
	t.Helper()
	out, err := e.Output(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
