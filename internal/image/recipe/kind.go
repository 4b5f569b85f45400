package recipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"podlab/internal/image/graph"
)

// kindFiles reads the files of kind's base image from kind's module.
func kindFiles(ctx context.Context, j *graph.Job, module tree) (tree, error) {
	dir := filepath.Join(j.Tmp, "src")
	if err := module.write(dir); err != nil {
		return nil, err
	}
	cmd := j.Command(ctx, "go", "mod", "download", "-json", "sigs.k8s.io/kind")
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := j.Output(ctx, cmd)
	if err != nil {
		return nil, err
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		return nil, fmt.Errorf("read the directory of kind's module: %w", err)
	}
	files, err := readTree(os.DirFS(downloaded.Dir), "images/base/files")
	if err != nil {
		return nil, err
	}
	for name, f := range files {
		// Modules keep no mode bits. kind's Dockerfile sets the same.
		f.executable = strings.HasPrefix(name, "usr/local/bin/") || strings.HasPrefix(name, "kind/bin/")
		files[name] = f
	}
	return files, nil
}

// configureContainerd changes the configuration of the node's containerd.
func configureContainerd(ctx context.Context, j *graph.Job, files tree, ctr string) error {
	const name = "etc/containerd/config.toml"
	config, err := containerdConfig(string(files[name].data))
	if err != nil {
		return fmt.Errorf("change %s: %w", name, err)
	}
	files[name] = file{data: []byte(config)}
	spec, err := j.Output(ctx, j.Command(ctx, ctr, "oci", "spec"))
	if err != nil {
		return err
	}
	if spec, err = baseSpec(spec); err != nil {
		return fmt.Errorf("change the runtime's default spec: %w", err)
	}
	files["etc/containerd/cri-base.json"] = file{data: spec}
	return nil
}

// containerdConfig makes kind's configuration name the node image's own pause,
// and the template of the pod network in images/node/files.
func containerdConfig(config string) (string, error) {
	const key = "sandbox_image = "
	before, after, ok := strings.Cut(config, key)
	_, rest, line := strings.Cut(after, "\n")
	if !ok || !line || strings.Contains(rest, key) {
		return "", fmt.Errorf("want exactly one line with %q", key)
	}
	return before + key + `"` + pauseImage + "\"\n" + strings.TrimRight(rest, "\n") + `
[plugins."io.containerd.grpc.v1.cri".cni]
  # filled with the node's pod network once the kubelet knows it
  conf_template = "/etc/containerd/cni.conflist.tmpl"
`, nil
}

// baseSpec turns the runtime's default spec into the spec that all containers
// of a node start from: kind's hook hides the host's product name and UUID,
// and there are no limits.
func baseSpec(spec []byte) ([]byte, error) {
	var s map[string]any
	if err := json.Unmarshal(spec, &s); err != nil {
		return nil, err
	}
	process, ok := s["process"].(map[string]any)
	if !ok {
		return nil, errors.New("no process in it")
	}
	delete(process, "rlimits")
	s["hooks"] = map[string]any{"createContainer": []any{map[string]any{"path": "/kind/bin/mount-product-files.sh"}}}
	return json.MarshalIndent(s, "", "\t")
}
