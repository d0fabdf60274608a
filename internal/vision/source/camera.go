package source

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// isStream says whether an argument is a source of frames that is no file: camera:N, /dev/videoN, a URL with rtsp, rtsps, http or
// https, or a GStreamer pipeline after gst:. It looks at the text alone, so that it can be asked before anything is opened.
func isStream(arg string) bool {
	if _, ok := cameraNumber(arg); ok {
		return true
	}
	lower := strings.ToLower(arg)
	return slices.ContainsFunc([]string{"rtsp://", "rtsps://", "http://", "https://", "gst:"},
		func(prefix string) bool { return strings.HasPrefix(lower, prefix) })
}

// secretValue is a value that is named as a secret in the query of a URL or as a property in a pipeline; the name of it is
// kept. Cameras take passwords there.
var secretValue = regexp.MustCompile(`(?i)([\w-]*(?:pas|pwd|-pw|token|secret|auth|key|sig)[\w-]*=)("[^"]*"|[^\s&#!]+)`)

// streamName is arg without the passwords in it, for names and errors.
func streamName(arg string) string {
	if !isStream(arg) {
		return arg
	}
	return secretValue.ReplaceAllString(urlsWithoutPasswords(arg), "${1}***")
}

// urlsWithoutPasswords looks at every URL: a pipeline goes on after a space, and may hold more than one.
func urlsWithoutPasswords(arg string) string {
	before, rest, found := strings.Cut(arg, "://")
	if !found {
		return arg
	}
	url, after := rest, ""
	if i := strings.IndexByte(rest, ' '); i >= 0 {
		url, after = rest[:i], urlsWithoutPasswords(rest[i:])
	}
	return before + "://" + withoutPassword(url) + after
}

// withoutPassword takes user:password@host/path. A password with a bare slash in it is a mistake, and still one: what
// follows the first colon is then no port.
func withoutPassword(url string) string {
	end := len(url)
	if i := strings.IndexAny(url, "/?#"); i >= 0 {
		end = i
	}
	_, port, colon := strings.Cut(url[:end], ":")
	at := strings.LastIndexByte(url[:end], '@')
	if at < 0 && colon && strings.Trim(port, "0123456789") != "" {
		at = strings.LastIndexByte(url, '@')
	}
	user, _, secret := strings.Cut(url[:max(at, 0)], ":")
	if !secret {
		return url
	}
	return user + ":***" + url[at:]
}

// isVideoFile says the same of files, by their ending: .mp4, .avi, .mkv, .mov and .webm.
func isVideoFile(path string) bool {
	return slices.Contains([]string{".mp4", ".avi", ".mkv", ".mov", ".webm"}, strings.ToLower(filepath.Ext(path)))
}

// maxCamera is the highest device number that is taken for one; Linux numbers video devices within one byte.
const maxCamera = 255

// cameraNumber reads camera:N and /dev/videoN.
func cameraNumber(arg string) (int, bool) {
	digits, ok := strings.CutPrefix(arg, "camera:")
	if !ok {
		digits, ok = strings.CutPrefix(arg, "/dev/video")
	}
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n <= maxCamera
}

// NeedsCameraBuildError says that this program has no OpenCV and the source needs it.
type NeedsCameraBuildError struct {
	// Source is the argument, without a password.
	Source string
}

// Error states the source and what it needs.
func (e *NeedsCameraBuildError) Error() string {
	return e.Source + ": cameras and video need the camera build, and this is not it"
}

// VideoError says that a camera, stream or video could not be opened or read on.
type VideoError struct {
	// Source is the argument, without a password.
	Source string
	// Reason is the fact, without the source.
	Reason string
	// Frames counts what was read before.
	Frames int
	// Missing is true when this machine has no such camera.
	Missing bool
}

// File says that the source is a video file, and no camera or stream.
func (e *VideoError) File() bool { return !isStream(e.Source) }

// Error states the source and the reason.
func (e *VideoError) Error() string { return e.Source + ": " + e.Reason }
