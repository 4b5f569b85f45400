package grade

// A Reason says why a statement got its verdict, where the statement alone
// does not.
type Reason struct {
	// Code says which kind of reason it is, "" when there is none.
	Code ReasonCode `json:"code,omitempty"`
	// Subject is what it is about: a fact, or a part of the expression.
	Subject string `json:"subject,omitempty"`
	// Detail is what caused it, in the words of whoever said so.
	Detail string `json:"detail,omitempty"`
}

// A ReasonCode is a kind of reason.
type ReasonCode string

// The kinds of reasons.
const (
	// Absent: the statement is about something that is known not to be there.
	// It makes a Fail.
	Absent ReasonCode = "absent"
	// Missing: a fact could not be observed. It makes an Unknown, as do all below.
	Missing ReasonCode = "missing"
	// Undecidable: the expression has no value (a division by zero).
	Undecidable ReasonCode = "undecidable"
	// TooCostly: the expression went over its cost limit.
	TooCostly ReasonCode = "too-costly"
	// Interrupted: the time was up, or the user stopped it.
	Interrupted ReasonCode = "interrupted"
	// NotRun: it was not come to, because something before it did not work.
	NotRun ReasonCode = "not-run"
	// Lacks: the machine does not have what it needs. It makes a Skipped.
	Lacks ReasonCode = "lacks"
)
