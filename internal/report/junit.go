package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"podlab/internal/verdict"
)

// The elements of JUnit XML.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Time   string       `xml:"time,attr"`
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		Skipped   *junitProblem `xml:"skipped"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// renderJUnit writes a suite per scenario and a case per check. Fail becomes a
// failure. Unknown becomes an error, because it is not the learner's fault.
func renderJUnit(w io.Writer, r *Report, o Options) error {
	all := junitSuites{Name: r.Lab, Time: seconds(r.ElapsedMs)}
	for _, s := range r.Scenarios {
		suite := junitSuite{Name: r.Lab + "." + s.Name, Timestamp: r.StartedAt.UTC().Format(time.RFC3339)}
		var ms int64
		for _, t := range r.tasksOf(s.Name) {
			for _, c := range r.checksOf(t.ID) {
				suite.add(&c, r.Lab+"."+strings.ReplaceAll(t.ID, "/", "."), o)
				ms += c.ElapsedMs
			}
		}
		suite.Time = seconds(ms)
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Skipped += suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c *Check, class string, o Options) {
	out := junitCase{Name: nameOf(c.ID), Class: class, Time: seconds(c.ElapsedMs)}
	var evidence strings.Builder
	for _, row := range evidenceRows(c.Evidence, o.Lang) {
		if row.Name != "" {
			evidence.WriteString(row.Name + ": ")
		}
		evidence.WriteString(row.Value + "\n")
	}
	problem := &junitProblem{
		Message: cmp.Or(c.Reason.In(o.Lang), styleOf(c.Verdict).name.In(o.Lang)),
		Type:    string(known(c.Verdict)),
		Text:    "\n" + c.Why + "\n" + evidence.String(),
	}
	s.Tests++
	switch known(c.Verdict) {
	case verdict.Pass:
		out.SystemOut = evidence.String()
	case verdict.Fail:
		s.Failures++
		out.Failure = problem
	case verdict.Unknown:
		s.Errors++
		out.Error = problem
	case verdict.Skipped:
		s.Skipped++
		out.Skipped = problem
	}
	s.Cases = append(s.Cases, out)
}

func seconds(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }
