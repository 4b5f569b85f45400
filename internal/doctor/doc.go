// Package doctor stands beside the data's way: it looks at a machine for what
// is known to keep kind clusters from working, and says the fix for each.
//
// [Examine] looks and judges; [Check] only judges, from [Facts] that may come
// from anywhere. What it knows is kind's list of known issues
// (https://kind.sigs.k8s.io/docs/user/known-issues), and what podlab itself
// needs.
package doctor
