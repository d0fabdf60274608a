package onnx

import (
	"errors"
	"fmt"
	"io/fs"
)

const wantPair = "give encoder and decoder of one SAM2 export: --sam-encoder FILE --sam-decoder FILE"

// SAMFiles are encoder and decoder of a SAM2 model, read and judged.
type SAMFiles struct {
	// Encoder and Decoder are the files. OpenSAM lets go of the encoder's bytes, which are hundreds of megabytes.
	Encoder, Decoder Model
	// Spec is how they were understood.
	Spec SAMSpec
	// again reads the encoder a second time, after it was released.
	again func() (Model, error)
}

// ReadSAM reads both files and judges them without a runtime. An empty path is one of the two that is missing. Refusals are
// *SAMError; a missing file wraps fs.ErrNotExist.
func ReadSAM(encoder, decoder string) (*SAMFiles, error) {
	switch {
	case encoder == "":
		return nil, &SAMError{Part: samEncoder, Found: "no file is given, and a decoder alone draws nothing", Want: wantPair}
	case decoder == "":
		return nil, &SAMError{Part: samDecoder, Found: "no file is given, and an encoder alone draws nothing", Want: wantPair}
	}
	// The small file first: a mistake in it is told before the large one is read.
	d, err := readModel(decoder, MaxModelBytes)
	if err != nil {
		return nil, ofSAM(samDecoder, decoder, err)
	}
	again := func() (Model, error) { return readModel(encoder, MaxEncoderBytes) }
	e, err := again()
	if err != nil {
		return nil, ofSAM(samEncoder, encoder, err)
	}
	files, err := NewSAMFiles(e, d)
	if err != nil {
		return nil, err
	}
	files.again = again
	return files, nil
}

// NewSAMFiles judges files that are in memory already and stay there.
func NewSAMFiles(encoder, decoder Model) (*SAMFiles, error) {
	files := &SAMFiles{Encoder: encoder, Decoder: decoder, again: func() (Model, error) { return encoder, nil }}
	d, err := Inspect(decoder.Bytes)
	if err != nil {
		return nil, ofSAM(samDecoder, decoder.Path, err)
	}
	e, err := Inspect(encoder.Bytes)
	if err != nil {
		return nil, ofSAM(samEncoder, encoder.Path, err)
	}
	if files.Spec, err = judgeSAM(e, d); err != nil {
		var s *SAMError
		if errors.As(err, &s) {
			s.Path = map[string]string{samEncoder: encoder.Path, samDecoder: decoder.Path}[s.Part]
		}
		return nil, err
	}
	return files, nil
}

// ofSAM makes a refusal of a file one of this part of a SAM2 model. What would help with a detector does not help here.
func ofSAM(part, path string, err error) error {
	out := &SAMError{Part: part, Path: path, Found: err.Error(), Want: wantPair, Err: err}
	var m *ModelError
	if errors.As(err, &m) {
		out.Found, out.Err = m.Found, m.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		out.Want = "check the path; rvmctl does not fetch these files: see docs/operators.md, \"Exact outlines\""
	}
	return out
}

// reload reads the encoder again; another file under the same name was never judged and is refused.
func (f *SAMFiles) reload() (Model, error) {
	m, err := f.again()
	if err != nil {
		return Model{}, ofSAM(samEncoder, f.Encoder.Path, err)
	}
	if m.SHA256 != f.Encoder.SHA256 {
		return Model{}, &SAMError{Part: samEncoder, Path: f.Encoder.Path,
			Found: fmt.Sprintf("the file was exchanged: its sha256 is %s, it was %s", m.SHA256, f.Encoder.SHA256),
			Want:  "start again, so that the new file is checked"}
	}
	return m, nil
}
