package report

import (
	"podlab/internal/text"
	"podlab/internal/verdict"
)

// A message is one of podlab's own words in a report.
type message int

const (
	msgScore message = iota
	msgPassed
	msgFailed
	msgUnknown
	msgSkipped
	msgMissing
	msgPhases
	msgPhase
	msgTime
	msgWaiting
	msgCheck
	msgVerdict
	msgEvidence
	msgImages
	msgNodes
	messages // how many there are
)

// The order of verbs is the same in both languages.
var said = [messages]text.Text{
	msgScore:    {EN: "%d of %d points in %s", KO: "%d/%d점, %s 걸림"},
	msgPassed:   {EN: "passed", KO: "통과"},
	msgFailed:   {EN: "failed", KO: "실패"},
	msgUnknown:  {EN: "unknown", KO: "알 수 없음"},
	msgSkipped:  {EN: "skipped", KO: "건너뜀"},
	msgMissing:  {EN: "not observed", KO: "관찰되지 않음"},
	msgPhases:   {EN: "Where the time went", KO: "시간이 걸린 곳"},
	msgPhase:    {EN: "phase", KO: "단계"},
	msgTime:     {EN: "time", KO: "시간"},
	msgWaiting:  {EN: "%s of it waiting for the cluster", KO: "그중 %s는 클러스터를 기다림"},
	msgCheck:    {EN: "check", KO: "확인"},
	msgVerdict:  {EN: "verdict", KO: "판정"},
	msgEvidence: {EN: "evidence", KO: "근거"},
	msgImages:   {EN: "images from %s", KO: "이미지 출처 %s"},
	msgNodes:    {EN: "nodes %s", KO: "노드 %s"},
}

var verdicts = map[verdict.Verdict]struct {
	name  text.Text
	mark  string
	color string
	word  message
}{
	verdict.Pass:    {text.Text{EN: "Pass", KO: "통과"}, "✓", "32", msgPassed},
	verdict.Fail:    {text.Text{EN: "Fail", KO: "실패"}, "✗", "31", msgFailed},
	verdict.Unknown: {text.Text{EN: "Unknown", KO: "알 수 없음"}, "?", "33", msgUnknown},
	verdict.Skipped: {text.Text{EN: "Skipped", KO: "건너뜀"}, "–", "36", msgSkipped},
}

// order is how verdicts are counted up.
var order = []verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Unknown, verdict.Skipped}

// known makes Unknown of what is no verdict.
func known(v verdict.Verdict) verdict.Verdict {
	if _, ok := verdicts[v]; ok {
		return v
	}
	return verdict.Unknown
}
