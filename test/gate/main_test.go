package main

import (
	"strings"
	"testing"
	"time"
)

const lines = `{"Action":"output","Package":"podlab/a","Test":"TestOne","Output":"--- PASS: TestOne\n"}
{"Action":"pass","Package":"podlab/a","Test":"TestOne","Elapsed":0.1}
{"Action":"pass","Package":"podlab/a","Test":"TestOne/sub","Elapsed":0.1}
{"Action":"output","Package":"podlab/a","Test":"TestTwo","Output":"    two_test.go:3: there is no gcc\n"}
{"Action":"output","Package":"podlab/a","Test":"TestTwo","Output":"--- SKIP: TestTwo (0.00s)\n"}
{"Action":"skip","Package":"podlab/a","Test":"TestTwo","Elapsed":0}
{"Action":"pass","Package":"podlab/a","Elapsed":1.2}
not JSON
{"Action":"fail","Package":"podlab/b","Test":"TestThree","Elapsed":0.1}
{"Action":"fail","Package":"podlab/b","Elapsed":7.6}
{"Action":"skip","Package":"podlab/c","Elapsed":0}
`

func TestSummary(t *testing.T) {
	var out strings.Builder
	s, err := summarize(strings.NewReader(lines), &out)
	if err != nil {
		t.Fatal(err)
	}
	const want = `skipped podlab/a TestTwo: two_test.go:3: there is no gcc
unit: 1m2s, b 8s, a 1s
1 passed, 1 failed, 1 skipped
`
	if got := s.text("unit", 62*time.Second); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(out.String(), "--- SKIP: TestTwo") || !strings.Contains(out.String(), "not JSON") {
		t.Errorf("the output is not passed on:\n%s", out.String())
	}
	for list, want := range map[string]int{
		"# comment\n":                        1,
		"a TestTwo: .*no gcc\n":              0,
		"a TestTwo: .*no gcc at all\n":       1,
		"a TestOther: .*\n\na TestTwo: .*\n": 0,
	} {
		if got := unlisted(s.skipped, list); len(got) != want {
			t.Errorf("list %q: unlisted %q, want %d", list, got, want)
		}
	}
}

// The list itself must compile.
func TestSkipList(t *testing.T) {
	if got := unlisted([]string{"podlab/none TestNone: no reason"}, skipList); len(got) != 1 {
		t.Errorf("the list allows everything: %q", skipList)
	}
}
