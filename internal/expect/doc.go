// Package expect judges expressions (CEL) over what was observed: true is Pass,
// false is Fail, and what could not be observed is Unknown.
//
// # How a missing fact stays missing
//
// CEL has a value for what is not known, and its logic is three-valued: false
// && unknown is false, true || unknown is true, and everything else that an
// unknown goes into is unknown, comparisons, functions and macros included. So
// a nil fact is such a value, never a zero value, an absent key or an error. A
// fact that is known not to be there (a container of that name, the sixth
// element of five) is an error to CEL, which ranks below unknown in && and ||.
// It makes the statement false.
//
// CEL's lists compare their elements without asking whether the comparison has
// a result. Objects with facts that can be missing are therefore refused at
// compile time as arguments of == and of functions: compare the facts in them.
package expect
