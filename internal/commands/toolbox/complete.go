package toolbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// settingWords are the words of settings that take one of a few, for completion.
var settingWords = map[string][]string{
	config.KeyDevice:    {"auto", "cpu", "cuda", "tensorrt", "webgpu"},
	config.KeyPrecision: {"auto", "fp32", "fp16"},
	config.KeySpin:      {"auto", "on", "off"},
}

// Devices are the words of --device.
func Devices() []string { return slices.Clone(settingWords[config.KeyDevice]) }

// CompleteList offers the words for a flag that takes several with commas between them, each once.
func CompleteList(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) (lists []string, _ cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		for _, word := range words {
			if !slices.Contains(strings.Split(before, ","), word) {
				lists = append(lists, before+word)
			}
		}
		return lists, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// CompleteCamera offers the cameras of this machine for the first argument; where there is none the shell offers files.
func CompleteCamera() cobra.CompletionFunc { return completeCamera(source.Cameras, true) }

// CompleteSources offers cameras only once a camera was begun: pictures and folders are what these commands mostly look at.
func CompleteSources() cobra.CompletionFunc { return completeCamera(source.Cameras, false) }

func completeCamera(cameras func() ([]source.Camera, error), cameraFirst bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) (words []string, _ cobra.ShellCompDirective) {
		switch {
		case cameraFirst && len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case !cameraFirst && typed == "", !strings.HasPrefix("camera:", typed) && !strings.HasPrefix(typed, "camera:"):
			return nil, cobra.ShellCompDirectiveDefault
		}
		// Which cameras there are is only a help here: where nobody knows, files are still offered.
		all, _ := cameras()
		for _, c := range all {
			if c.Captures || c.Problem != "" {
				words = append(words, fmt.Sprintf("camera:%d\t%s", c.Number, c.Name))
			}
		}
		return words, cobra.ShellCompDirectiveDefault
	}
}
