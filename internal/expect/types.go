package expect

import (
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"podlab/internal/world"
)

// A scene is what an expression sees: these are its variables, and the fields
// of start.
type scene struct {
	Pod   *world.Pod             `json:"pod"`
	Pods  map[string]*world.Pod  `json:"pods"`
	Node  *world.Node            `json:"node"`
	Nodes map[string]*world.Node `json:"nodes"`
}

// A structType is what CEL knows of a struct of the observation.
type structType struct {
	cel    *types.Type
	names  []string
	fields map[string]field
	// partial says that a fact in it, however deep, can be missing.
	partial bool
}

type field struct {
	index int
	cel   *types.Type
}

// structs are the types of the observation by name, and the names by Go type.
var (
	structs    = map[string]*structType{}
	sceneType  = declare(reflect.TypeFor[scene](), "Start")
	podType    = celType(reflect.TypeFor[*world.Pod]())
	podsType   = celType(reflect.TypeFor[map[string]*world.Pod]())
	nodeType   = celType(reflect.TypeFor[*world.Node]())
	nodesType  = celType(reflect.TypeFor[map[string]*world.Node]())
	execType   = celType(reflect.TypeFor[*world.ExecResult]())
	fetchType  = celType(reflect.TypeFor[*world.FetchResult]())
	gotTypeOf  = types.NewObjectType("Got")
	stringType = reflect.TypeFor[string]()
)

// celType returns the type in CEL of a fact of that Go type, declaring the
// structs in it.
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

// declare makes a struct known to CEL by that name. Its fields go by their JSON
// names.
func declare(t reflect.Type, name string) *types.Type {
	if s, ok := structs[name]; ok {
		return s.cel
	}
	s := &structType{cel: types.NewObjectType(name), fields: map[string]field{}}
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

// partial reports whether a value of that type holds an object in which a fact
// can be missing.
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

// A provider tells CEL about the types of the observation, and about got, whose
// fields are the observations of one task.
type provider struct {
	types.Provider
	got map[string]*types.Type
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if s, ok := structs[name]; ok {
		return types.NewTypeTypeWithParam(s.cel), true
	}
	if name == gotTypeOf.TypeName() {
		return types.NewTypeTypeWithParam(gotTypeOf), true
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

// FindStructFieldType gives no accessors, so that every selection goes through
// object.Find, which tells missing facts from absent ones.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	var t *types.Type
	if name == gotTypeOf.TypeName() {
		t = p.got[field]
	} else if s, ok := structs[name]; ok {
		t = s.fields[field].cel
	}
	if t == nil {
		return nil, false
	}
	return &types.FieldType{Type: t}, true
}

// NewValue refuses: an expression speaks of objects and makes none. Compile
// has said so before.
func (p provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("no %s can be made", name)
}
