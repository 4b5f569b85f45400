package runner

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sameAnswer compares an answer with the right one, the way people write answers. It
// ignores case, blanks, a trailing slash, kubectl's KIND/ before a name, the cluster's
// name before a node's, and the order of a list. Numbers are compared as numbers.
func (r *Runner) sameAnswer(given string, right any) bool {
	switch right := right.(type) {
	case []any:
		return slices.Equal(r.items(given), r.items(formatValue(right)))
	case bool:
		value, known := truth[strings.ToLower(strings.TrimSpace(given))]
		return known && value == right
	case int64:
		return sameNumber(given, float64(right))
	case float64:
		return sameNumber(given, right)
	default:
		return r.normal(given) == r.normal(fmt.Sprint(right))
	}
}

// items returns the items of a list in normal form, sorted.
func (r *Runner) items(list string) []string {
	all := strings.FieldsFunc(list, separatesItems)
	for i := range all {
		all[i] = r.normal(all[i])
	}
	slices.Sort(all)
	return all
}

func separatesItems(r rune) bool { return strings.ContainsRune(", \t\n", r) }

// truth has the words for true and false.
var truth = map[string]bool{
	"true": true, "yes": true, "y": true, "예": true, "네": true, "참": true,
	"false": false, "no": false, "n": false, "아니요": false, "아니오": false, "거짓": false,
}

func sameNumber(given string, right float64) bool {
	number, err := strconv.ParseFloat(strings.TrimSpace(given), 64)
	return err == nil && number == right
}

// kindPrefix is what kubectl get -o name prints before a name.
var kindPrefix = regexp.MustCompile(`^(pods?|nodes?|services?|endpoints|namespaces?|configmaps?|secrets?|serviceaccounts?|events?|` +
	`persistentvolumes?|persistentvolumeclaims?|componentstatus(es)?|(deployment|replicaset|daemonset|statefulset)s?(\.apps)?|` +
	`endpointslices?(\.discovery\.k8s\.io)?|storageclass(es)?(\.storage\.k8s\.io)?)/([^/]+)$`)

// normal returns the form of a text in which equal answers are equal.
func (r *Runner) normal(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	if trimmed := strings.TrimRight(text, "/"); trimmed != "" {
		text = trimmed
	}
	if m := kindPrefix.FindStringSubmatch(text); m != nil {
		text = m[len(m)-1]
	}
	return strings.TrimPrefix(text, r.Name+"-")
}

// formatValue returns a value as a learner would write it.
func formatValue(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = fmt.Sprint(item)
	}
	return strings.Join(items, ", ")
}
