package platform

import (
	"strings"
	"testing"
)

func TestNamesOfFilesAreMadeHarmless(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"photo.JPEG":                          "photo.jpg",
		"../../etc/passwd":                    "passwd.jpg",
		"/etc/shadow.png":                     "shadow.jpg",
		`..\..\windows\win.ini`:               "win.jpg",
		"..":                                  "image.jpg",
		"/":                                   "image.jpg",
		"":                                    "image.jpg",
		"CON":                                 "image-CON.jpg",
		"con.jpg":                             "image-con.jpg",
		"LPT1.png":                            "image-LPT1.jpg",
		"COM10.png":                           "COM10.jpg",
		"shell.php.jpg":                       "shell_php.jpg",
		".htaccess":                           "image.jpg",
		"a\r\nContent-Type: x\"; y.jpg":       "a__Content-Type__x___y.jpg",
		"nul\x00byte.png":                     "nul_byte.jpg",
		"\u202egnp.exe":                       "gnp.jpg",
		"\xff\xfe.png":                        "image.jpg",
		strings.Repeat("x", 5000):             strings.Repeat("x", 100) + ".jpg",
		strings.Repeat("../", 2000) + "y.png": "y.jpg",
	} {
		if got := fileName(name, ".jpg"); got != want {
			t.Errorf("%.60q: got %.120q, want %.120q", name, got, want)
		}
	}
}
