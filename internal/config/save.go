package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Change is one setting to write into a file, or to take out of it.
type Change struct {
	Key, Value string
	// Remove takes the setting out; Value means nothing then.
	Remove bool
}

// Saved says what became of a file.
type Saved struct {
	// File is where the settings are, behind any link.
	File string
	// Before holds what the file said of the changed keys; a key that it did not mention is absent.
	Before map[string]string
	// Written is false when the file said all of it before and was left alone.
	Written bool
}

// Save changes settings in one file, in one step for all of them, and leaves the other settings, the comments and the order
// alone. A file that is a link is changed where it lies. Its errors are *Error, before anything is written.
func (p Paths) Save(layer Layer, profile string, changes ...Change) (Saved, error) {
	if err := CheckProfile(profile); err != nil && layer == InProfile {
		return Saved{}, err
	}
	changes, err := accept(layer, changes)
	if err != nil {
		return Saved{}, err
	}
	f := p.File(layer, profile)
	if target, err := filepath.EvalSymlinks(f.Path); err == nil {
		// A file that somebody keeps elsewhere and links to stays there.
		f.Path = target
	} else if _, link := os.Readlink(f.Path); link == nil {
		return Saved{}, &Error{Where: f.Path, Reason: "is a link to where nothing is"}
	}
	unlock, err := lock(f.Path, f.folderMode())
	if err != nil {
		return Saved{}, f.denied(err)
	}
	defer unlock()
	saved, err := f.change(changes)
	return saved, f.denied(err)
}

// denied marks what the administrator of the machine could have done.
func (f File) denied(err error) error {
	var e *Error
	if f.Layer == InSystem && errors.As(err, &e) {
		e.Root = errors.Is(e, fs.ErrPermission)
	}
	return err
}

// accept puts values into the form in which they are kept.
func accept(layer Layer, changes []Change) ([]Change, error) {
	kept := make([]Change, len(changes))
	for i, c := range changes {
		k, known := Find(c.Key)
		if !known {
			return nil, &Error{Where: c.Key, Reason: "is not a setting of rvmctl"}
		}
		if !k.belongs(layer) {
			return nil, &Error{Where: k.Name, Reason: notHere}
		}
		value, err := k.Accept(c.Value)
		if err != nil && !c.Remove {
			return nil, &Error{Where: k.Name, Reason: notPossible(k, c.Value, err)}
		}
		kept[i] = Change{Key: c.Key, Value: value, Remove: c.Remove}
	}
	return kept, nil
}

// change is Save under the lock.
func (f File) change(changes []Change) (Saved, error) {
	saved := Saved{File: f.Path, Before: map[string]string{}}
	raw, err := readBounded(f.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return saved, &Error{Where: f.Path, Reason: reason(err), err: err}
	}
	said, problems := f.parse(raw)
	if len(problems) > 0 {
		// Writing would lose what was not understood.
		return saved, problems[0]
	}
	var open []Change
	for _, c := range changes {
		before, has := said.values[c.Key]
		if has {
			saved.Before[c.Key] = before.text
		}
		if c.Remove && has || !c.Remove && (!has || before.text != c.Value) {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return saved, nil
	}
	out, err := f.edit(raw, open)
	if err != nil {
		return saved, err
	}
	if len(out) > maxFile {
		return saved, &Error{Where: f.Path, Reason: "would become larger than 1 MiB"}
	}
	saved.Written = true
	return saved, writeFile(f.Path, out, f.mode())
}

// edit gives the text of a file with the changes in it. The file has been read strictly before.
func (f File) edit(raw []byte, changes []Change) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, f.syntax(err)
	}
	if alias := aliasIn(&doc); alias != nil {
		return nil, &Error{Where: f.at(alias), Reason: "a YAML alias: rvmctl would change what it stands for elsewhere too, edit the file by hand"}
	}
	var before []byte
	if doc.Kind == 0 || empty(doc.Content[0]) {
		// Nothing but comments: the parser forgets them.
		before = commentsOf(raw)
		doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	top := doc.Content[0]
	indent := indentOf(top)
	for _, c := range changes {
		if c.Remove {
			take(top, c.Key)
		} else {
			put(top, c.Key, c.Value)
		}
	}
	if len(top.Content) == 0 {
		return append(before, commentsOf(raw)...), nil
	}
	out := bytes.NewBuffer(before)
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(indent)
	if err := errors.Join(encoder.Encode(&doc), encoder.Close()); err != nil {
		return nil, &Error{Where: f.Path, Reason: firstLine(err.Error())}
	}
	return out.Bytes(), nil
}

// folderMode lets everybody into the system's folder and nobody into the user's.
func (f File) folderMode() os.FileMode {
	if f.Layer == InSystem {
		return 0o755
	}
	return 0o700
}

// mode keeps the rights of a file that exists; a new one can be read by all when it is for all.
func (f File) mode() os.FileMode {
	if st, err := os.Stat(f.Path); err == nil {
		return st.Mode().Perm()
	}
	if f.Layer == InSystem {
		return 0o644
	}
	return 0o600
}

// commentsOf keeps the comment lines of a file that says nothing else.
func commentsOf(raw []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			kept = append(append(kept, bytes.TrimRight(line, "\r\n")...), '\n')
		}
	}
	return kept
}
