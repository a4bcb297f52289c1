"""SMPP 3.4: a carrier's own link, held open by a process of its own."""

from broadcaster.gateways.smpp.gateway import SmppGateway, build
from broadcaster.gateways.smpp.options import OPTIONS
from broadcaster.ports import Channel

CHANNEL = Channel.SMS

__all__ = ["CHANNEL", "OPTIONS", "SmppGateway", "build"]
