//go:build cgo && !windows

package onnx

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The first two members of OrtApiBase have been the same in every release.
typedef struct {
	const void *(*get_api)(uint32_t version);
	const char *(*get_version)(void);
} api_base;

// ort_version opens the library and asks for its version. On failure it writes the reason into why, within the same
// call because dlerror belongs to the thread, and returns NULL. The library stays open: it is used next or the process
// ends soon, and closing one that has started threads of its own is not safe.
static const char *ort_version(const char *path, char *why, size_t size) {
	void *lib = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (!lib) {
		const char *e = dlerror();
		snprintf(why, size, "%s", e ? e : "it cannot be opened");
		return NULL;
	}
	api_base *(*base)(void) = (api_base *(*)(void))dlsym(lib, "OrtGetApiBase");
	if (!base || !base() || !base()->get_version) {
		snprintf(why, size, "%s", "");
		dlclose(lib);
		return NULL;
	}
	return base()->get_version();
}
*/
import "C"

import (
	"strings"
	"unsafe"
)

// Version opens the library at path and gives the version that it says it is, such as "1.30.0". It does not judge
// the version and starts nothing. The error is a *RuntimeError.
func Version(path string) (string, error) {
	if err := checkWhole(path); err != nil {
		return "", err
	}
	cPath := C.CString(path)
	defer C.free(unsafe.Pointer(cPath))
	why := (*C.char)(C.calloc(1, 1024))
	defer C.free(unsafe.Pointer(why))
	if v := C.ort_version(cPath, why, 1024); v != nil {
		return C.GoString(v), nil
	}
	reason := "is not an ONNX Runtime library: it has no OrtGetApiBase"
	if text := strings.TrimSpace(C.GoString(why)); text != "" {
		reason = "cannot be opened: " + strings.TrimPrefix(text, path+": ")
	}
	return "", &RuntimeError{Path: path, Needed: needed, Reason: reason}
}
