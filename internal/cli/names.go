package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"podlab/internal/cluster"
)

// longestNode is what kind adds to a cluster's name for its longest node.
const longestNode = "-control-plane"

// clusterName adds --name.
func (a *app) clusterName(flags *pflag.FlagSet, value *string) {
	*value = cluster.DefaultName
	flags.Var(&checked{value: value, check: checkCluster}, "name", a.text("name of the cluster", "클러스터 이름"))
}

// checkCluster refuses names that kind, the engine or Kubernetes would refuse
// for a cluster's nodes, halfway through.
func checkCluster(name string) error {
	if most := validation.DNS1123LabelMaxLength - len(longestNode); len(name) > most {
		return fmt.Errorf("must have %d characters at most", most)
	}
	return checkLabel(name)
}

// checkLabel refuses what can't be the name of a kube namespace.
func checkLabel(name string) error {
	if len(validation.IsDNS1123Label(name)) > 0 {
		return errors.New("must be letters a-z, digits and -, begin and end with a letter or a digit, and have 63 characters at most")
	}
	return nil
}

// checkPod refuses what can't be the name of a pod.
func checkPod(name string) error {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return errors.New("must be letters a-z, digits, - and ., begin and end with a letter or a digit, and have 253 characters at most")
	}
	return nil
}

// checked is a flag's value that is a name of a certain kind.
type checked struct {
	value *string
	check func(string) error
}

func (c *checked) String() string { return *c.value }

// Type is what help shows for the value.
func (*checked) Type() string { return "name" }

// Set takes a name if it is one.
func (c *checked) Set(name string) error {
	if err := c.check(name); err != nil {
		return err
	}
	*c.value = name
	return nil
}
