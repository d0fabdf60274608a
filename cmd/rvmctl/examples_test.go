//go:build unix

// Every example of every help page is typed here by a shell, in a world where it makes sense. What ends with another code than 0
// does so for a reason that is written down.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands"
	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// elsewhere are the examples that cannot end with 0 in a test, with the code they end with and why.
var elsewhere = map[string]struct {
	code int
	why  string
}{
	"rvmctl login --url http://172.28.233.83:8001 --email operator@example.com": {2, "asks a person for the password"},
	"rvmctl detect run camera:0 --frames 1":                                     {8, "there is no camera and no OpenCV here"},
	"rvmctl detect watch camera:0 --duration 10s --json":                        {8, "there is no camera and no OpenCV here"},
	"rvmctl detect watch rtsp://127.0.0.1:8554/eye --deposit --rvm 1":           {8, "there is no camera and no OpenCV here"},
	"rvmctl camera preview camera:0":                                            {2, "there is no terminal here"},
	"rvmctl camera preview rtsp://172.28.93.20/live --boxes --rate 2":           {2, "there is no terminal here"},
	"rvmctl camera info camera:0":                                               {8, "there is no camera here"},
	"rvmctl camera snapshot camera:0 --output tray.jpg":                         {8, "there is no camera and no OpenCV here"},
}

// served are the examples that end with a signal, after they have said that they listen.
const served = "rvmctl sandbox serve"

// needsEyes says whether an example looks at pictures, which a build without inference cannot.
func needsEyes(line string) bool {
	for _, command := range []string{"detect ", "model verify", "model use", "model bench", "model warmup", "model info beverage-nano --device"} {
		if strings.HasPrefix(line, "rvmctl "+command) {
			return true
		}
	}
	return false
}

func TestExamples(t *testing.T) {
	dir := t.TempDir()
	count := 0
	each(tree(), func(cmd *cobra.Command) {
		var script strings.Builder
		script.WriteString("platform friendly\nworld\n")
		for line := range strings.Lines(cmd.Example) {
			line, typed := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			if !typed {
				t.Errorf("%s: %q is no line to type", cmd.CommandPath(), line)
				continue
			}
			count++
			if needsEyes(line) {
				script.WriteString("[onnx] ")
			}
			fmt.Fprintf(&script, "example '%s'\n", strings.ReplaceAll(line, "'", "''"))
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "_") + ".txtar"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%d examples", count)
	p := scripts(t)
	p.Dir, p.UpdateScripts = dir, false
	testscript.RunT(swept{t}, p)
}

// tree is the tree of commands, to be read and not run.
func tree() *cobra.Command {
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	return commands.NewRoot(toolbox.New(console, toolbox.Version{}, toolbox.System{}, context.CancelCauseFunc(func(error) {})))
}

func each(cmd *cobra.Command, visit func(*cobra.Command)) {
	if cmd.Example != "" {
		visit(cmd)
	}
	for _, c := range cmd.Commands() {
		each(c, visit)
	}
}

// world is a machine in use: two profiles that are signed in, and a platform that holds something of everything.
func world(ts *testscript.TestScript, _ []string) {
	s := stageOf(ts)
	second := s.login(ts)
	for profile, token := range map[string]string{"default": ts.Getenv("PLATFORM_TOKEN"), "site-a": second} {
		ts.Check(s.settle(ts, profile, token))
	}
	token := ts.Getenv("PLATFORM_TOKEN")
	post := func(path, body string) {
		if answer := s.ask("POST", path, body, token); !bytes.Contains(answer, []byte(`"success":true`)) {
			ts.Fatalf("POST %s: %s", path, answer)
		}
	}
	for n := range 3 {
		// The examples ping engines, and tests dial nothing but this machine.
		post("/api/v2/processing-engines", fmt.Sprintf(`{"name":"line-%d","type":"jetson_edge","server_address":"127.0.0.1","port":%d}`, n+1, n+7))
		post("/api/v2/detection-results", fmt.Sprintf(`{"rvm_id":%d,"image_path":"detection-images/%d.jpg",
			"detections":[{"class":"bottle","confidence":0.9,"bbox":[1,2,30,40]}]}`, n+1, n))
	}
	post("/api/v2/processing-engines/1/assign", `{"rvm_id":2}`)
	for n := range 10 {
		post("/api/v2/deposits", fmt.Sprintf(`{"rvm_id":1,"waste_type":"plastic","weight":0.%d,"quantity":1}`, n+1))
	}
	for _, n := range []int{1, 2, 3} {
		post(fmt.Sprintf("/api/v2/deposits/%d/process", n), `{"status":"completed"}`)
	}
	ts.Check(fillOutbox(filepath.Join(ts.Getenv("RVMCTL_STATE_DIR"), "outbox"), ts.Getenv("PLATFORM_URL")))
	for name, kind := range map[string]string{"bottle.jpg": "bottle-1", "can.jpg": "can-1", "photos/1.jpg": "bottle-1", "photos/2.jpg": "two-cans"} {
		picture(ts, []string{name, kind})
	}
	writeModel(ts, []string{"best.onnx", "bottle-can"})
	ts.Check(os.WriteFile(ts.MkAbs("password.txt"), []byte(sandbox.DemoPassword+"\n"), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("token.txt"), []byte(token+"\n"), 0o600))
	cameraVerb(ts, nil)
	for name, content := range belongings() {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(content), 0o600))
	}
}

// fillOutbox puts in what a day without a platform leaves: things that wait, that a person must settle, and that were refused.
func fillOutbox(dir, url string) error {
	ctx := context.Background()
	store, err := outbox.Open(ctx, dir, outbox.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	lost := outbox.Failure{Reason: "the answer was lost"}
	for session, settle := range map[string]func(context.Context, outbox.Entry, outbox.Failure) error{
		"waits": nil, "first": store.Hold, "second": store.Hold, "dead": store.Refuse, "dead too": store.Refuse,
	} {
		n, err := delivery.DepositEntry("default", url, platform.DepositCreate{RVMID: 1, WasteType: "glass", Weight: platform.NewDecimal(1, -1),
			Quantity: 1, SessionToken: session}, "")
		if err != nil {
			return err
		}
		if _, _, err := store.Add(ctx, n); err != nil {
			return err
		}
		if settle == nil {
			continue
		}
		e, ok, err := store.Claim(ctx, outbox.Want{Profile: "default", Targets: []string{url}, Key: n.Key})
		if err != nil || !ok {
			return errors.Join(err, errors.New("nothing was claimed"))
		}
		if err := settle(ctx, e, lost); err != nil {
			return err
		}
	}
	return nil
}

// belongings are files that examples name.
func belongings() map[string]string {
	return map[string]string{
		"results.ndjson": `{"image_path":"detection-images/a.jpg","detections":[{"label":"bottle","confidence":0.91,"box":[8,8,56,56]}]}` + "\n",
		"results.json":   `{"image_path":"detection-images/b.jpg","detections":[{"class_name":"can","confidence":0.8,"bbox":[30,40,20,24]}]}`,
		"config.json":    `{"myrvm_base_url": "http://127.0.0.1:8001", "rvm_id": 2, "confidence_threshold": 0.5, "api_token": null}`,
	}
}

// settle writes what login would have written.
func (s *stage) settle(ts *testscript.TestScript, profile, token string) error {
	config := ts.Getenv("RVMCTL_CONFIG_DIR")
	url := ts.Getenv("PLATFORM_URL")
	for name, content := range map[string]string{
		filepath.Join("profiles", profile+".yaml"): "platform:\n  url: " + url + "\n",
		filepath.Join("tokens", profile+".json"):   fmt.Sprintf(`{"url":%q,"token":%q,"email":"operator@myrvm.com"}`, url, token),
	} {
		file := filepath.Join(config, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// example types one line into a shell: example 'rvmctl deposit list | cut -f 1'.
func example(ts *testscript.TestScript, args []string) {
	line := args[0]
	want := elsewhere[line].code
	typed := strings.NewReplacer("http://172.28.233.83:8001", ts.Getenv("PLATFORM_URL"), "operator@example.com", "operator@myrvm.com",
		exampleStream, ts.Getenv("CAMERA_URL")+"/stream").Replace(line)
	if strings.HasPrefix(line, served) {
		typed = untilInterrupted(typed)
	}
	err := ts.Exec("sh", "-c", typed)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("got exit code %d, want %d: %s", got, want, line)
	}
}

// untilInterrupted runs a server on a port that the system gives it, until it has said where it is.
func untilInterrupted(line string) string {
	if !strings.Contains(line, "--listen") {
		line += " --listen 127.0.0.1:0"
	}
	// What the server before said must not be taken for this one's: a signal that comes before the program runs is lost.
	return "rm -f said\n" + line + ` >said & server=$!
while ! grep -q http said; do kill -0 $server || exit 1; done
kill -INT $server
wait $server || test $? = 130`
}
