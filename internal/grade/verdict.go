package grade

// A Verdict says what is known of a statement. Unknown is not Fail: it means
// that something which the statement depends on could not be observed.
type Verdict string

// The verdicts, as they stand in a report.
const (
	Pass    Verdict = "Pass"
	Fail    Verdict = "Fail"
	Unknown Verdict = "Unknown"
)

// Worst returns the verdict of a whole from the verdicts of its parts.
//
// Unknown outranks Fail, and Fail outranks Pass. A whole without parts is
// Unknown: nothing checked is never Pass.
func Worst(parts ...Verdict) Verdict {
	if len(parts) == 0 {
		return Unknown
	}
	worst := Pass
	for _, v := range parts {
		switch {
		case v == Fail && worst == Pass:
			worst = Fail
		case v != Fail && v != Pass:
			worst = Unknown
		}
	}
	return worst
}
