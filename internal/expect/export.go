package expect

import (
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// export converts a CEL value to a plain value. It leaves out the missing facts of
// objects; elsewhere they are nil.
func export(v ref.Val) any {
	switch v := v.(type) {
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.Uint:
		return uint64(v)
	case types.Double:
		return float64(v)
	case types.String:
		return string(v)
	case *object:
		out := map[string]any{}
		for _, name := range v.of.names {
			if fact, ok := v.Find(types.String(name)); ok && !types.IsUnknownOrError(fact) {
				out[name] = export(fact)
			}
		}
		return out
	case traits.Lister:
		out := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			out = append(out, export(it.Next()))
		}
		return out
	case traits.Mapper:
		out := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			if name, ok := key.ConvertToType(types.StringType).(types.String); ok {
				out[string(name)] = export(v.Get(key))
			}
		}
		return out
	default:
		return nil
	}
}

// summarize returns a value for one line of a report, nil for an object. isSize
// reports that it is the size of the original value.
func summarize(v ref.Val) (value any, isSize bool) {
	switch v := v.(type) {
	case *object, *record:
		return nil, false
	case *sortedMap:
		return int64(len(v.names)), true
	case traits.Lister:
		items, _ := export(v).([]any)
		if len(items) > maxItems {
			return int64(len(items)), true
		}
		for i, item := range items {
			switch item := item.(type) {
			case []any, map[string]any, nil:
				return int64(len(items)), true
			case string:
				items[i] = shorten(item)
			}
		}
		return items, false
	case traits.Mapper:
		return v.Size().Value(), true
	case types.String:
		return shorten(string(v)), false
	}
	return export(v), false
}

// shorten cuts a text to maxText bytes.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimSpace(s[:end]) + "…"
}
