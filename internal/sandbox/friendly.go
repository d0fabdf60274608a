package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// friendlyRoutes are the endpoints that only documents know; none in strict mode, where they are unknown routes.
func (s *Server) friendlyRoutes(public, bearer guard) []route {
	if !s.friendly {
		return nil
	}
	return slices.Concat(
		[]route{on("GET", "api/v2/processing-history", bearer, processingHistory)},
		remoteRoutes(bearer),
		commandRoutes("api/rvm/{}/", public),
		commandRoutes("api/v2/rvms/{}/", bearer),
	)
}

// acceptAliases renames what documents and older clients send to what the platform reads.
func (c *call) acceptAliases() {
	switch path := strings.Trim(c.r.URL.Path, "/"); {
	case path == uploadPath:
		c.input.rename("image", "file")
		c.input.unpack("metadata")
	case strings.HasPrefix(path, "api/v2/deposits/") && strings.HasSuffix(path, "/process"):
		if status := c.input.str("status"); status == "processed" || status == "approved" {
			c.input["status"] = "completed"
		}
	case path == "api/v2/detection-results":
		found, _ := c.input["detections"].([]any)
		for _, one := range found {
			if fields, is := one.(map[string]any); is {
				input(fields).rename("class", "class_name", "label", "name")
				input(fields).rename("bbox", "box", "xyxy")
				input(fields).rename("segmentation_mask", "mask_base64")
			}
		}
	}
}

// rename gives the first alias that is there the proper name, unless that is there itself.
func (in input) rename(name string, aliases ...string) {
	for _, alias := range aliases {
		if value, found := in[alias]; found && !in.has(name) {
			in[name] = value
		}
	}
}

// unpack reads a field that holds JSON in a string.
func (in input) unpack(name string) {
	text, is := in[name].(string)
	if !is {
		return
	}
	var value map[string]any
	if json.Unmarshal([]byte(text), &value) == nil && value != nil {
		in[name] = value
	}
}
