package lab

import (
	"embed"
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

// typeFiles have the types of the content. Their comments become the schema's
// descriptions, which editors show.
//
//go:embed types.go observation.go
var typeFiles embed.FS

// Kinds lists the kinds of content that have a schema.
var Kinds = []string{"Lab", "Scenario"}

// Schema returns the JSON Schema of a kind of content, Lab or Scenario, for
// editors. It describes each field. Only [Load] checks how fields fit together.
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
		return nil, fmt.Errorf("there is no kind %q: choose one of %s", kind, choices(Kinds))
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

// comments returns the doc comments in typeFiles, by the keys that the reflector
// uses.
var comments = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	pkg := reflect.TypeFor[Lab]().PkgPath()
	for _, name := range []string{"types.go", "observation.go"} {
		// The compiler has read and parsed these files, so this succeeds.
		source, _ := typeFiles.ReadFile(name)
		file, _ := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
		for _, d := range file.Decls {
			if decl, ok := d.(*ast.GenDecl); ok {
				addComments(out, pkg, decl)
			}
		}
	}
	return out
})

// addComments adds the doc comments of types and their fields.
func addComments(out map[string]string, pkg string, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		out[pkg+"."+t.Name.Name] = oneLine(decl.Doc)
		if s, ok := t.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				for _, name := range f.Names {
					out[pkg+"."+t.Name.Name+"."+name.Name] = oneLine(f.Doc)
				}
			}
		}
	}
}

func oneLine(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// JSONSchema describes an expression: a text, true, false or a number.
func (Expr) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		AnyOf:       []*jsonschema.Schema{{Type: "string", MinLength: new(uint64(1))}, {Type: "boolean"}, {Type: "number"}},
		Description: "An expression in CEL.",
	}
}

// JSONSchema describes a duration.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(ms|s|m|h))+$`, Examples: []any{"90s", "1m30s"}}
}

// JSONSchema lists the signals.
func (SignalName) JSONSchema() *jsonschema.Schema { return enum(signalNames()) }

// JSONSchema lists the needs.
func (Need) JSONSchema() *jsonschema.Schema { return enum(needs) }

// JSONSchemaExtend allows exactly one verb.
func (Step) JSONSchemaExtend(s *jsonschema.Schema) {
	s.MinProperties, s.MaxProperties = new(uint64(1)), new(uint64(1))
}

// JSONSchemaExtend allows the fields of a task to do, or those of a question.
func (Task) JSONSchemaExtend(s *jsonschema.Schema) {
	s.OneOf = []*jsonschema.Schema{
		{Required: []string{"prompt", "solve", "checks", "mutants"}},
		{Required: []string{"question", "answer", "wrong"}},
	}
}

// JSONSchemaExtend allows a name and exactly one verb.
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
