package text_test

import (
	"testing"

	"podlab/internal/text"
)

const (
	family   = "👩\u200d👩\u200d👧" // joined by ZWJ
	flag     = "🇰🇷"
	skinTone = "👍🏽"
	eAcute   = "e\u0301"            // e and a combining acute accent
	jamo     = "\u1111\u1161\u11ab" // 판, as macOS writes it in file names
)

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "pause": 5, "파드": 4, "pod 파드…": 9, "→ │ ✓ ✗ – ·": 11,
		family: 2, flag: 2, skinTone: 2, eAcute: 1, jamo: 2, "caf" + eAcute + " " + flag: 7,
		"\x1b[1;31m파드\x1b[0m": 4,
	} {
		if got := text.Columns(s); got != want {
			t.Errorf("%q: got %d columns, want %d", s, got, want)
		}
	}
}

func TestCutKeepsGraphemesWhole(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"pause", 5, "pause"},
		{"pause", 3, "pau"},
		{"a파드", 4, "a파"},
		{family + "x", 1, ""},
		{family + "x", 2, family},
		{"a" + flag + flag, 3, "a" + flag},
		{eAcute + eAcute, 1, eAcute},
		{jamo + jamo, 3, jamo},
		{"pause", 0, ""},
	} {
		if got := text.Cut(c.in, c.width); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"파드", 4, "파드"},
		{"a파드", 4, "a파…"},
		{"a" + family + "b", 3, "a…"},
		{eAcute + "tude", 3, eAcute + "t…"},
	} {
		if got := text.Shorten(c.in, c.width); got != c.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestPad(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"파", 4, "파  "},
		{flag, 4, flag + "  "},
		{eAcute, 2, eAcute + " "},
		{"long", 2, "long"},
	} {
		if got := text.Pad(c.in, c.width); got != c.want {
			t.Errorf("Pad(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
