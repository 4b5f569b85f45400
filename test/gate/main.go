// Command gate runs "go test" for a part of "make test" and passes its output on.
// With CI=true, it also fails if a test was skipped that skips.txt does not list:
// without that list, a test that never runs would go unnoticed.
package main

import (
	"bufio"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

//go:embed skips.txt
var skipList string

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: gate PART [GO TEST ARGUMENT ...]")
		os.Exit(2)
	}
	// The interrupt reaches go test as well, which cleans up and then ends.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
	if err := run(os.Args[1], os.Args[2:], os.Stdout, os.Getenv("CI") == "true"); err != nil {
		fmt.Fprintln(os.Stderr, "gate:", err)
		os.Exit(1)
	}
}

// An event is a line of "go test -json".
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

// run runs one part and prints a summary.
func run(part string, args []string, out io.Writer, strict bool) error {
	began := time.Now()
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s, err := summarize(stdout, out)
	if err != nil {
		return err
	}
	failed := cmd.Wait()
	_, _ = fmt.Fprint(out, s.text(part, time.Since(began)))
	if failed != nil {
		return fmt.Errorf("%s: %w", part, failed)
	}
	if unlisted := unlisted(s.skipped, skipList); strict && len(unlisted) > 0 {
		return fmt.Errorf("%s: skipped, but not listed in test/gate/skips.txt:\n  %s", part, strings.Join(unlisted, "\n  "))
	}
	return nil
}

// A summary counts the top-level tests of a part.
type summary struct {
	passed, failed int
	skipped        []string // "PACKAGE TEST: REASON"
	packages       []event  // those with tests, slowest first
}

// summarize passes the tests' output on to out.
func summarize(lines io.Reader, out io.Writer) (*summary, error) {
	s := &summary{}
	last := map[string]string{} // last line of output by test
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var e event
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			_, _ = fmt.Fprintf(out, "%s\n", scanner.Bytes())
			continue
		}
		id := e.Package + " " + e.Test
		if e.Action == "output" || e.Action == "build-output" {
			_, _ = io.WriteString(out, e.Output)
			if text := strings.TrimSpace(e.Output); text != "" && !strings.HasPrefix(text, "--- ") {
				last[id] = text
			}
		}
		s.count(&e, last[id])
	}
	slices.SortFunc(s.packages, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	return s, scanner.Err()
}

func (s *summary) count(e *event, reason string) {
	switch {
	case e.Action == "skip" && e.Test != "":
		s.skipped = append(s.skipped, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason))
	case e.Test == "" && (e.Action == "pass" || e.Action == "fail"):
		s.packages = append(s.packages, *e)
	case strings.Contains(e.Test, "/"):
	case e.Action == "pass":
		s.passed++
	case e.Action == "fail":
		s.failed++
	}
}

// slowest is how many packages the text names.
const slowest = 5

func (s *summary) text(part string, took time.Duration) string {
	var b strings.Builder
	for _, line := range s.skipped {
		fmt.Fprintf(&b, "skipped %s\n", line)
	}
	fmt.Fprintf(&b, "%s: %s", part, took.Round(time.Second))
	for _, p := range s.packages[:min(len(s.packages), slowest)] {
		fmt.Fprintf(&b, ", %s %.0fs", strings.TrimPrefix(p.Package, "podlab/"), p.Elapsed)
	}
	fmt.Fprintf(&b, "\n%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	return b.String()
}

// unlisted returns the skips that no line of the list allows. A line is a regular
// expression for "PACKAGE TEST: REASON"; "#" begins a comment.
func unlisted(skipped []string, list string) []string {
	var allowed []*regexp.Regexp
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			allowed = append(allowed, regexp.MustCompile("^podlab/"+line+"$"))
		}
	}
	return slices.DeleteFunc(slices.Clone(skipped), func(skip string) bool {
		return slices.ContainsFunc(allowed, func(r *regexp.Regexp) bool { return r.MatchString(skip) })
	})
}
