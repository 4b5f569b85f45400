// Package verdict has the verdicts on a statement and the reasons for them.
package verdict
