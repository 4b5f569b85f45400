package anatomy

import (
	"reflect"
	"strings"
	"testing"

	"podlab/internal/text"
)

func TestWordsInBothLanguages(t *testing.T) {
	check := func(name string, words text.Text) {
		t.Helper()
		if missing := words.Missing(); missing != nil {
			t.Errorf("%s is missing in %v", name, missing)
		}
		if en, ko := strings.Count(words.EN, "%"), strings.Count(words.KO, "%"); en != ko {
			t.Errorf("%s: %d values in English, %d in Korean", name, en, ko)
		}
	}
	v := reflect.ValueOf(words)
	for i := range v.NumField() {
		f := v.Field(i)
		check(v.Type().Field(i).Name, text.Text{EN: f.Field(0).String(), KO: f.Field(1).String()})
	}
	for _, l := range legend {
		check(l.symbol, l.meaning)
	}
}
