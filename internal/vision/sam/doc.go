// Package sam is the arithmetic around SAM2 (Segment Anything 2) prompted by boxes: it turns a picture into the numbers
// that the encoder reads, a box into the points that the decoder reads, and the decoder's coarse logits into a mask in
// pixels of the source picture.
//
// It works on []float32 and plain values. It refuses to know the runtime that computes, the files, the camera and the
// terminal: everything it needs is told by arguments, and every refusal is a typed error or a Reason.
package sam
