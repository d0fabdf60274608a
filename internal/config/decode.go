package config

import (
	"strconv"
	"strings"
	"time"
)

// decode checks every value and fills the typed fields. The checks have made sure that the conversions cannot fail.
func (c *Config) decode() error {
	for _, k := range Keys() {
		if k.check == nil {
			continue
		}
		if err := k.check(c.value(k.Name)); err != nil {
			return c.refuse(k, err)
		}
	}
	c.URL = strings.TrimRight(c.value(KeyURL), "/")
	c.AllowPlaintext, _ = strconv.ParseBool(c.value(KeyPlaintext))
	c.RVM, _ = strconv.ParseInt(c.value(KeyRVM), 10, 64)
	c.Timeout, _ = time.ParseDuration(c.value(KeyTimeout))
	c.MinConfidence = c.float(KeyMinConfidence)
	c.WasteTable = c.value(KeyWasteTable)
	c.Vision = Vision{
		Model: c.value(KeyModel), Labels: c.value(KeyLabels), Device: c.value(KeyDevice), Runtime: c.value(KeyRuntime),
		Confidence: c.float(KeyConfidence), IoU: c.float(KeyIoU),
	}
	c.Vision.Threads, _ = strconv.Atoi(c.value(KeyThreads))
	megapixels, _ := strconv.ParseInt(c.value(KeyMaxPixels), 10, 64)
	c.Vision.MaxPixels = megapixels * 1_000_000
	return nil
}

func (c *Config) value(key string) string { return c.settings.GetString(key) }

func (c *Config) float(key string) float64 {
	f, _ := strconv.ParseFloat(c.value(key), 64)
	return f
}

// refuse blames the place that gave the value: a flag is the caller's slip, everything else is configuration.
func (c *Config) refuse(k Key, err error) error {
	origin, value := c.Origin(k.Name), c.value(k.Name)
	if k.Name == KeyURL {
		value = showable(value)
	}
	if origin == "--"+k.Flag {
		return &FlagError{Flag: k.Flag, Value: value, Reason: err.Error()}
	}
	if origin == k.Variable() {
		return &Error{Where: origin, Reason: err.Error() + ", not " + strconv.Quote(value)}
	}
	return &Error{Where: origin, Key: k.Name, Reason: err.Error() + ", not " + strconv.Quote(value)}
}
