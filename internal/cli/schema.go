package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/lab"
)

type schemaCommand struct{ *app }

func (a *app) schema() *cobra.Command {
	v := &schemaCommand{app: a}
	kinds := make([]string, len(lab.Kinds))
	for i, kind := range lab.Kinds {
		kinds[i] = strings.ToLower(kind)
	}
	wanted := strings.Join(kinds, "|")
	cmd := a.command("schema "+wanted, a.text("Print the JSON Schema of labs or scenarios, for editors", "실습이나 시나리오의 JSON 스키마를 편집기용으로 출력합니다"),
		cobra.MatchAll(arguments(wanted), cobra.OnlyValidArgs), v.run)
	cmd.ValidArgs, cmd.ValidArgsFunction = kinds, nil
	return cmd
}

func (v *schemaCommand) run(_ context.Context, args []string) error {
	i := slices.IndexFunc(lab.Kinds, func(kind string) bool { return strings.EqualFold(kind, args[0]) })
	data, err := lab.Schema(lab.Kinds[i])
	if err != nil {
		return err
	}
	_, err = v.Out.Write(data)
	return err
}
