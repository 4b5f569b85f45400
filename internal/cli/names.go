package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"podlab/internal/cluster"
)

// longestNodeSuffix is the longest suffix that kind adds to a cluster's name to name
// a node.
const longestNodeSuffix = "-control-plane"

// clusterName adds --name.
func (a *app) clusterName(flags *pflag.FlagSet, value *string) {
	*value = cluster.DefaultName
	flags.Var(&nameValue{value: value, check: checkCluster}, "name", a.text("name of the cluster", "클러스터의 이름"))
}

// checkCluster refuses cluster names that kind, the engine or Kubernetes would
// refuse in the middle of creating the cluster.
func checkCluster(name string) error {
	if most := validation.DNS1123LabelMaxLength - len(longestNodeSuffix); len(name) > most {
		return fmt.Errorf("must have at most %d characters", most)
	}
	return checkLabel(name)
}

// checkLabel refuses invalid names of kube namespaces.
func checkLabel(name string) error {
	if len(validation.IsDNS1123Label(name)) > 0 {
		return errors.New("must consist of letters a-z, digits and -, start and end with a letter or digit, and have at most 63 characters")
	}
	return nil
}

// checkPod refuses invalid names of pods.
func checkPod(name string) error {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return errors.New("must consist of letters a-z, digits, - and ., start and end with a letter or digit, and have at most 253 characters")
	}
	return nil
}

// nameValue is the value of a flag that accepts only the names that check accepts.
type nameValue struct {
	value *string
	check func(string) error
}

func (c *nameValue) String() string { return *c.value }

// Type returns what help shows for the value.
func (*nameValue) Type() string { return "name" }

// Set fails for an invalid name.
func (c *nameValue) Set(name string) error {
	if err := c.check(name); err != nil {
		return err
	}
	*c.value = name
	return nil
}
