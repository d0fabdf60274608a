package config

import (
	"strconv"
	"strings"
	"time"
)

// decode checks every value and fills the typed fields. The checks have made sure that the conversions cannot fail.
func (c *Config) decode() error {
	for _, k := range Keys() {
		if _, err := k.Accept(c.settings.GetString(k.Name)); err != nil {
			return c.refuse(k, err)
		}
	}
	c.URL = strings.TrimRight(c.value(KeyURL), "/")
	c.AllowPlaintext = c.truth(KeyPlaintext)
	c.RVM, _ = strconv.ParseInt(c.value(KeyRVM), 10, 64)
	c.Timeout = c.duration(KeyTimeout)
	c.MinConfidence = c.float(KeyMinConfidence)
	c.WasteTable = c.value(KeyWasteTable)
	c.Vision = Vision{
		Model: c.value(KeyModel), Labels: c.value(KeyLabels), Device: c.value(KeyDevice), Runtime: c.value(KeyRuntime),
		Confidence: c.float(KeyConfidence), IoU: c.float(KeyIoU), ModelSHA256: c.value(KeyModelSHA256),
		Precision: c.value(KeyPrecision), Spin: c.value(KeySpin), SAMEncoder: c.value(KeySAMEncoder), SAMDecoder: c.value(KeySAMDecoder),
	}
	c.Vision.GPU, _ = strconv.Atoi(c.value(KeyGPU))
	workspace, _ := strconv.ParseInt(c.value(KeyWorkspace), 10, 64)
	c.Vision.WorkspaceBytes = workspace << 20
	c.Vision.Width, c.Vision.Height, _ = pixels(c.value(KeySize))
	c.Camera.Width, c.Camera.Height, _ = pixels(c.value(KeyResolution))
	c.Camera.FPS, _ = strconv.Atoi(c.value(KeyFPS))
	c.MinArea = c.float(KeyMinArea)
	c.SettleFrames, _ = strconv.Atoi(c.value(KeySettleFrames))
	c.Tunnel = Tunnel{URL: strings.TrimRight(c.value(KeyTunnelURL), "/"), Use: c.truth(KeyUseTunnel), Fallback: c.truth(KeyFallback),
		Type: c.value(KeyTunnelType)}
	c.Retry.Attempts, _ = strconv.Atoi(c.value(KeyRetryAttempts))
	c.Retry.Delay = c.duration(KeyRetryDelay)
	megabytes, _ := strconv.ParseInt(c.value(KeyMaxMegabytes), 10, 64)
	c.Outbox = Outbox{Queue: c.value(KeyQueue), Policy: c.value(KeyPolicy), Settle: c.duration(KeySettle), Keep: c.duration(KeyKeep),
		LockWait: c.duration(KeyLockWait), MaxBytes: megabytes << 20}
	c.Login = Login{Email: c.value(KeyLoginEmail), PasswordFile: c.value(KeyLoginPassword)}
	c.Vision.Threads, _ = strconv.Atoi(c.value(KeyThreads))
	megapixels, _ := strconv.ParseInt(c.value(KeyMaxPixels), 10, 64)
	c.Vision.MaxPixels = megapixels * 1_000_000
	return nil
}

func (c *Config) value(key string) string {
	k, _ := Find(key)
	value, _ := k.Accept(c.settings.GetString(key))
	return value
}

// Value is a setting as text that may be shown.
func (c *Config) Value(key string) string {
	k, _ := Find(key)
	return k.Show(c.value(key))
}

func (c *Config) truth(key string) bool {
	b, _ := strconv.ParseBool(c.value(key))
	return b
}

func (c *Config) duration(key string) time.Duration {
	d, _ := time.ParseDuration(c.value(key))
	return d
}

func (c *Config) float(key string) float64 {
	f, _ := strconv.ParseFloat(c.value(key), 64)
	return f
}

// refuse blames the place that gave the value: a flag is the caller's slip, everything else is configuration.
func (c *Config) refuse(k Key, err error) error {
	from, value := c.Source(k.Name), k.Show(c.settings.GetString(k.Name))
	switch from.Kind {
	case FromFlag:
		return &FlagError{Flag: k.Flag, Value: value, Reason: err.Error()}
	case FromVariable:
		return &Error{Where: from.Where, Reason: notPossible(k, value, err)}
	}
	return &Error{Where: from.Where, Key: k.Name, Reason: notPossible(k, value, err)}
}

func notPossible(k Key, value string, err error) string {
	return err.Error() + ", not " + strconv.Quote(k.Show(value))
}
