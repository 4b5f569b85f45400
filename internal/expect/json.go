package expect

import (
	"encoding/json"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// parseJSON is the function json(text): it parses the output of a command to
// maps, lists and plain values, all known.
var parseJSON = cel.Function("json",
	cel.Overload("json_string", []*cel.Type{cel.StringType}, cel.DynType, cel.UnaryBinding(func(text ref.Val) ref.Val {
		s, ok := text.(types.String)
		if !ok {
			return types.MaybeNoSuchOverloadErr(text)
		}
		d := json.NewDecoder(strings.NewReader(string(s)))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return types.NewErr("not JSON: %v", err)
		}
		if d.More() {
			return types.NewErr("more text follows the JSON value")
		}
		return documentToCEL(v)
	})))

// documentToCEL converts a decoded JSON or YAML document to a CEL value. Whole
// numbers become ints.
func documentToCEL(v any) ref.Val {
	switch v := v.(type) {
	case nil:
		return types.NullValue
	case bool:
		return types.Bool(v)
	case string:
		return types.String(v)
	case int64:
		return types.Int(v)
	case float64:
		return types.Double(v)
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return types.Int(i)
		}
		f, err := v.Float64()
		if err != nil {
			return types.WrapErr(err)
		}
		return types.Double(f)
	case []any:
		items := make([]ref.Val, len(v))
		for i := range v {
			items[i] = documentToCEL(v[i])
		}
		return types.NewRefValList(types.DefaultTypeAdapter, items)
	case map[string]any:
		entries := make(map[ref.Val]ref.Val, len(v))
		for name, value := range v {
			entries[types.String(name)] = documentToCEL(value)
		}
		return types.NewRefValMap(types.DefaultTypeAdapter, entries)
	}
	panic(fmt.Sprintf("expect: a document with a %T", v))
}
