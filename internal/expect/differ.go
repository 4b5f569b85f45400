package expect

import (
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"podlab/internal/world"
)

// differ is the function differ(a, b): the kinds in which two processes' namespaces
// are not the same, in the order of /proc/PID/ns.
func differ() cel.EnvOption {
	return cel.Function("differ", cel.Overload("differ_namespaces", []*cel.Type{namespacesType, namespacesType},
		cel.ListType(cel.StringType), cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			left, ok := namespacesOf(a)
			if !ok {
				return types.MaybeNoSuchOverloadErr(a)
			}
			right, ok := namespacesOf(b)
			if !ok {
				return types.MaybeNoSuchOverloadErr(b)
			}
			kinds := []string{}
			for _, kind := range world.Kinds {
				x, _ := left.Inode(kind)
				y, _ := right.Inode(kind)
				if x != y {
					kinds = append(kinds, kind)
				}
			}
			return types.DefaultTypeAdapter.NativeToValue(kinds)
		})))
}

func namespacesOf(v ref.Val) (*world.Namespaces, bool) {
	o, ok := v.(*object)
	if !ok {
		return nil, false
	}
	n, ok := reflect.TypeAssert[world.Namespaces](o.value)
	return &n, ok
}
