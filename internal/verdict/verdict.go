package verdict

// A Verdict is the result of checking a statement. Unknown is not Fail: podlab
// could not observe something that the statement depends on.
type Verdict string

// The verdicts, as reports show them.
const (
	Pass    Verdict = "Pass"
	Fail    Verdict = "Fail"
	Unknown Verdict = "Unknown"
	// Skipped: the machine lacks something that the task needs. Skipped tasks do
	// not count.
	Skipped Verdict = "Skipped"
)

// Worst returns the verdict of a whole from the verdicts of its parts.
//
// Unknown outranks Fail, and Fail outranks Pass. Skipped parts do not count,
// unless all parts are Skipped: then the whole is Skipped. A whole without parts
// is Unknown, because nothing was checked.
func Worst(parts ...Verdict) Verdict {
	if len(parts) == 0 {
		return Unknown
	}
	worst := Skipped
	for _, v := range parts {
		switch {
		case v == Skipped:
		case v == Pass && worst == Skipped:
			worst = Pass
		case v == Pass:
		case v == Fail && worst != Unknown:
			worst = Fail
		default:
			worst = Unknown
		}
	}
	return worst
}

// ExitCode returns podlab's exit code for a lab's verdict: 0 when all checks
// passed, 1 when a check failed, and 3 when a verdict is unknown or this machine
// could check nothing.
func (v Verdict) ExitCode() int {
	switch v {
	case Pass:
		return 0
	case Fail:
		return 1
	}
	return 3
}
