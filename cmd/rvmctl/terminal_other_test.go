//go:build unix && !linux

package main

// terminalMain is only made for Linux, where scripts with [terminal] use it.
func terminalMain([]string) int { return 99 }

func canOpenTerminal() bool { return false }
