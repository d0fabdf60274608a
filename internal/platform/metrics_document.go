package platform

import (
	"errors"
	"maps"
	"reflect"
	"slices"
)

// MaxMetricsDocument bounds a document of measurements, in bytes.
const MaxMetricsDocument = 1 << 20

// MetricsDraft is a document of measurements.
type MetricsDraft struct {
	MetricsReport
	// RVMID is the machine that the document names by its number, 0 when it does not.
	RVMID int64
	// Ignored are the keys that the platform has no place for, such as services.camera.state.
	Ignored []string
}

// MetricsDocumentError says where a document is not what measurements look like.
type MetricsDocumentError struct {
	// Path is the way to the value inside, or "".
	Path, Reason string
}

func (e *MetricsDocumentError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// ParseMetrics reads the nested form (system_metrics, application_metrics, network_info, or system, application, network), the
// flat one (cpu_usage, memory_usage and so on at the top), and the Python edge's services, from each of which the same figures
// are taken; psutil's names such as cpu_percent are understood. It returns *MetricsDocumentError when it cannot be read or holds
// nothing to store; whether the figures are possible is for Validate to say.
func ParseMetrics(raw []byte) (MetricsDraft, error) {
	if len(raw) > MaxMetricsDocument {
		return MetricsDraft{}, &MetricsDocumentError{Reason: "larger than 1 MiB"}
	}
	v, err := parseJSON(raw)
	if err != nil {
		return MetricsDraft{}, &MetricsDocumentError{Reason: err.Error()}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return MetricsDraft{}, &MetricsDocumentError{Reason: kindOf(v) + " where an object of measurements belongs"}
	}
	r := &metricsReader{}
	if err := r.read(object); err != nil {
		return MetricsDraft{}, &MetricsDocumentError{Path: err.path, Reason: err.reason}
	}
	if r.draft.System == nil && r.draft.Application == nil && r.draft.Network == nil {
		return MetricsDraft{}, &MetricsDocumentError{Reason: "there is no measurement in it"}
	}
	return r.draft, nil
}

type metricsReader struct{ draft MetricsDraft }

func (r *metricsReader) read(object map[string]any) *shapeError {
	flat := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		var err *shapeError
		switch value := object[key]; key {
		case "system_metrics", "system":
			r.draft.System, err = part(r, key, value, r.draft.System)
		case "application_metrics", "application":
			r.draft.Application, err = part(r, key, value, r.draft.Application)
		case "network_info", "network":
			r.draft.Network, err = part(r, key, value, r.draft.Network)
		case "services":
			err = r.services(value)
		case "rvm_id":
			r.draft.RVMID, _ = wireInt(value)
		default:
			flat[key] = value
		}
		if err != nil {
			return err
		}
	}
	var err *shapeError
	r.draft.System, err = part(r, "", flat, r.draft.System)
	return err
}

// services takes the figures out of the Python edge's services; the first that names one counts.
func (r *metricsReader) services(v any) *shapeError {
	services, _ := unpack(v).(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(services)) {
		var err *shapeError
		if r.draft.System, err = part(r, "services."+name, services[name], r.draft.System); err != nil {
			return err
		}
	}
	return nil
}

// part reads one object over what is known already, which stays; it notes the keys that mean nothing.
func part[T any](r *metricsReader, path string, v any, known *T) (*T, *shapeError) {
	object, ok := unpack(v).(map[string]any)
	if !ok {
		// PHP writes an empty object as an empty list.
		if list, empty := v.([]any); v != nil && (!empty || len(list) > 0) {
			r.ignore(path)
		}
		return known, nil
	}
	var found T
	var shape *shapeError
	if err := assignNamed(path, any(object), &found); errors.As(err, &shape) {
		return known, shape
	}
	keys := map[string]bool{}
	for field := range reflect.TypeFor[T]().NumField() {
		for _, key := range wireKeys(reflect.TypeFor[T]().Field(field)) {
			keys[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !keys[key] {
			r.ignore(join(path, key))
		}
	}
	return merged(known, found), nil
}

func (r *metricsReader) ignore(path string) { r.draft.Ignored = append(r.draft.Ignored, path) }

// merged fills the gaps of known with found; nil when neither says anything.
func merged[T any](known *T, found T) *T {
	if known == nil {
		if reflect.ValueOf(found).IsZero() {
			return nil
		}
		return &found
	}
	both := *known
	to, from := reflect.ValueOf(&both).Elem(), reflect.ValueOf(found)
	for i := range to.NumField() {
		if to.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return &both
}
