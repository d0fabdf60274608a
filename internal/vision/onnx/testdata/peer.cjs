// onnxruntime-node as its users write it: bilinear letterbox into a Float32Array, run, loop over the anchors, suppress.
// node peer.cjs MODEL SIDE PICTURE.rgb WIDTH HEIGHT prints the best times in ms: around the run, and the run.
const fs = require('fs')
const ort = require('onnxruntime-node')
const [model, sideText, picture, wText, hText] = process.argv.slice(2)
const side = +sideText, w = +wText, h = +hText

function prepare(rgb) {
  const input = new Float32Array(3 * side * side).fill(114 / 255)
  const r = Math.min(side / w, side / h)
  const nw = Math.round(w * r), nh = Math.round(h * r)
  const left = (side - nw) >> 1, top = (side - nh) >> 1, plane = side * side
  for (let y = 0; y < nh; y++) {
    const sy = Math.max(0, (y + 0.5) * h / nh - 0.5), y0 = Math.floor(sy), y1 = Math.min(y0 + 1, h - 1), wy = sy - y0
    for (let x = 0; x < nw; x++) {
      const sx = Math.max(0, (x + 0.5) * w / nw - 0.5), x0 = Math.floor(sx), x1 = Math.min(x0 + 1, w - 1), wx = sx - x0
      const at = (top + y) * side + left + x
      for (let c = 0; c < 3; c++) {
        const upper = rgb[3 * (y0 * w + x0) + c] * (1 - wx) + rgb[3 * (y0 * w + x1) + c] * wx
        const lower = rgb[3 * (y1 * w + x0) + c] * (1 - wx) + rgb[3 * (y1 * w + x1) + c] * wx
        input[c * plane + at] = (upper * (1 - wy) + lower * wy) / 255
      }
    }
  }
  return input
}

function iou(a, b) {
  const iw = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), ih = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (iw <= 0 || ih <= 0) return 0
  return iw * ih / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - iw * ih)
}

function boxes(out, anchors) {
  const found = []
  for (let i = 0; i < anchors; i++) {
    const a = out[4 * anchors + i], b = out[5 * anchors + i], score = Math.max(a, b)
    if (score < 0.25) continue
    const x = out[i], y = out[anchors + i], bw = out[2 * anchors + i], bh = out[3 * anchors + i]
    found.push([x - bw / 2, y - bh / 2, x + bw / 2, y + bh / 2, score])
  }
  found.sort((a, b) => b[4] - a[4])
  const kept = []
  for (const f of found) if (!kept.some(k => iou(k, f) > 0.7)) kept.push(f)
  return kept
}

async function main() {
  const session = await ort.InferenceSession.create(model)
  const rgb = new Uint8Array(fs.readFileSync(picture))
  let best = [Infinity, Infinity]
  for (let i = 0; i < 60; i++) {
    const start = performance.now()
    const tensor = new ort.Tensor('float32', prepare(rgb), [1, 3, side, side])
    const ready = performance.now()
    const { output0 } = await session.run({ images: tensor })
    const ran = performance.now()
    boxes(output0.data, output0.dims[2])
    const around = ready - start + performance.now() - ran, run = ran - ready
    if (around + run < best[0] + best[1]) best = [around, run]
  }
  console.log(best.join(' '))
}
main()
