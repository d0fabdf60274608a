// Package yolo is the arithmetic around a YOLOv8 or YOLO11 detection model: it recognises what a graph is from names,
// shapes and metadata, turns a picture into the numbers the model reads, and turns the numbers the model answers into
// detections in pixels of the source picture.
//
// It works on []float32 and plain values. It refuses to know the runtime that computes, the file a model came from, the
// camera, the platform and the terminal: everything it needs is told by arguments, and every refusal is a typed error.
package yolo
