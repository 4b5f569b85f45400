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

// A row is a line of evidence. A value with several items has a row for each
// item, and only the first row has a name.
type row struct{ Name, Value string }

// evidenceRows formats evidence, sorted by name.
func evidenceRows(evidence map[string]any, lang text.Lang) []row {
	var out []row
	for _, name := range slices.Sorted(maps.Keys(evidence)) {
		label := oneLine(name)
		for _, line := range formatLines(evidence[name], lang) {
			out = append(out, row{label, line})
			label = ""
		}
	}
	return out
}

// maxListWidth is the width up to which a list stays on one line, in columns.
const maxListWidth = 60

// formatLines formats a value: lists of objects and long lists with one line per
// item, other values on one line.
func formatLines(v any, lang text.Lang) []string {
	whole := formatValue(v, lang)
	list, isList := v.([]any)
	if !isList || len(list) == 0 || !slices.ContainsFunc(list, isObject) && text.Columns(whole) <= maxListWidth {
		return []string{whole}
	}
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = formatValue(item, lang)
	}
	return out
}

// withoutBooleans removes the true and false parts of a statement that passed:
// they say no more than the statement.
func withoutBooleans(evidence map[string]any) map[string]any {
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

func formatValue(v any, lang text.Lang) string {
	switch v := v.(type) {
	case nil:
		return messages[msgMissing].In(lang)
	case string:
		return oneLine(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = formatValue(item, lang)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			items = append(items, oneLine(name)+"="+formatValue(v[name], lang))
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

// oneLine makes a text from the cluster safe for one line of a terminal: it
// quotes empty texts and texts with characters that a terminal would act on.
func oneLine(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	return strconv.Quote(s)
}

// printable removes the characters that a terminal would act on, except line
// breaks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
