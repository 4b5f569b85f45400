package text_test

import (
	"slices"
	"testing"

	"podlab/internal/text"
)

func TestFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want text.Lang
	}{
		{nil, text.English},
		{map[string]string{"LANG": "ko_KR.UTF-8"}, text.Korean},
		{map[string]string{"LANG": "ko"}, text.Korean},
		{map[string]string{"LANG": "kok_IN"}, text.English},
		{map[string]string{"LANG": "C.UTF-8"}, text.English},
		{map[string]string{"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, text.English},
		{map[string]string{"LANG": "en_GB", "LC_MESSAGES": "ko_KR"}, text.Korean},
	} {
		if got := text.FromEnvironment(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: got %s, want %s", c.env, got, c.want)
		}
	}
}

func TestMissing(t *testing.T) {
	if got := (text.Text{EN: "pod", KO: " "}).Missing(); !slices.Equal(got, []text.Lang{text.Korean}) {
		t.Errorf("got %v, want ko", got)
	}
	if got := (text.Text{EN: "pod", KO: "파드"}).Missing(); got != nil {
		t.Errorf("got %v, want none", got)
	}
}
