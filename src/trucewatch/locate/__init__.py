"""Events out of detections: where and when each happened, with its uncertainty."""

from trucewatch.locate.associate import AssociateConfig, associate
from trucewatch.locate.network_events import NETWORK, VolleyConfig, network_events, volleys
from trucewatch.locate.single_source import Config, locate

__all__ = ["NETWORK", "AssociateConfig", "Config", "VolleyConfig", "associate", "locate", "network_events", "volleys"]
