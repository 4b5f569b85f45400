package lab

import (
	"maps"
	"slices"
)

// A SignalName is a signal's name without SIG, as in kill -l.
type SignalName string

// signals has the numbers on Linux, which are the same on amd64 and arm64.
// podlab itself may run on another system.
var signals = map[SignalName]int{
	"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10,
	"SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "CHLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20,
	"TTIN": 21, "TTOU": 22, "WINCH": 28,
}

// Number returns the signal's number on Linux, 0 for an unknown signal.
func (s SignalName) Number() int { return signals[s] }

// signalNames returns the signals that a step can send, sorted by number.
func signalNames() []SignalName {
	return slices.SortedFunc(maps.Keys(signals), func(a, b SignalName) int { return signals[a] - signals[b] })
}
