package cluster

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"

	"podlab/internal/state"
)

// kubeconfig returns the path of the cluster's kubeconfig, and gets it from the
// control plane unless it is there already. Certificates and port are made with
// a container and last as long as it, so that one of a known container is good.
func (s *site) kubeconfig(known bool) (string, error) {
	dir, err := s.dir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kubeconfig")
	if _, err := os.Stat(path); err == nil && known {
		return path, nil
	}
	provider, err := newProvider(s.engine, nil)
	if err != nil {
		return "", err
	}
	config, err := provider.KubeConfig(s.name, false)
	if err != nil {
		return "", fmt.Errorf("get the kubeconfig of cluster %s: %w", s.name, err)
	}
	return path, state.WriteFile(path, []byte(config), 0o600)
}

// merge adds the cluster to the user's kubeconfig as kind does it: $KUBECONFIG,
// else ~/.kube/config.
func (s *site) merge() error {
	provider, err := newProvider(s.engine, nil)
	if err != nil {
		return err
	}
	if err := provider.ExportKubeConfig(s.name, "", false); err != nil {
		return fmt.Errorf("add cluster %s to the kubeconfig: %w", s.name, err)
	}
	return nil
}

// unmerge takes the cluster out of the user's kubeconfig again. kind can do so
// only together with deleting whatever has the cluster's name by then.
func (s *site) unmerge() error {
	key := "kind-" + s.name // kind's name for cluster, user and context
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
		return fmt.Errorf("take cluster %s out of the kubeconfig: %w", s.name, err)
	}
	return nil
}
