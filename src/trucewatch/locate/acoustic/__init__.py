"""Association of sound across a network of single nodes."""

from trucewatch.locate.acoustic.block import Block, Found, associate_block
from trucewatch.locate.acoustic.config import AcousticConfig
from trucewatch.locate.acoustic.model import Air, Nodes, curves, nodes_of

__all__ = ["AcousticConfig", "Air", "Block", "Found", "Nodes", "associate_block", "curves", "nodes_of"]
