// Package expect evaluates CEL expressions over a picture of the cluster: true is
// Pass, false is Fail, and what could not be observed is Unknown.
//
// # Missing facts
//
// CEL has a value for unknown facts and three-valued logic: false && unknown is
// false, true || unknown is true, and every other operator, comparison, function
// and macro with an unknown operand is unknown. So a nil fact becomes such a
// value. It never becomes a zero value, an absent key or an error.
//
// A fact that is known not to exist (a container of that name, the sixth of five
// elements) is an error to CEL, which ranks below unknown in && and ||. It makes
// the statement false.
//
// CEL compares the elements of lists without checking whether the comparison has a
// result. Compile therefore rejects objects that can have missing facts as
// arguments of == and of functions: expressions compare the facts in them.
package expect
