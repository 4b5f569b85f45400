package lab

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A source is a file of the content during loading. It records the position of
// each value, so that later checks can report it.
type source struct {
	path     string
	lines    []string
	at       map[any]position // by the address of the decoded value
	reported map[any]bool     // values that already have a problem
	problems *Problems
}

func newSource(path string, data []byte, problems *Problems) *source {
	return &source{path: path, lines: strings.Split(string(data), "\n"), at: map[any]position{}, reported: map[any]bool{}, problems: problems}
}

// problem reports a problem with a decoded value, given by its address, unless
// decoding has already reported one.
func (s *source) problem(value any, format string, args ...any) {
	if !s.reported[value] {
		s.problems.add(s.path, s.at[value], format, args...)
	}
}

func (s *source) problemAt(n *yaml.Node, format string, args ...any) {
	s.problems.add(s.path, position{n.Line, n.Column}, format, args...)
}

// documents splits the file into YAML documents.
func (s *source) documents(data []byte) ([]*yaml.Node, bool) {
	var docs []*yaml.Node
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			return docs, true
		}
		if err != nil {
			s.yamlErrors(err)
			return nil, false
		}
		if len(n.Content) == 1 {
			docs = append(docs, n.Content[0])
		}
	}
}

// lineOf finds the line in an error of the YAML library, which reports the line
// only in the text.
var lineOf = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

func (s *source) yamlErrors(err error) {
	messages := []string{err.Error()}
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		messages = typed.Errors
	}
	for _, m := range messages {
		at := position{}
		if found := lineOf.FindStringSubmatch(m); found != nil {
			at.line, _ = strconv.Atoi(found[1])
			m = found[2]
		}
		s.problems.add(s.path, at, "%s", m)
	}
}

// decode decodes a node into a value, strictly, and continues after problems.
func (s *source) decode(n *yaml.Node, v reflect.Value) {
	s.at[v.Addr().Interface()] = position{n.Line, n.Column}
	before := len(*s.problems)
	defer func() {
		if len(*s.problems) > before && undecoded(v) {
			s.reported[v.Addr().Interface()] = true
		}
	}()
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		s.problemAt(n, "anchors and aliases are not supported: repeat the value")
		return
	}
	switch into := v.Addr().Interface().(type) {
	case *Expr:
		s.expr(n, into)
		return
	case *Duration:
		s.duration(n, into)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.decode(n, v.Elem())
	case reflect.Struct:
		s.object(n, v)
	case reflect.Slice:
		s.list(n, v)
	case reflect.Map:
		s.table(n, v)
	case reflect.String:
		if s.scalar(n, "!!str", "a text") {
			v.SetString(n.Value)
		}
	case reflect.Int:
		if i, err := strconv.Atoi(n.Value); s.scalar(n, "!!int", "a number") && err == nil {
			v.SetInt(int64(i))
		}
	case reflect.Bool:
		if s.scalar(n, "!!bool", "true or false") {
			v.SetBool(n.Value == "true")
		}
	default:
		panic("lab: no YAML for " + v.Type().String())
	}
}

// undecoded reports whether a value with a problem is still empty.
func undecoded(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		_, isExpr := reflect.TypeAssert[*Expr](v.Addr())
		return isExpr
	}
	return true
}

func (s *source) scalar(n *yaml.Node, tag, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != tag {
		s.problemAt(n, "must be %s", what)
		return false
	}
	return true
}

func (s *source) object(n *yaml.Node, v reflect.Value) {
	given := s.pairs(n)
	var names []string
	for i := range v.NumField() {
		name, optional := yamlName(v.Type().Field(i))
		if name == "" {
			continue
		}
		names = append(names, name)
		if value, ok := given[name]; ok {
			s.field(name, value, v.Field(i))
			continue
		}
		s.at[v.Field(i).Addr().Interface()] = position{n.Line, n.Column}
		if !optional && given != nil {
			s.problemAt(n, "%s is missing", name)
			s.reported[v.Field(i).Addr().Interface()] = true
		}
	}
	for i := 0; i+1 < len(n.Content) && given != nil; i += 2 {
		if key := n.Content[i]; !slices.Contains(names, key.Value) {
			s.problemAt(key, "unknown field %q: the fields are %s", key.Value, choices(names))
		}
	}
}

// yamlName returns the name of a struct's field in the content, "" for none, and
// whether the field is optional.
func yamlName(f reflect.StructField) (name string, optional bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		name = ""
	}
	return name, options == "omitempty"
}

// field decodes a field. A text must not be empty.
func (s *source) field(name string, n *yaml.Node, v reflect.Value) {
	s.decode(n, v)
	if v.Kind() == reflect.String && n.Tag == "!!str" && strings.TrimSpace(n.Value) == "" {
		s.problemAt(n, "%s is empty", name)
	}
}

// pairs returns the values of a mapping by key, and reports duplicate keys.
func (s *source) pairs(n *yaml.Node) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		s.problemAt(n, "must be a mapping of fields to values")
		return nil
	}
	pairs := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, duplicate := pairs[key.Value]; duplicate {
			s.problemAt(key, "duplicate field %q", key.Value)
			continue
		}
		pairs[key.Value] = n.Content[i+1]
	}
	return pairs
}

func (s *source) list(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		s.problemAt(n, "must be a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		s.decode(item, v.Index(i))
	}
}

func (s *source) table(n *yaml.Node, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for name, node := range s.pairs(n) {
		value := reflect.New(v.Type().Elem())
		s.decode(node, value.Elem())
		v.SetMapIndex(reflect.ValueOf(name), value.Elem())
	}
}

func (s *source) duration(n *yaml.Node, d *Duration) {
	parsed, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || parsed < 0 {
		s.problemAt(n, "must be a duration, such as 90s or 1m30s")
		return
	}
	*d = Duration(parsed)
}
