package report

import (
	"regexp"
	"slices"
	"testing"

	"podlab/internal/verdict"
)

// TestMessages checks that each message exists in both languages, with the same
// formatting verbs.
func TestMessages(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	for m, s := range messages {
		if missing := s.Missing(); missing != nil {
			t.Errorf("message %d is missing in %v", m, missing)
		}
		if en, ko := verbs.FindAllString(s.EN, -1), verbs.FindAllString(s.KO, -1); !slices.Equal(en, ko) {
			t.Errorf("%q and %q have different formatting verbs", s.EN, s.KO)
		}
	}
	for _, v := range verdictOrder {
		if missing := append(styles[v].name.Missing(), styles[v].counted.Missing()...); missing != nil {
			t.Errorf("verdict %s is missing in %v", v, missing)
		}
	}
	if len(verdictOrder) != len(styles) {
		t.Error("the summary leaves out a verdict")
	}
}

func TestUnknownVerdict(t *testing.T) {
	if got := known("Passed"); got != verdict.Unknown {
		t.Errorf("known(\"Passed\") = %s, want Unknown", got)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"one two three", 8, []string{"one two", "three"}},
		{"one\ntwo", 80, []string{"one", "two"}},
		{"파드는 새 샌드박스", 10, []string{"파드는 새", "샌드박스"}},
		{"0123456789ab", 8, []string{"01234567", "89ab"}},
	} {
		if got := wrap(c.in, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q at %d: got %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestFormatMs(t *testing.T) {
	for ms, want := range map[int64]string{0: "0 ms", 999: "999 ms", 1000: "1.0 s", 21_940: "21.9 s", 63_400: "1m3s"} {
		if got := formatMs(ms); got != want {
			t.Errorf("%d: got %s, want %s", ms, got, want)
		}
	}
}
