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
	"podlab/internal/progress"
)

// hub is a registry on loopback. What it does depends on the first word of a
// repository's name: limited, cut, wrong, slow and silent misbehave.
type hub struct {
	*httptest.Server
	requests atomic.Int64
	// hanging gets a value for each request that is never answered, and open
	// ends them all.
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

// spoil answers a request for a layer; configurations come as they are.
func (h *hub) spoil(kind string, w http.ResponseWriter, r *http.Request, images http.Handler) {
	if r.Header.Get("Range") != "" {
		panic(http.ErrAbortHandler) // it does not go on where it broke off
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
		_, _ = w.Write(body[:len(body)/2]) // and the server closes, as it has promised more
	case "slow":
		_, _ = w.Write(body[:10])
		_ = http.NewResponseController(w).Flush()
		h.hang(r)
	}
}

// host is the registry's name in references.
func (h *hub) host() string { return strings.TrimPrefix(h.URL, "http://") }

// push puts an image into the registry, and returns the digest of its index.
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

// catalog is the real one, with images of this registry's in the real ones'
// place.
func (h *hub) catalog(t *testing.T) catalog {
	t.Helper()
	c := pinned()
	c.study = slices.Clone(c.study)
	put := func(p *pin) { p.digest = h.push(t, strings.TrimPrefix(p.repository(), "docker.io/")) }
	put(&c.node)
	for i := range c.study {
		put(&c.study[i])
	}
	return c
}

// startDocker starts a dockerd that asks the registry for images of docker.io,
// and, like all here, reaches nobody else.
func startDocker(t *testing.T, h *hub) *engine.Engine {
	t.Helper()
	const run = "/run/podlab-test" // a socket's path is short
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
	t.Run("pulls by digest, once, and removes what it brought", func(t *testing.T) { testPull(t, h, e) })
	t.Run("troubles are told apart", func(t *testing.T) { testTroubles(t, h, e) })
	t.Run("auto builds when it can't pull", func(t *testing.T) { testFallback(t, h, e) })
	t.Run("interrupted", func(t *testing.T) { testInterruptedPull(t, h, e) })
}

func ownDirs(t *testing.T) {
	t.Helper()
	t.Setenv("PODLAB_CACHE_DIR", t.TempDir())
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
}

func testPull(t *testing.T, h *hub, e *engine.Engine) {
	ownDirs(t)
	c := h.catalog(t)
	p := &puller{engine: e, patience: patient}
	// The user has a busybox of his own.
	mine := pin{ref: h.host() + "/mine/busybox:latest", digest: h.push(t, "mine/busybox")}
	output(t, e, "pull", mine.byDigest())
	output(t, e, "tag", mine.byDigest(), "busybox:latest")
	myID := output(t, e, "image", "inspect", "--format", "{{.Id}}", "busybox:latest")

	var own []string
	for _, name := range append(programs, tools) {
		own = append(own, ownRef(name))
	}
	shown := &details{}
	images, err := c.pull(t.Context(), p, Options{Progress: shown})
	if err != nil {
		t.Fatal(err)
	}
	want := &Images{
		Source: Registry, Node: "kindest/node:v1.37.0@" + c.node.digest, Kubernetes: "v1.37.0",
		Load: append([]string{"nginx:latest", "nginx:alpine", "nicolaka/netshoot:latest", "busybox:latest"}, own...),
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
		t.Errorf("shown %q, want how much has come", shown.lines)
	}

	before := h.requests.Load()
	if again, err := c.auto(t.Context(), p, Options{Sources: repository}); err != nil || again.Source != Registry {
		t.Errorf("got %v, %v; want what is there", again, err)
	}
	if asked := h.requests.Load() - before; asked > 0 {
		t.Errorf("the registry was asked %d times for what is there", asked)
	}

	removed, err := Remove(t.Context(), e)
	brought := slices.Concat(own, []string{"kindest/node:v1.37.0", "nginx:alpine", "nginx:latest", "nicolaka/netshoot:latest"})
	if want := slices.Sorted(slices.Values(brought)); err != nil || !slices.Equal(removed, want) {
		t.Errorf("removed %v, %v; want %v", removed, err, want)
	}
	output(t, e, "image", "inspect", "busybox:latest")
	if _, err := Remove(t.Context(), e, "busybox:latest"); err == nil || !strings.Contains(err.Error(), "podlab has not brought it here") {
		t.Errorf("got %v, want that it is not podlab's", err)
	}
	if _, ok, err := e.ImageID(t.Context(), c.node.byDigest()); ok || err != nil {
		t.Errorf("the node image is there: %v, %v", ok, err)
	}
}

func testTroubles(t *testing.T, h *hub, e *engine.Engine) {
	for _, c := range []struct {
		repository string
		want       Trouble
		says       string
		patience   patience
	}{
		{"limited/nginx", RateLimited, "rate limit", patient},
		{"cut/nginx", CutOff, "EOF", patient},
		{"wrong/nginx", CutOff, "verification failed", patient},
		{"slow/nginx", Slow, "no more came within 500ms", patience{first: 30 * time.Second, between: 500 * time.Millisecond}},
		{"silent/nginx", Unreachable, "no answer within 500ms", patience{first: 500 * time.Millisecond, between: time.Minute}},
	} {
		t.Run(c.repository, func(t *testing.T) {
			image := pin{ref: h.host() + "/" + c.repository + ":latest", digest: h.push(t, c.repository)}
			expectTrouble(t, &puller{engine: e, patience: c.patience}, image, c.want, c.says)
		})
	}
	absent := "sha256:" + strings.Repeat("0", 64)
	t.Run("gone", func(t *testing.T) {
		h.push(t, "some/nginx")
		image := pin{ref: h.host() + "/some/nginx:latest", digest: absent}
		expectTrouble(t, &puller{engine: e, patience: patient}, image, Gone, "manifest")
	})
	t.Run("no route", func(t *testing.T) {
		image := pin{ref: "docker.io/library/nginx:latest", digest: absent}
		expectTrouble(t, &puller{engine: e, patience: patient}, image, Unreachable, "registry-1.docker.io")
	})
}

func expectTrouble(t *testing.T, p *puller, image pin, want Trouble, says string) {
	t.Helper()
	err := p.pull(t.Context(), image, progress.Discard.Begin("", 0))
	failed, ok := errors.AsType[*PullError](err)
	if !ok || failed.Trouble != want || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %q and %q in it", err, want, says)
	}
	if _, ok, err := p.engine.ImageID(t.Context(), image.byDigest()); ok || err != nil {
		t.Errorf("the image is there: %v, %v", ok, err)
	}
}

func testFallback(t *testing.T, h *hub, e *engine.Engine) {
	ownDirs(t)
	plan := testPlan(t, repository)
	prebuild(t, plan)
	c := h.catalog(t)
	c.study[1] = pin{ref: h.host() + "/limited/nginx:alpine", digest: h.push(t, "limited/nginx")}
	report := listen()
	o := Options{Progress: report, Sources: repository}
	p := &puller{engine: e, patience: hurried}
	images, err := c.auto(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	want := &Images{Source: Packages, Node: plan.nodeName(), Kubernetes: plan.kubernetes}
	if diff := cmp.Diff(want, images); diff != "" {
		t.Error(diff)
	}
	if got := report.all(); strings.Count(got, "\n") > 0 || !strings.Contains(got, string(RateLimited)) || !strings.Contains(got, "building images from packages instead") {
		t.Errorf("said %q, want one line with why, and what now", got)
	}

	before := h.requests.Load()
	if again, err := c.auto(t.Context(), p, o); err != nil || again.Node != plan.nodeName() {
		t.Errorf("got %v, %v; want what was built", again, err)
	}
	if asked := h.requests.Load() - before; asked > 0 {
		t.Errorf("the registry was asked %d times though everything is there", asked)
	}
	list, err := List(t.Context(), e, o)
	if err != nil || len(list) == 0 || list[0].Name != plan.nodeName() || !list[0].Current || time.Since(list[0].Created) > time.Hour {
		t.Errorf("listed %+v, %v; want the node image first", list, err)
	}
	if removed, err := Remove(t.Context(), e, plan.nodeName()); err != nil || len(removed) != 1 {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// prebuild fills the cache with layers that are there, whatever is in them.
func prebuild(t *testing.T, p *plan) {
	t.Helper()
	c, err := openCache()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.node {
		err := writeLayer(c.path(s), plain, func(w *tar.Writer) error {
			return writeEntries(w, entry{path: slug(s.name), mode: 0o644, data: []byte("layer")})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func testInterruptedPull(t *testing.T, h *hub, e *engine.Engine) {
	image := pin{ref: h.host() + "/slow/other:latest", digest: h.push(t, "slow/other")}
	for len(h.hanging) > 0 {
		<-h.hanging // of tests before
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-h.hanging; cancel(errors.New("Ctrl-C")) }()
	err := (&puller{engine: e, patience: patient}).pull(ctx, image, progress.Discard.Begin("", 0))
	if err == nil || !strings.HasSuffix(err.Error(), ": Ctrl-C") {
		t.Errorf("got %v, want the cause of the interruption", err)
	}
}

// details is a Reporter and its Step that keep what was shown.
type details struct{ lines []string }

func (d *details) Begin(string, time.Duration) progress.Step { return d }
func (d *details) Log(string, ...any)                        {}
func (d *details) End(error)                                 {}

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
