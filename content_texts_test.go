package podlab_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"podlab"
	"podlab/internal/lab"
)

// The parts of a text that the tests compare.
var (
	hangul     = regexp.MustCompile(`\p{Hangul}`)
	code       = regexp.MustCompile("(?s)```.*?```|`[^`]*`")
	number     = regexp.MustCompile(`\d+(?:[.:/]\d+)*`)
	word       = regexp.MustCompile(`[a-z]+`)
	whitespace = regexp.MustCompile(`\s+`)
)

// TestKoreanTerms checks that Korean texts use the terms of docs/content.md.
func TestKoreanTerms(t *testing.T) {
	terms := koreanTerms(t)
	for _, text := range learnerTexts(t) {
		prose := code.ReplaceAllStringFunc(text.KO, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
		for i, line := range strings.Split(prose, "\n") {
			for _, form := range avoidedForms(line, terms) {
				t.Errorf("%s:%d: %q is a form to avoid: see the Korean terms in docs/content.md", text.file, text.koreanLine+i, form)
			}
		}
	}
}

func TestAvoidedForms(t *testing.T) {
	terms := []koreanTerm{{use: []string{"퍼시스턴트볼륨클레임", "PVC"}, avoid: []string{"클레임"}}, {use: []string{"서비스"}, avoid: []string{"Service"}}}
	for line, want := range map[string][]string{
		"퍼시스턴트볼륨클레임 keep": nil,
		"Service":         nil,
		"클레임과 Service":    {"클레임", "Service"},
	} {
		if got := avoidedForms(line, terms); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

// TestLanguagesAgree checks that both languages of a text have the same code
// and the same numbers.
func TestLanguagesAgree(t *testing.T) {
	for _, text := range learnerTexts(t) {
		for _, difference := range differences(text.Text) {
			t.Errorf("%s:%d: %s\n%.200s", text.file, text.koreanLine, difference, text.EN)
		}
	}
}

func TestDifferences(t *testing.T) {
	for _, test := range []struct {
		text lab.Text
		want []string
	}{
		{lab.Text{EN: "Run `ps\n  -e` on port 80.", KO: "80번 포트에서 `ps -e`를"}, nil},
		{lab.Text{EN: "two seconds", KO: "2초"}, nil},
		{lab.Text{EN: "2 seconds", KO: "두 초"}, []string{"only English has 2"}},
		{lab.Text{EN: "0.0.0.0:80", KO: "0.0.0.0:8080"}, []string{"only English has 0.0.0.0:80", "only Korean has 0.0.0.0:8080"}},
		{lab.Text{EN: "`kubectl get pv NAME`", KO: "`kubectl get pv 이름`"}, []string{"only English has `kubectl get pv NAME`", "only Korean has `kubectl get pv 이름`"}},
	} {
		if got := differences(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// A koreanTerm is a row of the table in docs/content.md.
type koreanTerm struct{ use, avoid []string }

func koreanTerms(t *testing.T) []koreanTerm {
	t.Helper()
	data, err := os.ReadFile("docs/content.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "| English | Korean | avoid |\n| --- | --- | --- |\n")
	var terms []koreanTerm
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 3 {
			t.Fatalf("docs/content.md: a row of the Korean terms has %d cells: %s", len(cells), line)
		}
		term := koreanTerm{use: strings.Split(cells[1], ", ")}
		if cells[2] != "-" {
			term.avoid = strings.Split(cells[2], ", ")
		}
		terms = append(terms, term)
	}
	if len(terms) == 0 {
		t.Fatal("docs/content.md has no table of Korean terms")
	}
	return terms
}

// avoidedForms returns the forms to avoid in a line of Korean prose. A line
// without Hangul is not Korean. A form inside the right term is fine.
func avoidedForms(line string, terms []koreanTerm) []string {
	if !hangul.MatchString(line) {
		return nil
	}
	var forms []string
	for _, term := range terms {
		rest := line
		for _, right := range term.use {
			rest = strings.ReplaceAll(rest, right, "\x00")
		}
		for _, form := range term.avoid {
			if strings.Contains(rest, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// numerals are English words for which Korean may have a digit ("two seconds").
var numerals = map[string]string{
	"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six",
	"7": "seven", "8": "eight", "9": "nine", "10": "ten",
}

// differences reports the code and the numbers that only one language has.
func differences(text lab.Text) []string {
	english, korean := codeAndNumbers(text.EN), codeAndNumbers(text.KO)
	words := word.FindAllString(strings.ToLower(text.EN), -1)
	var found []string
	for _, s := range english {
		if !slices.Contains(korean, s) {
			found = append(found, "only English has "+s)
		}
	}
	for _, s := range korean {
		if !slices.Contains(english, s) && !slices.Contains(words, numerals[s]) {
			found = append(found, "only Korean has "+s)
		}
	}
	return found
}

// codeAndNumbers returns the code in a text and the numbers in its prose, without
// duplicates.
func codeAndNumbers(text string) []string {
	found := code.FindAllString(text, -1)
	for i := range found {
		found[i] = whitespace.ReplaceAllString(found[i], " ")
	}
	found = append(found, number.FindAllString(code.ReplaceAllString(text, " "), -1)...)
	slices.Sort(found)
	return slices.Compact(found)
}

// A learnerText is a text with the place of its Korean.
type learnerText struct {
	lab.Text
	file       string
	koreanLine int
}

// learnerTexts returns all texts of labs and scenarios. It does not use
// lab.Load, which does not keep their lines.
func learnerTexts(t *testing.T) []learnerText {
	t.Helper()
	var texts []learnerText
	for _, readme := range glob(t, "labs/*/README.md") {
		korean := strings.TrimSuffix(readme, "md") + "ko.md"
		texts = append(texts, learnerText{lab.Text{EN: read(t, readme), KO: read(t, korean)}, korean, 1})
	}
	for _, file := range append(glob(t, "labs/*/lab.yaml"), glob(t, "scenarios/*/scenario.yaml")...) {
		texts = append(texts, yamlTexts(t, file)...)
	}
	return texts
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := fs.Glob(podlab.Content, pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := fs.ReadFile(podlab.Content, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// yamlTexts returns the texts {en, ko} of a file.
func yamlTexts(t *testing.T, file string) []learnerText {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(read(t, file)), &document); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var texts []learnerText
	var collect func(*yaml.Node)
	collect = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode && len(n.Content) == 4 && n.Content[0].Value == "en" && n.Content[2].Value == "ko" {
			english, korean := n.Content[1], n.Content[3]
			line := korean.Line
			if korean.Style == yaml.LiteralStyle {
				line++
			}
			texts = append(texts, learnerText{lab.Text{EN: english.Value, KO: korean.Value}, file, line})
			return
		}
		for _, child := range n.Content {
			collect(child)
		}
	}
	collect(&document)
	if len(texts) == 0 {
		t.Fatalf("%s has no texts", file)
	}
	return texts
}
