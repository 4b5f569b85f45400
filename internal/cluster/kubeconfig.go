package cluster

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	kind "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/log"

	"podlab/internal/state"
)

// kubeconfig returns the path of the cluster's kubeconfig file. It keeps the file
// of a cluster that Up has completed: certificates and ports stay the same as
// long as the containers exist. Otherwise it gets the kubeconfig from the control
// plane.
func (h *handle) kubeconfig(r record) (string, error) {
	dir, err := h.dir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kubeconfig")
	if _, err := os.Stat(path); err == nil && r.isComplete() {
		return path, nil
	}
	var config string
	err = h.withKind(log.NoopLogger{}, func(provider *kind.Provider) (err error) {
		config, err = provider.KubeConfig(h.name, false)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("get the kubeconfig of cluster %s: %w", h.name, err)
	}
	return path, state.WriteFile(path, []byte(config), 0o600)
}

// addToKubeconfig adds the cluster to the user's kubeconfig: $KUBECONFIG, else
// ~/.kube/config.
func (h *handle) addToKubeconfig() error {
	err := h.withKind(log.NoopLogger{}, func(provider *kind.Provider) error {
		return provider.ExportKubeConfig(h.name, "", false)
	})
	if err != nil {
		return fmt.Errorf("add cluster %s to the kubeconfig: %w", h.name, err)
	}
	return nil
}

// removeFromKubeconfig removes the cluster from the user's kubeconfig. kind can do
// that only as a part of deleting a cluster, and another cluster may have the name
// by then.
func (h *handle) removeFromKubeconfig() error {
	key := "kind-" + h.name // kind's name for cluster, user and context
	options := clientcmd.NewDefaultPathOptions()
	config, err := options.GetStartingConfig()
	if err == nil {
		delete(config.Clusters, key)
		delete(config.AuthInfos, key)
		delete(config.Contexts, key)
		if config.CurrentContext == key {
			config.CurrentContext = ""
		}
		err = clientcmd.ModifyConfig(options, *config, false)
	}
	if err != nil {
		return fmt.Errorf("remove cluster %s from the kubeconfig: %w", h.name, err)
	}
	return nil
}
