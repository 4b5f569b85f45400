package proc

import (
	"testing"

	"podlab/internal/testkit/actor"
)

func TestMain(m *testing.M) {
	actor.Main()
	m.Run()
}
