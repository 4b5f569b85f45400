package report

import (
	"podlab/internal/text"
	"podlab/internal/verdict"
)

// A message is one of podlab's own texts in a report.
type message int

const (
	msgScore message = iota
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
	messageCount
)

// messages has each message. The order of the formatting verbs is the same in
// both languages.
var messages = [messageCount]text.Text{
	msgScore:    {EN: "%d of %d points in %s", KO: "%d/%d점, %s 걸림"},
	msgMissing:  {EN: "not observed", KO: "관찰하지 못함"},
	msgPhases:   {EN: "Where the time went", KO: "단계별 소요 시간"},
	msgPhase:    {EN: "phase", KO: "단계"},
	msgTime:     {EN: "time", KO: "시간"},
	msgWaiting:  {EN: "waited %s for the cluster", KO: "그중 클러스터를 기다린 시간 %s"},
	msgCheck:    {EN: "check", KO: "확인"},
	msgVerdict:  {EN: "verdict", KO: "판정"},
	msgEvidence: {EN: "evidence", KO: "근거"},
	msgImages:   {EN: "images from %s", KO: "이미지 출처 %s"},
	msgNodes:    {EN: "nodes %s", KO: "노드 %s"},
}

// A style is how reports show a verdict.
type style struct {
	// name is the verdict, counted the word after a number of checks.
	name, counted text.Text
	mark, color   string
}

var styles = map[verdict.Verdict]style{
	verdict.Pass:    {text.Text{EN: "Pass", KO: "통과"}, text.Text{EN: "passed", KO: "통과"}, "✓", "32"},
	verdict.Fail:    {text.Text{EN: "Fail", KO: "실패"}, text.Text{EN: "failed", KO: "실패"}, "✗", "31"},
	verdict.Unknown: {text.Text{EN: "Unknown", KO: "알 수 없음"}, text.Text{EN: "unknown", KO: "알 수 없음"}, "?", "33"},
	verdict.Skipped: {text.Text{EN: "Skipped", KO: "건너뜀"}, text.Text{EN: "skipped", KO: "건너뜀"}, "–", "36"},
}

// verdictOrder is the order of the verdicts in a summary.
var verdictOrder = []verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Unknown, verdict.Skipped}

// styleOf returns the style of a verdict.
func styleOf(v verdict.Verdict) style { return styles[known(v)] }

// known returns v, or Unknown if v is not one of the verdicts.
func known(v verdict.Verdict) verdict.Verdict {
	if _, ok := styles[v]; ok {
		return v
	}
	return verdict.Unknown
}
