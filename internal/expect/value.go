package expect

import (
	"fmt"
	"reflect"
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// missing is the value of a fact that could not be observed. Its trail is the
// fact's path in the picture.
func missing(path string) ref.Val {
	return types.NewUnknown(0, types.NewAttributeTrail(path))
}

// An absence is the error of speaking about something that is known not to be
// there.
type absence struct{ what string }

func (a *absence) Error() string { return a.what + " is not there" }

func absent(what string) ref.Val { return types.WrapErr(&absence{what}) }

// toCEL makes a value of a fact. path is where it stands in the picture.
func toCEL(v reflect.Value, path string) ref.Val {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if v.IsNil() {
			return missing(path)
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return toCEL(v.Elem(), path)
	case reflect.Struct:
		return &object{value: v, path: path, of: structs[v.Type().Name()]}
	case reflect.Map:
		return newTable(v, path)
	case reflect.Slice:
		elems := make([]ref.Val, v.Len())
		for i := range elems {
			elems[i] = toCEL(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
		return types.NewRefValList(types.DefaultTypeAdapter, elems)
	case reflect.String:
		return types.String(v.String())
	case reflect.Bool:
		return types.Bool(v.Bool())
	case reflect.Int, reflect.Int64:
		return types.Int(v.Int())
	case reflect.Float64:
		return types.Double(v.Float())
	default:
		panic("expect: no CEL value for " + v.Type().String())
	}
}

// An object is a struct of the observation.
//
// It is a Mapper to CEL, and so are the variables start and got, because CEL
// asks a Mapper in one call whether there is a value and which: only so can
// both has(x.y) and x.y be unknown.
type object struct {
	opaque
	value reflect.Value
	path  string
	of    *structType
}

// Find returns a fact by its name: a missing one as unknown, and nothing for one
// that is known not to exist.
func (o *object) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), false
	}
	f, ok := o.of.fields[string(name)]
	if !ok {
		return nil, false
	}
	v := o.value.Field(f.index)
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil() && o.none(string(name)) {
		return nil, false
	}
	return toCEL(v, o.path+"."+string(name)), true
}

func (o *object) none(fact string) bool {
	if !o.value.CanAddr() {
		return false
	}
	knows, ok := reflect.TypeAssert[interface{ None(fact string) bool }](o.value.Addr())
	return ok && knows.None(fact)
}

// Equal compares objects whose facts are all known; Compile refuses others.
func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	if !ok || o.of != p.of || o.of.partial {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return types.Bool(reflect.DeepEqual(o.value.Interface(), p.value.Interface()))
}

func (o *object) Get(key ref.Val) ref.Val { return get(o, key) }
func (o *object) Type() ref.Type          { return o.of.cel }
func (o *object) Value() any              { return o }

// A fixed is an object whose fields are given one by one.
type fixed struct {
	opaque
	typ    *types.Type
	fields map[string]ref.Val
	// otherwise gives the value of a field that is not there, unless it is nil.
	otherwise func(name string) ref.Val
}

func (f *fixed) Find(key ref.Val) (ref.Val, bool) {
	name, _ := key.(types.String)
	v, ok := f.fields[string(name)]
	if !ok && f.otherwise != nil {
		v, ok = f.otherwise(string(name)), true
	}
	if err, isErr := v.(*types.Err); isErr {
		return err, false
	}
	return v, ok
}

func (f *fixed) Equal(other ref.Val) ref.Val { return types.MaybeNoSuchOverloadErr(other) }
func (f *fixed) Get(key ref.Val) ref.Val     { return get(f, key) }
func (f *fixed) Type() ref.Type              { return f.typ }
func (f *fixed) Value() any                  { return f }

// A table is a map by name, in the order of its names so that what an
// expression makes of it is the same each time.
type table struct {
	opaque
	names  []string
	values map[string]ref.Val
}

func newTable(v reflect.Value, path string) *table {
	t := &table{values: make(map[string]ref.Val, v.Len())}
	for it := v.MapRange(); it.Next(); {
		name := it.Key().String()
		t.names = append(t.names, name)
		t.values[name] = toCEL(it.Value(), path+"."+name)
	}
	slices.Sort(t.names)
	return t
}

func (t *table) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), false
	}
	v, ok := t.values[string(name)]
	return v, ok
}

func (t *table) Equal(other ref.Val) ref.Val { return types.MaybeNoSuchOverloadErr(other) }
func (t *table) Get(key ref.Val) ref.Val     { return get(t, key) }
func (t *table) Type() ref.Type              { return types.MapType }
func (t *table) Value() any                  { return t }

func (t *table) Contains(key ref.Val) ref.Val {
	_, ok := t.Find(key)
	return types.Bool(ok)
}

func (t *table) Size() ref.Val { return types.Int(len(t.names)) }

func (t *table) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, t.names).Iterator()
}

func get(m traits.Mapper, key ref.Val) ref.Val {
	v, ok := m.Find(key)
	if ok || v != nil {
		return v
	}
	return types.NewErr("no such key: %v", key)
}

// opaque is the part of a CEL value that has no meaning for an object. Size is
// asked for what a comparison costs.
type opaque struct{}

func (opaque) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("convert to %s: not a plain value", t)
}
func (opaque) ConvertToType(ref.Type) ref.Val { return types.NoSuchOverloadErr() }
func (opaque) Contains(ref.Val) ref.Val       { return types.NoSuchOverloadErr() }
func (opaque) Size() ref.Val                  { return types.IntOne }
func (opaque) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, nil).Iterator()
}
