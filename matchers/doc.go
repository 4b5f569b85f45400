// Package matchers lets Gomega speak about what a pod is made of, over the same
// observations that podlab's labs are graded by.
//
// A matcher that can't tell, because a fact could not be observed, returns an
// error: no assertion passes then, neither To nor NotTo, and Eventually goes on
// trying.
package matchers
