package track

import "github.com/myrvm/rvmctl/internal/vision"

// Noise of the motion model as parts of the size of the box, for one frame at 30 a second: DeepSORT (Wojke et al., 2017), taken over
// by ByteTrack, in the form with width and height of BoT-SORT (Aharon et al., 2022, equations 3 to 5).
const (
	noisePlace = 1.0 / 20
	noiseSpeed = 1.0 / 160
)

// axis is a Kalman filter of one number and its speed. The filter of eight numbers of the papers has a transition that joins each
// number with its own speed only, and diagonal noise; it therefore falls apart into four of these without an approximation.
type axis struct {
	// x is the place in pixels, v the speed in pixels a frame.
	x, v float64
	// xx, xv and vv are the covariance.
	xx, xv, vv float64
}

// begin sets the place; size is that of the box along this axis. The factors 2 and 10 are those of the papers.
func (a *axis) begin(z, size float64) {
	*a = axis{x: z, xx: square(2 * noisePlace * size), vv: square(10 * noiseSpeed * size)}
}

// predict moves the state on by dt frames: x' = x + v·dt, P' = F P Fᵀ + Q·dt.
func (a *axis) predict(dt, size float64) {
	a.x += a.v * dt
	a.xx += 2*dt*a.xv + dt*dt*a.vv + dt*square(noisePlace*size)
	a.xv += dt * a.vv
	a.vv += dt * square(noiseSpeed*size)
}

// correct takes in a measured place: K = P Hᵀ (H P Hᵀ + R)⁻¹.
func (a *axis) correct(z, size float64) {
	s := a.xx + square(noisePlace*size)
	if s <= 0 {
		return
	}
	kx, kv, off := a.xx/s, a.xv/s, z-a.x
	a.x += kx * off
	a.v += kv * off
	a.vv -= kv * a.xv
	a.xv -= kx * a.xv
	a.xx -= kx * a.xx
}

func square(v float64) float64 { return v * v }

// motion is where a box is and how it moves: its centre, width and height.
type motion struct{ cx, cy, w, h axis }

func (m *motion) begin(b vision.Box) {
	cx, cy, w, h := middle(b)
	m.cx.begin(cx, w)
	m.cy.begin(cy, h)
	m.w.begin(w, w)
	m.h.begin(h, h)
}

func (m *motion) predict(dt float64) {
	w, h := m.size()
	m.cx.predict(dt, w)
	m.cy.predict(dt, h)
	m.w.predict(dt, w)
	m.h.predict(dt, h)
}

func (m *motion) correct(b vision.Box) {
	cx, cy, w, h := middle(b)
	sw, sh := m.size()
	m.cx.correct(cx, sw)
	m.cy.correct(cy, sh)
	m.w.correct(w, sw)
	m.h.correct(h, sh)
}

// freeze keeps the size as it is: what is not seen must not grow or shrink to nothing.
func (m *motion) freeze() { m.w.v, m.h.v = 0, 0 }

// size is the present width and height, at least one pixel: the noise hangs on it.
func (m *motion) size() (w, h float64) { return max(m.w.x, 1), max(m.h.x, 1) }

func (m *motion) box() vision.Box {
	w, h := m.size()
	return vision.Box{X1: float32(m.cx.x - w/2), Y1: float32(m.cy.x - h/2), X2: float32(m.cx.x + w/2), Y2: float32(m.cy.x + h/2)}
}

func middle(b vision.Box) (cx, cy, w, h float64) {
	return float64(b.X1+b.X2) / 2, float64(b.Y1+b.Y2) / 2, float64(b.Width()), float64(b.Height())
}
