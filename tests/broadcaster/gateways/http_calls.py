"""Requests of a test, handed to the engine."""

from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import HttpAnswer, HttpRequest, Settled

OK = HttpAnswer(status=201, body=b"ok")


def posts(url: str, *bodies: str) -> list[HttpRequest]:
    return [HttpRequest(url=url, headers=(), body=body.encode()) for body in bodies]


def send(engine: HttpEngine, url: str, *bodies: str) -> list[Settled]:
    return engine.exchange(posts(url, *bodies), may_start=lambda: True)


def send_one(url: str, body: str = "text") -> Settled:
    [settled] = send(HttpEngine(connections=1), url, body)
    return settled
