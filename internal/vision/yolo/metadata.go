package yolo

import "strings"

// properties is the part of a model's metadata that decides how it is fed and decoded.
type properties struct {
	task                string
	names               []string
	namesErr            error
	imgHeight, imgWidth int
	stride              int
	channels            int
	nms                 bool
	endToEnd            bool
	// told is true when the file says, one way or the other, whether its rows are final.
	told  bool
	notes []string
}

// readProperties never fails: a property that cannot be read counts as absent and is noted, because what the graph
// itself says is checked anyway. Names are different: their error is kept, for the case that nothing replaces them.
func readProperties(metadata map[string]string) properties {
	p := properties{task: strings.TrimSpace(metadata["task"]), stride: 32, channels: 3}
	if text, ok := metadata["names"]; ok {
		p.names, p.namesErr = ParseNames(text)
	}
	if v, ok := p.literal(metadata, "imgsz"); ok {
		p.imgHeight, p.imgWidth = imageSize(v)
	}
	if v, ok := p.literal(metadata, "stride"); ok {
		p.stride = max(32, largest(v))
	}
	if v, ok := p.literal(metadata, "channels"); ok {
		p.channels = largest(v)
	}
	if v, ok := p.literal(metadata, "end2end"); ok {
		p.endToEnd, p.told = truth(v), true
	}
	if v, ok := p.literal(metadata, "args"); ok {
		if args, ok := v.(Dict); ok {
			if nms, ok := args.Get("nms"); ok {
				p.nms, p.told = truth(nms), true
			}
		}
	}
	return p
}

func (p *properties) literal(metadata map[string]string, key string) (any, bool) {
	text, ok := metadata[key]
	if !ok || strings.TrimSpace(text) == "" {
		return nil, false
	}
	value, err := ParseLiteral(text)
	if err != nil {
		p.notes = append(p.notes, underKey(key, err).Error()+"; taken as absent")
		return nil, false
	}
	return value, true
}

func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case int64:
		return v != 0
	}
	return false
}

// imageSize reads [height, width], or one number for both; 0,0 for anything else.
func imageSize(v any) (height, width int) {
	if n := small(v); n > 0 {
		return n, n
	}
	if list, ok := v.([]any); ok && len(list) == 2 {
		return small(list[0]), small(list[1])
	}
	return 0, 0
}

// largest reads a number, or the largest of a list of numbers.
func largest(v any) int {
	n := small(v)
	if list, ok := v.([]any); ok {
		for _, item := range list {
			n = max(n, small(item))
		}
	}
	return n
}

// small is a whole number between 0 and 2^20, and 0 for anything else.
func small(v any) int {
	switch v := v.(type) {
	case int64:
		if v >= 0 && v <= 1<<20 {
			return int(v)
		}
	case float64:
		if v >= 0 && v <= 1<<20 && v == float64(int(v)) {
			return int(v)
		}
	}
	return 0
}
