package kube

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// A document is one object of a manifest.
type document struct {
	// number counts the manifest's documents from 1, without empty documents.
	number int
	object *unstructured.Unstructured
}

// String names the document in errors.
func (d document) String() string {
	return fmt.Sprintf("document %d (%s %s)", d.number, d.object.GetKind(), d.object.GetName())
}

// decode splits a manifest into its documents. The error names every document that is
// not an object or has a field twice.
func decode(manifest []byte) ([]document, error) {
	var documents []document
	var errs []error
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifest)))
	for number := 1; ; {
		raw, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read document %d: %w", number, err)
		}
		object, err := decodeObject(raw)
		if err == nil && object == nil {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("document %d: %w", number, err))
		} else {
			documents = append(documents, document{number, object})
		}
		number++
	}
	if len(documents) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("the manifest has no object"))
	}
	return documents, errors.Join(errs...)
}

// decodeObject returns nil for a document that has only comments.
func decodeObject(raw []byte) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict(raw, &object.Object); err != nil {
		return nil, err
	}
	switch {
	case len(object.Object) == 0:
		return nil, nil
	case object.GetAPIVersion() == "":
		return nil, errors.New("apiVersion is missing")
	case object.GetKind() == "":
		return nil, errors.New("kind is missing")
	case object.GetName() == "":
		return nil, fmt.Errorf("%s: metadata.name is missing", object.GetKind())
	}
	return object, nil
}
