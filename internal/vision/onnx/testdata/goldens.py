"""Write goldens.json: what the shipped detector sees in docs/samples, for every kind of model that tests make of it.

Nothing here is shared with the Go code: torch runs the network of ../../model/training with the weights that are in the
ONNX file, OpenCV reads and letterboxes the pictures, and numpy decodes, suppresses and cuts the masks as Ultralytics does.

python3 goldens.py > goldens.json      (python3-torch, python3-onnx, python3-opencv, python3-numpy)
"""
import glob
import hashlib
import json
import os
import sys

import cv2
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..', '..', '..', '..')
MODEL = os.path.join(HERE, '..', '..', 'model', 'beverage-nano.onnx')
sys.path.insert(0, os.path.join(HERE, '..', '..', 'model', 'training'))
import model as M  # noqa: E402

CONF, IOU, MOST = 0.25, 0.7, 300
# End-to-end models do not suppress; where nothing does, only strong boxes are few enough to compare.
STRONG = 0.6
# How far two JPEG decoders move a score, and a little more.
TIE = 0.005
LABELS = ['bottle', 'can']
# Red, green, blue, 1: the coefficients of onnxtest.Colours, by the number of the anchor modulo three.
COLOURS = np.array([[1, -0.5, -0.5, 0.05], [0.4, 0.4, 0.4, -0.6], [-0.5, -0.5, 0.25, 0.35]], np.float32)


def network():
    graph = onnx.load(MODEL).graph
    weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    widths = [weights[k].shape[0] for k in ('s1.0.weight', 's2.0.0.weight', 's3.0.0.weight', 's4.0.0.weight', 's5.0.0.weight')]
    net = M.Detector(widths=widths).fuse().eval()
    net.load_state_dict(weights)
    net.decode = True
    return net


def coarse(im):
    """The picture of a JPEG decoder that repeats colours of 4:2:0 instead of smoothing them, as Go's does."""
    ycc = cv2.cvtColor(im, cv2.COLOR_BGR2YCrCb)
    h, w = im.shape[:2]
    half = cv2.resize(ycc, ((w + 1) // 2, (h + 1) // 2), interpolation=cv2.INTER_AREA)
    ycc[..., 1:] = half.repeat(2, 0).repeat(2, 1)[:h, :w, 1:]
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2BGR)


def letterbox(im, h, w):
    ih, iw = im.shape[:2]
    r = min(h / ih, w / iw)
    nw, nh = round(iw * r), round(ih * r)
    dw, dh = (w - nw) / 2, (h - nh) / 2
    top, left = round(dh - 0.1), round(dw - 0.1)
    im = im if (nw, nh) == (iw, ih) else cv2.resize(im, (nw, nh), interpolation=cv2.INTER_LINEAR)
    im = cv2.copyMakeBorder(im, top, round(dh + 0.1), left, round(dw + 0.1), cv2.BORDER_CONSTANT, value=(114,) * 3)
    return im[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 255, r, left, top


def iou(a, b):
    w = np.minimum(a[2], b[:, 2]) - np.maximum(a[0], b[:, 0])
    h = np.minimum(a[3], b[:, 3]) - np.maximum(a[1], b[:, 1])
    inter = np.clip(w, 0, None) * np.clip(h, 0, None)
    area = lambda x: (x[..., 2] - x[..., 0]) * (x[..., 3] - x[..., 1])  # noqa: E731
    return inter / (area(a) + area(b) - inter)


def corners(box):
    return np.stack([box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2], 1)


def decode(y, conf, suppress):
    """Rows of anchor, class, score and corners in input pixels, best first, and for each the rows that it suppressed although
    their score is as good: with the pixels of another JPEG decoder they may win."""
    box, score = y[:4], y[4:]
    best, cls, at = score.max(0), score.argmax(0), corners(box)
    order = [a for a in np.argsort(-best, kind='stable') if best[a] > conf]
    kept, rivals = [], {}
    for a in order:
        same = [k for k in kept if cls[k] == cls[a]]
        over = [k for k, v in zip(same, iou(at[a], at[same])) if v > IOU] if suppress and same else []
        if over:
            rivals[over[0]] += [a] if best[over[0]] - best[a] < TIE else []
            continue
        kept.append(a)
        rivals[a] = []
    row = lambda a: (a, int(cls[a]), float(best[a]), at[a])  # noqa: E731
    return [(row(a), [row(b) for b in rivals[a]]) for a in kept[:MOST]]


def native_mask(x, anchor, box, ih, iw):
    """Ultralytics' process_mask_native: prototypes without padding, stretched to the picture, cropped to the box."""
    protos = F.avg_pool2d(torch.from_numpy(x)[None], 4)[0]
    protos = torch.cat([protos, torch.ones_like(protos[:1])])
    logits = (torch.from_numpy(COLOURS[anchor % 3]) @ protos.flatten(1)).view(protos.shape[1:])
    mh, mw = logits.shape
    gain = min(mh / ih, mw / iw)
    pw, ph = (mw - iw * gain) / 2, (mh - ih * gain) / 2
    top, left = round(ph - 0.1), round(pw - 0.1)
    logits = logits[top:mh - round(ph + 0.1), left:mw - round(pw + 0.1)]
    full = F.interpolate(logits[None, None], (ih, iw), mode='bilinear', align_corners=False)[0, 0].numpy()
    cols, rows = np.arange(iw)[None, :], np.arange(ih)[:, None]
    inside = (cols >= box[0]) & (cols < box[2]) & (rows >= box[1]) & (rows < box[3])
    return (full > 0) & inside


def runs(m):
    flat = np.concatenate([[0], m.T.reshape(-1).astype(np.int8)])
    edges = np.flatnonzero(np.diff(flat))
    return np.diff(np.concatenate([[0], edges, [m.size]])).tolist()


def results(net, h, w, conf=CONF, suppress=True, masks=False):
    out = {}
    for path in sorted(glob.glob(os.path.join(ROOT, 'docs', 'samples', '*.jpg'))):
        im = cv2.imread(path)
        ih, iw = im.shape[:2]
        x, r, left, top = letterbox(im, h, w)
        x2 = letterbox(coarse(im), h, w)[0]
        with torch.no_grad():
            y, y2 = net(torch.from_numpy(np.stack([x, x2]))).numpy()

        def inside(c):
            return np.clip((c - np.array([left, top, left, top])) / r, 0, [iw, ih, iw, ih])

        def told(anchor, cls, score, c):
            box = inside(c)
            one = dict(class_id=cls, label=LABELS[cls], confidence=round(score, 5), bbox=[round(float(v), 3) for v in box])
            if masks:
                m, other = native_mask(x, anchor, box, ih, iw), native_mask(x2, anchor, inside(corners(y2[:4])[anchor]), ih, iw)
                one.update(mask_area=int(m.sum()), mask_rle=dict(size=[ih, iw], counts=runs(m)))
                one.update(mask_tie=round(float((m & other).sum() / (m | other).sum()), 4))
            return one

        found = []
        for row, rivals in decode(y, conf, suppress):
            found.append(told(*row))
            if rivals:
                found[-1]['rivals'] = [told(*r) for r in rivals]
        out[os.path.basename(path)] = dict(width=iw, height=ih, detections=found)
    return out


net = network()
kinds = {
    '320x320': results(net, 320, 320), '416x416': results(net, 416, 416),
    '320x288': results(net, 288, 320), 'end to end': results(net, 320, 320, conf=STRONG, suppress=False),
    'masks end to end': results(net, 320, 320, conf=STRONG, suppress=False, masks=True),
    'masks 320x320': results(net, 320, 320, masks=True), 'masks 320x288': results(net, 288, 320, masks=True),
}
blob = open(MODEL, 'rb').read()
text = json.dumps(dict(about='see goldens.py; sizes are width x height of the model input', sha256=hashlib.sha256(blob).hexdigest(),
                       settings=dict(conf=CONF, iou=IOU, strong=STRONG), kinds=kinds), separators=(',', ':'))
print(text.replace('"bottle-', '\n"bottle-').replace('"can-', '\n"can-').replace('"two-', '\n"two-').replace('{"class_id"', '\n {"class_id"'))
