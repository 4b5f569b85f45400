package verdict

import (
	"strings"

	"podlab/internal/text"
)

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

// reasons are the sentences of each kind of reason; SUBJECT stands for what it
// is about.
var reasons = map[ReasonCode]text.Text{
	Absent:      {EN: "SUBJECT is not there", KO: "SUBJECT: 존재하지 않습니다"},
	Missing:     {EN: "SUBJECT could not be observed", KO: "SUBJECT: 관찰할 수 없었습니다"},
	Undecidable: {EN: "the expression has no value", KO: "식의 값을 구할 수 없습니다"},
	TooCostly:   {EN: "the expression costs too much", KO: "식을 계산하는 비용이 한도를 넘었습니다"},
	Interrupted: {EN: "it was stopped before there was a verdict", KO: "판정이 나기 전에 중단되었습니다"},
	NotRun:      {EN: "it was not come to", KO: "앞 단계에서 멈추어 확인하지 못했습니다"},
	Lacks:       {EN: "this machine lacks SUBJECT", KO: "이 컴퓨터에 없는 것: SUBJECT"},
}

// In returns the reason as a sentence, "" when there is none.
func (r Reason) In(lang text.Lang) string {
	sentence, ok := reasons[r.Code]
	if !ok {
		return r.Detail
	}
	said := strings.ReplaceAll(sentence.In(lang), "SUBJECT", r.Subject)
	if r.Detail != "" {
		said += ": " + r.Detail
	}
	return said
}

// String returns the reason in English.
func (r Reason) String() string { return r.In(text.English) }
