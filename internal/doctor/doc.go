// Package doctor checks a machine for known problems of kind clusters, and suggests
// a fix for each.
//
// [Examine] gathers facts about this machine and checks them. [Check] checks given
// [Facts]. The checks cover kind's list of known issues
// (https://kind.sigs.k8s.io/docs/user/known-issues) and podlab's own needs.
package doctor
