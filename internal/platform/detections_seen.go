package platform

import "encoding/json"

// seen reads one thing that was seen. The keys are tried in this order: class, class_name, label, name for the label, of which a
// number is none; bbox, box, xyxy for the box; segmentation_mask, segmentation, mask_base64 for the mask.
func (r draftReader) seen(v any) (d Detection, failed *shapeError) {
	object, ok := v.(map[string]any)
	if !ok {
		return d, &shapeError{"", kindOf(v) + " where a detection belongs"}
	}
	if d.Class, failed = labelOf(object); failed != nil {
		return d, failed
	}
	score := first(object, "confidence", "score", "conf")
	confidence, err := wireFloat(score)
	if err != nil || score == nil {
		return d, &shapeError{"confidence", "missing, or no number"}
	}
	d.Confidence = confidence
	if d.BBox, failed = r.box(object); failed != nil {
		return d, failed
	}
	for _, key := range []string{"segmentation_mask", "segmentation", "mask_base64"} {
		if mask, ok := object[key].(string); ok && mask != "" {
			d.SegmentationMask = mask
			break
		}
	}
	return d, nil
}

func labelOf(object map[string]any) (string, *shapeError) {
	numbered := false
	for _, key := range []string{"class", "class_name", "label", "name"} {
		switch v := object[key].(type) {
		case string:
			if text(v) != "" {
				return text(v), nil
			}
		case json.Number:
			numbered = true
		}
	}
	if numbered {
		return "", &shapeError{"class", "only a number, whose meaning is in the model; a label is needed"}
	}
	return "", &shapeError{"class", "missing, and so are class_name, label and name"}
}

// box reads the four numbers and turns them into corners.
func (r draftReader) box(object map[string]any) ([4]float64, *shapeError) {
	for _, key := range []string{"bbox", "box", "xyxy", "xywh"} {
		v := object[key]
		if v == nil {
			continue
		}
		form := r.form
		switch {
		case key == "xyxy":
			form = BoxCorners
		case key == "xywh" && form == BoxCorners:
			return [4]float64{}, &shapeError{"xywh", "what it is measured from is not said: say xywh (a corner) or cxcywh (the centre)"}
		}
		numbers, failed := fourNumbers(v, form)
		if failed != nil {
			return [4]float64{}, &shapeError{key, failed.reason}
		}
		return form.corners(numbers), nil
	}
	return [4]float64{}, &shapeError{"bbox", "missing, and so are box and xyxy"}
}

// fourNumbers reads a list of four, a list that holds one such list, and an object with x1, y1, x2, y2.
func fourNumbers(v any, form BoxForm) (box [4]float64, failed *shapeError) {
	v = unpack(v)
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	list, ok := listOf(v)
	if object, named := v.(map[string]any); named && !ok && form == BoxCorners {
		list, ok = []any{object["x1"], object["y1"], object["x2"], object["y2"]}, true
	}
	if !ok || len(list) != len(box) {
		return box, &shapeError{"", "not 4 numbers"}
	}
	for i, number := range list {
		edge, err := wireFloat(number)
		if err != nil || number == nil {
			return box, &shapeError{"", "not 4 numbers"}
		}
		box[i] = edge
	}
	return box, nil
}

// corners turns the numbers of a form into left, top, right, bottom.
func (f BoxForm) corners(n [4]float64) [4]float64 {
	switch f {
	case BoxSize:
		return [4]float64{n[0], n[1], n[0] + n[2], n[1] + n[3]}
	case BoxCentre:
		return [4]float64{n[0] - n[2]/2, n[1] - n[3]/2, n[0] + n[2]/2, n[1] + n[3]/2}
	}
	return n
}
