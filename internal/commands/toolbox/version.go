package toolbox

import "runtime/debug"

// BuildVersion takes what the linker was told, and what the Go tool knows where it was told nothing, as after go install.
func BuildVersion(number, commit, date string) Version {
	v := Version{Number: number, Commit: commit, Date: date}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if v.Number == "" {
		v.Number = Or(info.Main.Version, "(devel)")
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && v.Commit == "":
			v.Commit = s.Value
		case s.Key == "vcs.time" && v.Date == "":
			v.Date = s.Value
		}
	}
	return v
}
