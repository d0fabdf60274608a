package toolbox

import (
	"errors"
	"slices"
	"testing"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/vision/source"
)

func TestCamerasAreOffered(t *testing.T) {
	t.Parallel()
	two := func() ([]source.Camera, error) {
		return []source.Camera{{Number: 0, Name: "Tray", Captures: true}, {Number: 1, Name: "Tray"}, {Number: 2, Problem: "permission denied"}}, nil
	}
	both := []string{"camera:0\tTray", "camera:2\t"}
	for _, tt := range []struct {
		first     bool
		args      []string
		typed     string
		want      []string
		directive cobra.ShellCompDirective
	}{
		{true, nil, "", both, cobra.ShellCompDirectiveDefault},
		{true, nil, "camera:", both, cobra.ShellCompDirectiveDefault},
		{true, nil, "photo", nil, cobra.ShellCompDirectiveDefault},
		{true, []string{"camera:0"}, "", nil, cobra.ShellCompDirectiveNoFileComp},
		{false, nil, "", nil, cobra.ShellCompDirectiveDefault},
		{false, []string{"a.jpg"}, "cam", both, cobra.ShellCompDirectiveDefault},
	} {
		words, directive := completeCamera(two, tt.first)(nil, tt.args, tt.typed)
		if !slices.Equal(words, tt.want) || directive != tt.directive {
			t.Errorf("%+v: got %q, %d", tt, words, directive)
		}
	}
	unknown := func() ([]source.Camera, error) { return nil, errors.New("another system") }
	if words, directive := completeCamera(unknown, true)(nil, nil, ""); words != nil || directive != cobra.ShellCompDirectiveDefault {
		t.Errorf("got %q, %d", words, directive)
	}
}

func TestListsAreCompletedWordByWord(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"": {"bottle", "can"}, "b": {"bottle", "can"}, "bottle,": {"bottle,can"}, "bottle,c": {"bottle,can"}, "cup,": {"cup,bottle", "cup,can"},
		"can,bottle,": nil,
	} {
		if words, _ := CompleteList("bottle", "can")(nil, nil, typed); !slices.Equal(words, want) {
			t.Errorf("%q: got %q, want %q", typed, words, want)
		}
	}
}

// TestWordsOfSettingsAreThoseOfTheSettings holds the words that are offered against those that are taken.
func TestWordsOfSettingsAreThoseOfTheSettings(t *testing.T) {
	t.Parallel()
	for name, words := range settingWords {
		k := settingNamed(name)
		for _, word := range append(slices.Clone(words), "no such word") {
			if _, err := k.Accept(word); (err == nil) != slices.Contains(words, word) {
				t.Errorf("--%s %q: %v", k.Flag, word, err)
			}
		}
	}
}
