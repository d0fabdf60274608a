package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxSecret bounds a password or token read from outside, in bytes.
const maxSecret = 4096

// PromptError says that a question had to be asked and could not be.
type PromptError struct {
	// Question is what would have been asked.
	Question string
	// Flag answers it without a prompt.
	Flag string
}

func (e *PromptError) Error() string {
	return fmt.Sprintf("cannot ask %q: standard input is not a terminal, or prompts are switched off", e.Question)
}

// CanPrompt says whether a person can be asked something.
func (c *Console) CanPrompt() bool { return c.opts.InTTY && c.opts.ErrTTY && !c.noInput }

// Password asks for a secret without echo. flag is what gives the answer where nobody can be asked. Ctrl-C and Ctrl-D give
// context.Canceled.
func (c *Console) Password(question, flag string) (string, error) {
	if !c.CanPrompt() || c.opts.ReadPassword == nil {
		return "", &PromptError{Question: question, Flag: flag}
	}
	c.waiting.Store(true)
	defer c.waiting.Store(false)
	answer, err := c.opts.ReadPassword(question + ": ")
	if errors.Is(err, io.EOF) {
		c.ask("\n")
		return "", context.Canceled
	}
	if err != nil {
		return "", fmt.Errorf("cannot read %s: %w", question, err)
	}
	return answer, nil
}

// Answer asks for one line.
func (c *Console) Answer(question, flag string) (string, error) {
	if !c.CanPrompt() {
		return "", &PromptError{Question: question, Flag: flag}
	}
	c.ask(question + ": ")
	c.waiting.Store(true)
	defer c.waiting.Store(false)
	line, err := c.in.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", fmt.Errorf("cannot read %s: %w", question, err)
	}
	return strings.TrimSpace(line), nil
}

// Confirm asks a yes-or-no question; anything but y or yes is no.
func (c *Console) Confirm(question, flag string) (bool, error) {
	answer, err := c.Answer(question+" [y/N]", flag)
	if err != nil {
		return false, err
	}
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", nil
}

// Secret reads a secret that was piped in: the first line, without its line end. With a terminal on standard input it asks
// without echo instead of seeming to hang.
func (c *Console) Secret(question, flag string) (string, error) {
	if c.opts.InTTY {
		return c.Password(question, flag)
	}
	line, err := bufio.NewReader(io.LimitReader(c.in, maxSecret+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("cannot read %s from standard input: %w", question, err)
	}
	if len(line) > maxSecret {
		return "", fmt.Errorf("%s on standard input is longer than %d bytes", question, maxSecret)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (c *Console) ask(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.opts.Err, s)
}
