package onnx

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// GPU is what the machine says of an NVIDIA GPU. What could not be read is empty.
type GPU struct {
	// Name is the product, such as "NVIDIA Jetson Orin Nano Developer Kit"; with several GPUs all of them.
	Name string `json:"name"`
	// Capability is CUDA's compute capability, such as "8.7".
	Capability string `json:"compute_capability"`
	// Driver is the version of the driver, on a Jetson that of its Linux.
	Driver string `json:"driver"`
}

// ReadGPU asks the machine about GPU number n: the driver's files, the device tree of a Jetson, and nvidia-smi, which may
// take a second, only where both are silent.
func ReadGPU(n int) GPU { return machine{os.DirFS("/"), nvidiaSMI}.gpu(n) }

// machine is where facts about a GPU are read.
type machine struct {
	root fs.FS
	smi  func(n int) (string, error)
}

func (m machine) gpu(n int) GPU {
	if g := m.driver(); g.Name != "" {
		return g
	}
	if g := m.jetson(); g.Name != "" {
		return g
	}
	line, err := m.smi(n)
	if fields := strings.Split(line, ","); err == nil && len(fields) == 3 {
		return GPU{Name: strings.TrimSpace(fields[0]), Capability: strings.TrimSpace(fields[1]), Driver: strings.TrimSpace(fields[2])}
	}
	return GPU{}
}

// driver reads what the driver of a graphics card shows. Its order of the cards is not CUDA's, so all of them are named.
func (m machine) driver() (g GPU) {
	files, _ := fs.Glob(m.root, "proc/driver/nvidia/gpus/*/information")
	var names []string
	for _, file := range files {
		for line := range strings.Lines(m.text(file)) {
			if model, is := strings.CutPrefix(line, "Model:"); is {
				names = append(names, strings.TrimSpace(model))
			}
		}
	}
	slices.Sort(names)
	g.Name = strings.Join(names, ", ")
	if first, _, _ := strings.Cut(m.text("proc/driver/nvidia/version"), "\n"); first != "" {
		g.Driver = strings.Join(strings.Fields(first), " ")
	}
	return g
}

// capabilities are the compute capabilities of the chips of Jetsons, by the name in their device tree.
var capabilities = map[string]string{"nvidia,tegra234": "8.7", "nvidia,tegra194": "7.2", "nvidia,tegra264": "11.0"}

func (m machine) jetson() (g GPU) {
	for chip := range strings.SplitSeq(m.text("proc/device-tree/compatible"), "\x00") {
		if known, ok := capabilities[chip]; ok {
			g.Capability = known
		}
	}
	if g.Capability == "" {
		return GPU{}
	}
	g.Name = strings.Trim(m.text("proc/device-tree/model"), "\x00\n ")
	g.Driver, _, _ = strings.Cut(m.text("etc/nv_tegra_release"), "\n")
	return g
}

// text is the beginning of a small file, or empty.
func (m machine) text(name string) string {
	raw, err := fs.ReadFile(m.root, name)
	if err != nil {
		return ""
	}
	return string(raw[:min(len(raw), 4096)])
}

func nvidiaSMI(n int) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "-i", strconv.Itoa(n),
		"--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	return first, err
}

// tensorRT gives the versions of TensorRT that lie in dir or where systems keep libraries, as their file names say. There
// may be several, and which of them is loaded is the loader's choice.
func (m machine) tensorRT(dir string) string {
	var versions []string
	for _, place := range []string{strings.TrimPrefix(dir, "/"), "usr/lib/aarch64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib", "usr/lib64",
		"usr/local/lib", "usr/local/tensorrt/lib", "opt/tensorrt/lib"} {
		entries, _ := fs.ReadDir(m.root, place)
		for _, e := range entries {
			if version, is := strings.CutPrefix(e.Name(), "libnvinfer.so."); is && strings.Count(version, ".") >= 2 {
				versions = append(versions, version)
			}
		}
	}
	slices.Sort(versions)
	return strings.Join(slices.Compact(versions), ", ")
}
