"""Run the simulated network: `python -m broadcaster.simulator --state DIR`."""

import asyncio
import signal
import socket
from pathlib import Path

import click
from aiohttp import web

from broadcaster.simulator.app import Options, make_app
from broadcaster.simulator.esms_desk import SIMULATED_KEY, EsmsKeys
from broadcaster.simulator.handsets import DEFAULT_FILE, BadHandsetsError, read_town
from broadcaster.simulator.zalo_post import ZaloIdentity

SIMULATED_ACCOUNT = "AC" + "5" * 32
SIMULATED_TOKEN = "5" * 32
"""Keys to a network that does not exist; they open nothing else."""
SIMULATED_ZALO_APP = "5" * 19
SIMULATED_ZALO_OA = "6" * 19
SIMULATED_ZALO_SECRET = "7" * 20
SIMULATED_ZALO_OA_SECRET = "8" * 20
SIMULATED_ZALO_REFRESH = "9" * 40


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def _tell_port(port_file: Path, port: int) -> None:
    """Write the port so that a reader never sees half a number."""
    draft = port_file.with_suffix(".new")
    draft.write_text(f"{port}\n")
    draft.replace(port_file)


async def _serve(app: web.Application, *, listener: socket.socket) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listener, backlog=1024).start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    click.echo(f"http://{listener.getsockname()[0]}:{listener.getsockname()[1]}/wall")
    await ended.wait()
    await runner.cleanup()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True)
@click.option("--state", type=click.Path(path_type=Path), required=True)
@click.option("--handsets", type=click.Path(path_type=Path), default=DEFAULT_FILE)
@click.option("--port-file", type=click.Path(path_type=Path))
@click.option("--account-sid", default=SIMULATED_ACCOUNT)
@click.option("--auth-token", default=SIMULATED_TOKEN)
@click.option("--inbound-url", default="", help="Where residents' texts are posted.")
@click.option("--zalo-app-id", default=SIMULATED_ZALO_APP)
@click.option("--zalo-oa-id", default=SIMULATED_ZALO_OA)
@click.option("--zalo-secret", default=SIMULATED_ZALO_SECRET)
@click.option("--zalo-oa-secret", default=SIMULATED_ZALO_OA_SECRET)
@click.option("--zalo-refresh-token", default=SIMULATED_ZALO_REFRESH)
@click.option("--zalo-webhook-url", default="", help="Where Zalo posts its events.")
@click.option("--esms-api-key", default=SIMULATED_KEY)
@click.option("--esms-secret-key", default=SIMULATED_KEY)
@click.option("--esms-inbound-url", default="", help="Where eSMS brings texts.")
@click.option("--esms-inbound-key", default=SIMULATED_KEY)
def main(
    *,
    host: str,
    port: int,
    state: Path,
    handsets: Path,
    port_file: Path | None,
    **client: str,
) -> None:
    """Serve a simulated network that speaks several wires, and its handset wall."""
    try:
        town = read_town(handsets)
    except BadHandsetsError as error:
        raise click.BadParameter(str(error), param_hint="--handsets") from error
    options = Options(
        state=state,
        town=town,
        account=client["account_sid"],
        token=client["auth_token"],
        inbound_url=client["inbound_url"],
        esms=EsmsKeys(
            api_key=client["esms_api_key"],
            secret_key=client["esms_secret_key"],
            inbound_url=client["esms_inbound_url"],
            inbound_key=client["esms_inbound_key"],
        ),
        zalo=ZaloIdentity(
            app_id=client["zalo_app_id"],
            oa_id=client["zalo_oa_id"],
            app_secret=client["zalo_secret"],
            oa_secret=client["zalo_oa_secret"],
            first_refresh=client["zalo_refresh_token"],
            webhook_url=client["zalo_webhook_url"],
        ),
    )
    listener = _listen(host, port)
    app = make_app(options)
    if port_file is not None:

        async def tell(_app: web.Application) -> None:
            _tell_port(port_file, listener.getsockname()[1])

        app.on_startup.append(tell)
    asyncio.run(_serve(app, listener=listener))


if __name__ == "__main__":
    main()
