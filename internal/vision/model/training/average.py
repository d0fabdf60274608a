"""Average the weights of two checkpoints of one chain.

python3 average.py A.pt B.pt SHARE OUT.pt        SHARE of B, the rest of A
"""
import sys

import torch

a, b = (torch.load(p, map_location='cpu') for p in sys.argv[1:3])
share = float(sys.argv[3])
assert a['cfg'] == b['cfg']
ema = {k: v * (1 - share) + b['ema'][k] * share if v.dtype.is_floating_point else v for k, v in a['ema'].items()}
torch.save(dict(cfg=a['cfg'], ema=ema), sys.argv[4])
