package cli

import (
	"slices"
	"testing"
)

func TestHostPortsOfEmbeddedLabs(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	got, err := hostPorts(content.Labs)
	if err != nil || !slices.Contains(got, 30000) || !slices.Contains(got, 30001) || !slices.IsSorted(got) {
		t.Errorf("got %v, %v; want the ports of lab-2, 30000 and 30001, in order", got, err)
	}
}
