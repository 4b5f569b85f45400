package podlab_test

import (
	"testing"

	"podlab"
	"podlab/internal/lab"
)

// TestContent checks that the embedded labs are valid.
func TestContent(t *testing.T) {
	if _, err := lab.Load(podlab.Content); err != nil {
		t.Fatalf("\n%v", err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := lab.Load(podlab.Content); err != nil {
			b.Fatal(err)
		}
	}
}
