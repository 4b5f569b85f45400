package proc

import (
	"testing"

	"podlab/internal/nodeprobe/actor"
)

func TestMain(m *testing.M) {
	actor.Main()
	m.Run()
}
