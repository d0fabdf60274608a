"""Pieces of validation photographs in which nothing is labelled, as pictures without containers.

python3 negatives.py        writes negatives.png, a sheet of them with their numbers
"""
import cv2
import numpy as np

import data


# Pieces that do hold a container which nobody labelled, found by looking at the sheet.
NOT_EMPTY = {69}


def cut(items, least=110):
    """[(picture, name)]: the empty pieces of at least so many pixels on their shorter side."""
    out = []
    for im, _, boxes, name in items:
        r = data.largest_empty(im.shape[1], im.shape[0], boxes)
        if r is None or min(r[2] - r[0], r[3] - r[1]) < least:
            continue
        x1, y1, x2, y2 = (int(v) for v in r)
        out.append((im[y1:y2, x1:x2].copy(), name))
    return [p for i, p in enumerate(out) if i not in NOT_EMPTY]


if __name__ == '__main__':
    found = cut(data.read_split('val'))
    print(len(found))
    tiles = []
    for i, (im, name) in enumerate(found):
        t = data.letterbox(im, 160)[0]
        cv2.putText(t, str(i), (3, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 255, 255), 1)
        tiles.append(t)
    while len(tiles) % 12:
        tiles.append(np.zeros((160, 160, 3), np.uint8))
    cv2.imwrite('negatives.png', np.vstack([np.hstack(tiles[i:i + 12]) for i in range(0, len(tiles), 12)]))
