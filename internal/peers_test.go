package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The table of peers' faults in docs/testing.md names tests; each of them must exist, and each row must name one.
func TestFaultsOfPeersHaveTheirTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "## Known faults of peers")
	if !found {
		t.Fatal("docs/testing.md has no such table")
	}
	there := testNames(t)
	name, rows := regexp.MustCompile("`([A-Za-z_0-9]+(?:\\.txtar)?)`"), 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || strings.Contains(line, "---") || strings.Contains(line, "our test") {
			continue
		}
		rows++
		named := name.FindAllStringSubmatch(cells[2], -1)
		if len(named) == 0 {
			t.Errorf("no test in: %s", line)
		}
		for _, n := range named {
			if !there[n[1]] {
				t.Errorf("no test is called %s", n[1])
			}
		}
	}
	if rows < 25 {
		t.Errorf("only %d rows were read", rows)
	}
}

// testNames are all tests, benchmarks, fuzz tests and scripts.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`)
	for _, root := range []string{".", filepath.Join("..", "cmd")} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case filepath.Ext(path) == ".txtar":
				names[filepath.Base(path)] = true
			case strings.HasSuffix(path, "_test.go"):
				code, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				for _, f := range function.FindAllSubmatch(code, -1) {
					names[string(f[1])] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
