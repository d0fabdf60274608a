"""Write contours.json: bitmaps, and the outer contours that OpenCV finds in them.

python3 contours.py > contours.json      (python3-opencv, python3-numpy)
"""
import json

import cv2
import numpy as np

DRAWN = {
    'one pixel': ['.....', '..#..', '.....'],
    'a line': ['.....', '.###.', '.....'],
    'a corner': ['.#...', '.#...', '.###.'],
    'full': ['####', '####', '####'],
    'touching by a corner': ['##..', '##..', '..##', '..##'],
    'a ring': ['#####', '#...#', '#...#', '#...#', '#####'],
    'an island in a hole': ['#######', '#.....#', '#.....#', '#..##.#', '#..##.#', '#.....#', '#######'],
    'a hole open by a corner': ['.####.', '#....#', '#.##.#', '#.##.#', '.#..#.', '..##..'],
    'two parts': ['##....', '##.###', '...###', '...###'],
    'a diamond': ['...#...', '..###..', '.#####.', '#######', '.#####.', '..###..', '...#...'],
    'a saw': ['#.#.#.#', '#######', '.#.#.#.'],
    'a thread': ['#....#', '.#..#.', '..##..', '..##..', '.#..#.', '#....#'],
}


def bitmap(rows):
    return np.array([[c == '#' for c in r] for r in rows], np.uint8)


def contours(m):
    found, _ = cv2.findContours(m.copy(), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return sorted(c.reshape(-1).tolist() for c in found if len(c) >= 3)


cases = [(k, bitmap(v)) for k, v in DRAWN.items()]
rng = np.random.default_rng(7)
for i in range(24):
    h, w = (int(v) for v in rng.integers(4, 28, 2))
    noise = rng.random((h, w)).astype(np.float32)
    if i % 2:  # blobs as masks have them; without it everything touches everything
        noise = cv2.GaussianBlur(noise, (0, 0), 1.2)
        noise = (noise - noise.min()) / (noise.max() - noise.min() + 1e-9)
    cases.append((f'random {i}', (noise > (0.3 + 0.05 * (i % 9))).astype(np.uint8)))
print(json.dumps([dict(name=n, rows=[''.join('.#'[v] for v in r) for r in m], area=int(m.sum()), contours=contours(m))
                  for n, m in cases], indent=None, separators=(',', ':')).replace('{"name"', '\n{"name"'))
