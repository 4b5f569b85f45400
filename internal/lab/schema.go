package lab

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"sync"

	"github.com/invopop/jsonschema"
)

// typesSource is this package's own types.go: its comments are the schema's
// descriptions, so that what an editor shows is what the code says.
//
//go:embed types.go
var typesSource string

// Kinds are the kinds of content that have a schema.
var Kinds = []string{"Lab", "Scenario"}

// Schema returns the JSON Schema of a kind of content, Lab or Scenario, for
// editors. It knows the fields and their shapes; what they say together only
// [Load] knows.
func Schema(kind string) ([]byte, error) {
	r := &jsonschema.Reflector{
		ExpandedStruct: true,
		Anonymous:      true,
		CommentMap:     comments(),
	}
	var s *jsonschema.Schema
	switch kind {
	case "Lab":
		s = r.Reflect(&Lab{})
	case "Scenario":
		s = r.Reflect(&Scenario{})
	default:
		return nil, fmt.Errorf("there is no kind %q; there are: %s", kind, strings.Join(Kinds, ", "))
	}
	s.Title = "podlab " + kind
	for name, value := range map[string]string{"apiVersion": APIVersion, "kind": kind} {
		if field, ok := s.Properties.Get(name); ok {
			field.Const = value
		}
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema of %s: %w", kind, err)
	}
	return append(data, '\n'), nil
}

// comments reads the doc comments of types.go, in the form that the reflector
// looks them up.
var comments = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	file, err := parser.ParseFile(token.NewFileSet(), "types.go", typesSource, parser.ParseComments)
	if err != nil {
		return out // it compiled, so it parses
	}
	pkg := reflect.TypeFor[Lab]().PkgPath()
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.TYPE {
			continue
		}
		for _, spec := range decl.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			out[pkg+"."+t.Name.Name] = prose(decl.Doc)
			fields, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range fields.Fields.List {
				for _, name := range f.Names {
					out[pkg+"."+t.Name.Name+"."+name.Name] = prose(f.Doc)
				}
			}
		}
	}
	return out
})

func prose(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// JSONSchema says that an expression is a text; true, false and a number are
// expressions too.
func (Expr) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		AnyOf:       []*jsonschema.Schema{{Type: "string", MinLength: new(uint64(1))}, {Type: "boolean"}, {Type: "number"}},
		Description: "An expression in CEL.",
	}
}

// JSONSchema says how a duration is written.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(ms|s|m|h))+$`, Examples: []any{"90s", "1m30s"}}
}

// JSONSchema lists the signals.
func (SignalName) JSONSchema() *jsonschema.Schema { return enum(SignalNames()) }

// JSONSchema lists the needs.
func (Need) JSONSchema() *jsonschema.Schema { return enum(needs) }

// JSONSchemaExtend says that a step has exactly one verb.
func (Step) JSONSchemaExtend(s *jsonschema.Schema) {
	s.MinProperties, s.MaxProperties = new(uint64(1)), new(uint64(1))
}

// JSONSchemaExtend says that a task is one to do or one to answer.
func (Task) JSONSchemaExtend(s *jsonschema.Schema) {
	s.OneOf = []*jsonschema.Schema{
		{Required: []string{"prompt", "solve", "checks", "mutants"}},
		{Required: []string{"question", "answer", "wrong"}},
	}
}

// JSONSchemaExtend says that an observation has a name and exactly one verb.
func (Observation) JSONSchemaExtend(s *jsonschema.Schema) {
	s.MinProperties, s.MaxProperties = new(uint64(2)), new(uint64(2))
}

func enum[T ~string](values []T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

