package sandbox

import (
	"bytes"
	"io"
	"mime/multipart"
)

// maxFormValue bounds one text field of a multipart form.
const maxFormValue = 64 << 10

// parseMultipart reads a form with files. A form that breaks off keeps the parts that were whole, as PHP does.
func parseMultipart(body []byte, boundary string) input {
	fields := input{}
	if boundary == "" {
		return fields
	}
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for range maxFormFields {
		part, err := form.NextPart()
		if err != nil {
			return fields
		}
		value, err := readPart(part)
		if err != nil {
			return fields
		}
		setField(fields, part.FormName(), value)
	}
	return fields
}

func readPart(part *multipart.Part) (any, error) {
	if part.FileName() != "" {
		data, err := io.ReadAll(part)
		return &picture{data: data}, err
	}
	text, err := io.ReadAll(io.LimitReader(part, maxFormValue))
	return string(text), err
}
