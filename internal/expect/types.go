package expect

import (
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"podlab/internal/world"
)

// A view is what an expression sees of one picture: its variables, and the
// fields of start.
type view struct {
	Pod   *world.Pod             `json:"pod"`
	Pods  map[string]*world.Pod  `json:"pods"`
	Node  *world.Node            `json:"node"`
	Nodes map[string]*world.Node `json:"nodes"`
}

// A Type is the type of what an observation gives, got.NAME.
type Type struct{ cel *types.Type }

// Document is the type of maps and lists of plain values, all known
// (map[string]any, []any).
var Document = Type{types.DynType}

// TypeOf returns the Type of the struct T, whose fields have their JSON names.
// Declare it as a variable of a package: TypeOf is not safe for concurrent use.
func TypeOf[T any]() Type { return Type{celType(reflect.TypeFor[T]())} }

// A structType is a Go struct as CEL knows it.
type structType struct {
	goType reflect.Type
	cel    *types.Type
	names  []string
	fields map[string]field
	// partial reports whether a fact in the struct can be missing, at any depth.
	partial bool
}

type field struct {
	index int
	cel   *types.Type
}

var (
	structs        = map[string]*structType{} // by name in CEL
	startType      = declare(reflect.TypeFor[view](), "Start")
	podType        = celType(reflect.TypeFor[*world.Pod]())
	podsType       = celType(reflect.TypeFor[map[string]*world.Pod]())
	nodeType       = celType(reflect.TypeFor[*world.Node]())
	nodesType      = celType(reflect.TypeFor[map[string]*world.Node]())
	namespacesType = celType(reflect.TypeFor[*world.Namespaces]())
	gotType        = types.NewObjectType("Got")
	stringType     = reflect.TypeFor[string]()
)

// celType returns the CEL type for a Go type, and declares the structs in it.
func celType(t reflect.Type) *types.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return celType(t.Elem())
	case reflect.Struct:
		return declare(t, t.Name())
	case reflect.Slice:
		return types.NewListType(celType(t.Elem()))
	case reflect.Map:
		if t.Key() != stringType {
			panic("expect: no CEL type for " + t.String())
		}
		return types.NewMapType(types.StringType, celType(t.Elem()))
	case reflect.String:
		return types.StringType
	case reflect.Bool:
		return types.BoolType
	case reflect.Int, reflect.Int64:
		return types.IntType
	case reflect.Float64:
		return types.DoubleType
	default:
		panic("expect: no CEL type for " + t.String())
	}
}

// declare makes a struct known to CEL by a name.
func declare(t reflect.Type, name string) *types.Type {
	if s, ok := structs[name]; ok {
		if s.goType != t {
			panic("expect: two structs with the name " + name)
		}
		return s.cel
	}
	s := &structType{goType: t, cel: types.NewObjectType(name), fields: map[string]field{}}
	structs[name] = s
	for i := range t.NumField() {
		f := t.Field(i)
		name := jsonName(f)
		ft := celType(f.Type)
		s.names = append(s.names, name)
		s.fields[name] = field{index: i, cel: ft}
		switch f.Type.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			s.partial = true
		default:
			s.partial = s.partial || partial(ft)
		}
	}
	return s.cel
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// partial reports whether values of a type can hold objects with missing facts.
func partial(t *types.Type) bool {
	switch t.Kind() {
	case types.StructKind:
		s, ok := structs[t.TypeName()]
		return !ok || s.partial
	case types.ListKind, types.MapKind, types.OpaqueKind, types.TypeKind:
		if slices.ContainsFunc(t.Parameters(), partial) {
			return true
		}
	}
	return false
}

// A provider tells CEL about the declared structs and about got, whose fields
// are the observations of one task.
type provider struct {
	types.Provider
	got map[string]Type
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if s, ok := structs[name]; ok {
		return types.NewTypeTypeWithParam(s.cel), true
	}
	if name == gotType.TypeName() {
		return types.NewTypeTypeWithParam(gotType), true
	}
	return nil, false
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	s, ok := structs[name]
	if !ok {
		return nil, false
	}
	return s.names, true
}

// FindStructFieldType returns no accessors, so that every selection goes through
// object.Find, which tells missing facts from absent facts.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	var t *types.Type
	if name == gotType.TypeName() {
		t = p.got[field].cel
	} else if s, ok := structs[name]; ok {
		t = s.fields[field].cel
	}
	if t == nil {
		return nil, false
	}
	return &types.FieldType{Type: t}, true
}

// NewValue fails: Compile rejects expressions that create objects.
func (p provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("expressions cannot create a %s", name)
}
