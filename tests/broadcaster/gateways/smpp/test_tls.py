"""A line under TLS, to a carrier whose certificate is trusted, and to no other."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from broadcaster.ports import Verdict
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.smpp.ends import Listener, a_gateway
from tests.smsc import Smsc

CHUNK = 65_536
WITHIN_S = 10.0


def a_certificate(folder: Path) -> Path:
    """Make a certificate of this machine, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smsc")])
    now = dt.datetime.now(dt.UTC)
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    written = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "smsc.pem"
    path.write_bytes(written + made.public_bytes(pem))
    return path


@contextmanager
def tunnel(smsc_port: int, certificate: Path) -> Iterator[int]:
    """Take TLS on a port of its own, and carry what is in it to an SMSC."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    told: SimpleQueue[tuple[int, Callable[[], object]]] = SimpleQueue()

    async def carry(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, on = await asyncio.open_connection("127.0.0.1", smsc_port)
        try:
            await asyncio.gather(_copy(near, on), _copy(far, back))
        finally:
            on.close()
            back.close()

    async def serve() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            told.put((port, lambda: loop.call_soon_threadsafe(stop.set)))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    port, stop = told.get(timeout=WITHIN_S)
    try:
        yield port
    finally:
        stop()
        thread.join()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while came := await source.read(CHUNK):
            target.write(came)
    target.close()


@pytest.mark.parametrize(
    ("trusted", "verdict"), [(True, Verdict.ACCEPTED), (False, Verdict.NOT_SENT)]
)
def test_only_a_trusted_carrier_is_told_the_password(
    centre: Smsc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    verdict: Verdict,
    *,
    trusted: bool,
) -> None:
    certificate = a_certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tunnel(centre.port, certificate) as port:
        gateway = a_gateway(port, tls="yes")
        gateway.listen(Listener().hear)
        outcome = submit_one(gateway, a_submission())
        gateway.hang_up()
    assert outcome.verdict is verdict
    assert bool(centre.texts()) is trusted
