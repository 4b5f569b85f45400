package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"podlab/internal/text"
)

// A row is a line of evidence. A value of several items has a row for each; all
// but the first have no name.
type row struct{ Name, Value string }

// rows renders evidence in the order of its names.
func rows(evidence map[string]any, lang text.Lang) []row {
	var out []row
	for _, name := range slices.Sorted(maps.Keys(evidence)) {
		label := oneLine(name)
		for _, value := range values(evidence[name], lang) {
			out = append(out, row{label, value})
			label = ""
		}
	}
	return out
}

// longList is how wide a list may be, in columns, before its items get a line
// each.
const longList = 60

// values renders a value; a list of objects, or a long one, as one line each.
func values(v any, lang text.Lang) []string {
	whole := value(v, lang)
	list, isList := v.([]any)
	if !isList || len(list) == 0 || !slices.ContainsFunc(list, isObject) && text.Columns(whole) <= longList {
		return []string{whole}
	}
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = value(item, lang)
	}
	return out
}

// telling leaves out of the evidence of a check that passed what says nothing
// more: the parts of its statement that are true, or false, as they should be.
func telling(evidence map[string]any) map[string]any {
	out := maps.Clone(evidence)
	maps.DeleteFunc(out, func(_ string, v any) bool {
		_, isBool := v.(bool)
		return isBool
	})
	return out
}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

func value(v any, lang text.Lang) string {
	switch v := v.(type) {
	case nil:
		return said[msgMissing].In(lang)
	case string:
		return oneLine(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = value(item, lang)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			items = append(items, oneLine(name)+"="+value(v[name], lang))
		}
		return strings.Join(items, " ")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return strconv.Quote(err.Error())
	}
	return oneLine(string(data))
}

// oneLine makes a text from the cluster fit for a line on a terminal: quoted
// when it is empty or has something in it that a terminal would act on.
func oneLine(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	return strconv.Quote(s)
}

// printable leaves out of a text what a terminal would act on, but for line
// ends.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
