package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// terminalMain is the program "terminal" of the scripts: terminal dialogue.txt rvmctl login … runs a program with all three
// streams on a terminal of its own, shows what a person would have seen, and ends with the program's exit code. Each line of
// the dialogue is "what is asked -> what is typed": it is typed once it was asked, never before, so that an echo is an echo. $PASSWORD
// stands for what lies in PASSWORD_FILE.
func terminalMain(args []string) int {
	dialogue, err := os.ReadFile(args[0])
	if err != nil {
		return failTerminal(err)
	}
	screen, keyboard, err := openTerminal()
	if err != nil {
		return failTerminal(err)
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = keyboard, keyboard, keyboard
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return failTerminal(err)
	}
	_ = keyboard.Close()
	// A question that never comes would wait for ever.
	watch := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer watch.Stop()
	shown := converse(screen, strings.Split(strings.TrimSpace(string(dialogue)), "\n"))
	err = cmd.Wait()
	_, _ = os.Stdout.Write(bytes.ReplaceAll(shown, []byte("\r\n"), []byte("\n")))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return failTerminal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func failTerminal(err error) int {
	fmt.Fprintln(os.Stderr, "terminal:", err)
	return 99
}

// converse reads until the program is gone, which is an error of the read, and types the answers in their order.
func converse(screen *os.File, dialogue []string) (shown []byte) {
	buffer := make([]byte, 4096)
	answered := 0
	for {
		n, err := screen.Read(buffer)
		if err != nil {
			return shown
		}
		shown = append(shown, buffer[:n]...)
		if question, answer, any := strings.Cut(dialogue[0], " -> "); any && strings.Contains(string(shown[answered:]), question) {
			answered = len(shown)
			dialogue = append(dialogue[1:], "")
			if answer == "$PASSWORD" {
				password, _ := os.ReadFile(os.Getenv("PASSWORD_FILE"))
				answer = strings.TrimSpace(string(password))
				awaitSilence(screen)
			}
			_, _ = screen.WriteString(keys(answer))
		}
	}
}

// keys is a typed line; an answer of ^C is that key alone, and \e in one that a terminal gives by itself is its escape character.
func keys(answer string) string {
	switch {
	case answer == "^C":
		return "\x03"
	case strings.Contains(answer, `\e`):
		return strings.ReplaceAll(answer, `\e`, "\x1b")
	}
	return answer + "\n"
}

// awaitSilence gives a program that has just asked for a password the moment in which it switches the echo off; a program that
// never does is typed to all the same, and its echo shown.
func awaitSilence(screen *os.File) {
	for range 500 {
		if t, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS); err != nil || t.Lflag&unix.ECHO == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func canOpenTerminal() bool {
	screen, keyboard, err := openTerminal()
	if err != nil {
		return false
	}
	_, _ = screen.Close(), keyboard.Close()
	return true
}

// openTerminal makes a terminal of 120 columns: what is written to one end is typed at the other.
func openTerminal() (screen, keyboard *os.File, err error) {
	if screen, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		return nil, nil, err
	}
	keyboard, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	return screen, keyboard, err
}
