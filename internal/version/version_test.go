package version

import (
	"runtime/debug"
	"testing"
)

func TestRecorded(t *testing.T) {
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3":  {Main: debug.Module{Version: "v1.2.3"}},
		"abc":     {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}},
		"unknown": {},
	} {
		if got := recorded(info); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
