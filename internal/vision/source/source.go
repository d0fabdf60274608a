// Package source turns what an operator names (files, folders, patterns, "-", cameras, video) into vision.Frames.
//
// Everything it reads comes from outside and is bounded: bytes before they are read, sizes before they are decoded,
// time while it decodes. What it cannot read it refuses with a typed error that states a fact about that one picture, so
// that the rest of a folder goes on.
//
// It refuses to know models, detections, the platform, the terminal and how a process is replaced: it can say that a
// source needs the camera build and where that program lies, and leaves starting it to the commands.
package source

import "time"

// Limits bound what one picture may cost. A zero field means its default.
type Limits struct {
	// MaxBytes is the largest encoded picture, in bytes; files and standard input alike.
	MaxBytes int64
	// MaxSide is the largest width or height, in pixels.
	MaxSide int
	// MaxPixels is the largest width times height.
	MaxPixels int64
	// MaxMemory is the most that decoding one picture may allocate, in bytes, estimated before it starts. A Decoder
	// also never lets decodes that run at the same time exceed it together.
	MaxMemory int64
	// Timeout is the longest one decode may take; waiting for memory does not count.
	Timeout time.Duration
}

// DefaultLimits are 20 MiB, 10,000 pixels a side, 40 megapixels, 256 MiB of memory and 10 seconds.
func DefaultLimits() Limits {
	return Limits{
		MaxBytes:  20 << 20,
		MaxSide:   10_000,
		MaxPixels: 40_000_000,
		MaxMemory: 256 << 20,
		Timeout:   10 * time.Second,
	}
}

// orDefault fills in what the caller left at zero; a negative bound would refuse everything and is treated the same.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.MaxBytes <= 0 {
		l.MaxBytes = d.MaxBytes
	}
	if l.MaxSide <= 0 {
		l.MaxSide = d.MaxSide
	}
	if l.MaxPixels <= 0 {
		l.MaxPixels = d.MaxPixels
	}
	if l.MaxMemory <= 0 {
		l.MaxMemory = d.MaxMemory
	}
	if l.Timeout <= 0 {
		l.Timeout = d.Timeout
	}
	return l
}
