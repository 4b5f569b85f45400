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

// values renders a value; a list of objects as one line each.
func values(v any, lang text.Lang) []string {
	list, isList := v.([]any)
	if !isList || !slices.ContainsFunc(list, isObject) {
		return []string{value(v, lang)}
	}
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = value(item, lang)
	}
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
