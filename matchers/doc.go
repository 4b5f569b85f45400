// Package matchers has Gomega matchers for pods, over the same pictures that
// podlab grades labs by.
//
// A matcher returns an error if a fact could not be observed. Then neither To nor
// NotTo passes, and Eventually tries again.
package matchers
