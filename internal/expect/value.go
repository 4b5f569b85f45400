package expect

import (
	"fmt"
	"reflect"
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// missing returns the value of a fact that could not be observed. path is the
// fact's path in the picture.
func missing(path string) ref.Val {
	return types.NewUnknown(0, types.NewAttributeTrail(path))
}

// An absentError says that an expression reads something that does not exist.
type absentError struct{ what string }

func (e *absentError) Error() string { return "there is no " + e.what }

func absent(what string) ref.Val { return types.WrapErr(&absentError{what}) }

// toCEL converts a fact to a CEL value. path is the fact's path in the picture.
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
		return newSortedMap(v, path)
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

// An object is a struct of the picture.
//
// Objects and records are Mappers to CEL, because CEL asks a Mapper with one call
// whether a value exists and what it is. With separate calls, has(x.y) could not be
// unknown.
type object struct {
	unsupported
	value reflect.Value
	path  string
	of    *structType
}

// Find returns a fact by name: an unknown if the fact is missing, and nothing if
// it is known not to exist.
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

// none reports whether a nil fact is known not to exist.
func (o *object) none(fact string) bool {
	if !o.value.CanAddr() {
		return false
	}
	n, ok := reflect.TypeAssert[interface{ None(fact string) bool }](o.value.Addr())
	return ok && n.None(fact)
}

// Equal compares objects in which no fact can be missing. Compile rejects other
// comparisons.
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

// A record is an object with the given fields: start and got.
type record struct {
	unsupported
	typ    *types.Type
	fields map[string]ref.Val
	// fallback, if any, returns the value of a field that is not in fields.
	fallback func(name string) ref.Val
}

func (r *record) Find(key ref.Val) (ref.Val, bool) {
	name, _ := key.(types.String)
	v, ok := r.fields[string(name)]
	if !ok && r.fallback != nil {
		v, ok = r.fallback(string(name)), true
	}
	if err, isErr := v.(*types.Err); isErr {
		return err, false
	}
	return v, ok
}

func (r *record) Equal(other ref.Val) ref.Val { return types.MaybeNoSuchOverloadErr(other) }
func (r *record) Get(key ref.Val) ref.Val     { return get(r, key) }
func (r *record) Type() ref.Type              { return r.typ }
func (r *record) Value() any                  { return r }

// A sortedMap is a map by name that iterates in the order of its names, so that
// expressions over it give the same result each time.
type sortedMap struct {
	unsupported
	names  []string
	values map[string]ref.Val
}

func newSortedMap(v reflect.Value, path string) *sortedMap {
	m := &sortedMap{values: make(map[string]ref.Val, v.Len())}
	for it := v.MapRange(); it.Next(); {
		name := it.Key().String()
		m.names = append(m.names, name)
		m.values[name] = toCEL(it.Value(), path+"."+name)
	}
	slices.Sort(m.names)
	return m
}

func (m *sortedMap) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), false
	}
	v, ok := m.values[string(name)]
	return v, ok
}

func (m *sortedMap) Equal(other ref.Val) ref.Val { return types.MaybeNoSuchOverloadErr(other) }
func (m *sortedMap) Get(key ref.Val) ref.Val     { return get(m, key) }
func (m *sortedMap) Type() ref.Type              { return types.MapType }
func (m *sortedMap) Value() any                  { return m }

func (m *sortedMap) Contains(key ref.Val) ref.Val {
	_, ok := m.Find(key)
	return types.Bool(ok)
}

func (m *sortedMap) Size() ref.Val { return types.Int(len(m.names)) }

func (m *sortedMap) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, m.names).Iterator()
}

func get(m traits.Mapper, key ref.Val) ref.Val {
	v, ok := m.Find(key)
	if ok || v != nil {
		return v
	}
	return types.NewErr("no such key: %v", key)
}

// unsupported has the methods of a CEL value that mean nothing for an object.
// CEL calls Size for the cost of a comparison.
type unsupported struct{}

func (unsupported) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("convert to %s: not a plain value", t)
}
func (unsupported) ConvertToType(ref.Type) ref.Val { return types.NoSuchOverloadErr() }
func (unsupported) Contains(ref.Val) ref.Val       { return types.NoSuchOverloadErr() }
func (unsupported) Size() ref.Val                  { return types.IntOne }
func (unsupported) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, nil).Iterator()
}
