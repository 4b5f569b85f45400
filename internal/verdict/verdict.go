package verdict

// A Verdict says what is known of a statement. Unknown is not Fail: it means
// that something which the statement depends on could not be observed.
type Verdict string

// The verdicts, as they stand in a report.
const (
	Pass    Verdict = "Pass"
	Fail    Verdict = "Fail"
	Unknown Verdict = "Unknown"
	// Skipped is for what needs something that the machine does not have. It
	// counts neither for nor against anyone.
	Skipped Verdict = "Skipped"
)

// Worst returns the verdict of a whole from the verdicts of its parts.
//
// Unknown outranks Fail, and Fail outranks Pass. Skipped parts don't count, but
// a whole of which all is skipped is Skipped. A whole without parts is Unknown:
// nothing checked is never Pass.
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

// ExitCode is what podlab ends with on a lab's verdict: 0 when all passed, 1
// when a check failed, and 3 when that is not known or nothing could be checked
// on this machine.
func (v Verdict) ExitCode() int {
	switch v {
	case Pass:
		return 0
	case Fail:
		return 1
	}
	return 3
}
