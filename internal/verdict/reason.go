package verdict

import (
	"strings"

	"podlab/internal/text"
)

// A Reason explains a verdict that the statement alone does not explain.
type Reason struct {
	// Code is the kind of reason, "" for none.
	Code ReasonCode `json:"code,omitempty"`
	// Subject is what the reason is about: a fact, a part of the expression, or a
	// need. The sentences put it behind "there is no", so it has no article.
	Subject string `json:"subject,omitempty"`
	// Detail is the cause, usually the text of an error.
	Detail string `json:"detail,omitempty"`
}

// A ReasonCode is a kind of reason.
type ReasonCode string

// The kinds of reasons.
const (
	// Absent: the statement is about something that does not exist. The verdict
	// is Fail.
	Absent ReasonCode = "absent"
	// Missing: a fact could not be observed. The verdict is Unknown, as for all
	// reasons below except Lacks.
	Missing ReasonCode = "missing"
	// Undecidable: the expression has no value, for example after a division by
	// zero.
	Undecidable ReasonCode = "undecidable"
	// TooCostly: the expression exceeded its cost limit.
	TooCostly ReasonCode = "too-costly"
	// Interrupted: a timeout or the user stopped the evaluation.
	Interrupted ReasonCode = "interrupted"
	// NotRun: an earlier step failed.
	NotRun ReasonCode = "not-run"
	// Lacks: the machine lacks something that the task needs. The verdict is
	// Skipped.
	Lacks ReasonCode = "lacks"
)

// reasons has a sentence for each code. SUBJECT stands for the reason's subject.
var reasons = map[ReasonCode]text.Text{
	Absent:      {EN: "there is no SUBJECT", KO: "SUBJECT: 존재하지 않습니다"},
	Missing:     {EN: "SUBJECT could not be observed", KO: "SUBJECT: 관찰하지 못했습니다"},
	Undecidable: {EN: "the expression has no value", KO: "식의 값을 구할 수 없습니다"},
	TooCostly:   {EN: "the expression exceeded its cost limit", KO: "식의 계산 비용이 한도를 넘었습니다"},
	Interrupted: {EN: "stopped before there was a verdict", KO: "판정이 나기 전에 중단되었습니다"},
	NotRun:      {EN: "not run: an earlier step failed", KO: "앞 단계가 실패하여 확인하지 못했습니다"},
	Lacks:       {EN: "this machine lacks SUBJECT", KO: "이 컴퓨터에 없는 것: SUBJECT"},
}

// In returns the reason as a sentence, "" when there is none.
func (r Reason) In(lang text.Lang) string {
	sentence, ok := reasons[r.Code]
	if !ok {
		return r.Detail
	}
	out := strings.ReplaceAll(sentence.In(lang), "SUBJECT", r.Subject)
	if r.Detail != "" {
		out += ": " + r.Detail
	}
	return out
}

// String returns the reason in English.
func (r Reason) String() string { return r.In(text.English) }
