package sandbox

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// exchange is one recorded request with the real server's answer.
type exchange struct {
	Name    string
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         *string
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    *string
	}
	Config, Trimmed string
}

// sharedFile finds a file of the folder "shared" beside the repository, or skips the test.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Skip("no go.mod above this package")
		}
	}
	file := filepath.Join(filepath.Dir(dir), "shared", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the recorded exchanges are not beside this repository (%s)", filepath.Join("shared", name))
	}
	return file
}

func recordings(t *testing.T) []exchange {
	t.Helper()
	file, err := os.Open(sharedFile(t, "platform/recorded/exchanges.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var all []exchange
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var x exchange
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	return all
}
