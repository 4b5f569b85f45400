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

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "pause": 5, "파드": 4, "pod 파드…": 9} {
		if got := text.Columns(s); got != want {
			t.Errorf("%q: got %d, want %d", s, got, want)
		}
	}
	if got := text.Cut("a파드", 4); got != "a파" {
		t.Errorf("Cut: got %q, want no half letter", got)
	}
	if got := text.Shorten("a파드", 4) + " " + text.Shorten("파드", 4); got != "a파… 파드" {
		t.Errorf("Shorten: got %q", got)
	}
	if got := text.Pad("파", 4) + "|" + text.Pad("long", 2) + "|"; got != "파  |long|" {
		t.Errorf("Pad: got %q", got)
	}
}
