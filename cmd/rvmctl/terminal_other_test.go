//go:build unix && !linux

package main

// terminalMain is only made for Linux, where scripts with [linux] use it.
func terminalMain([]string) int { return 99 }
