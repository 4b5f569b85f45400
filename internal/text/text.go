package text

import "strings"

// A Lang is a language that podlab speaks.
type Lang string

// The languages.
const (
	English Lang = "en"
	Korean  Lang = "ko"
)

// A Text is one text in each language.
type Text struct {
	EN string `json:"en" yaml:"en"`
	KO string `json:"ko" yaml:"ko"`
}

// In returns the text in lang.
func (t Text) In(lang Lang) string {
	if lang == Korean {
		return t.KO
	}
	return t.EN
}

// Missing returns the languages in which the text is empty.
func (t Text) Missing() []Lang {
	var missing []Lang
	for _, lang := range []Lang{English, Korean} {
		if strings.TrimSpace(t.In(lang)) == "" {
			missing = append(missing, lang)
		}
	}
	return missing
}

// FromEnvironment returns the language of the first of LC_ALL, LC_MESSAGES and
// LANG that is set. It returns English for languages that podlab does not speak.
func FromEnvironment(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		switch value := getenv(name); {
		case value == "":
		case value == "ko" || strings.HasPrefix(value, "ko_") || strings.HasPrefix(value, "ko."):
			return Korean
		default:
			return English
		}
	}
	return English
}
