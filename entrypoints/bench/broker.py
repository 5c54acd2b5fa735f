"""A Kafka broker for the bench: the one that is set, else Apache Kafka on a free port."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from entrypoints.kafka_settings import KafkaSettings
from entrypoints.settings import ROOT
from metering.problems import Problem, ProblemsFound

START_SECONDS = 90
UNAVAILABLE = 3
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
log.dirs={folder}/kafka
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
"""


@contextmanager
def broker(settings: KafkaSettings, folder: Path) -> Iterator[KafkaSettings]:
    """How to reach a broker; raises ProblemsFound where there is none to be had."""
    if settings.servers:
        yield settings
        return
    script = ROOT / "tools/kafka.sh"
    if subprocess.run([script], check=False).returncode == UNAVAILABLE:
        message = "there is no Kafka here: set LICZNIK_KAFKA_SERVERS, or leave out this measure"
        raise ProblemsFound([Problem("no_broker", "kafka", message)])
    port, controller = _free_ports()
    properties = folder / "kafka.properties"
    properties.write_text(PROPERTIES.format(port=port, controller=controller, folder=folder))
    with (folder / "kafka.log").open("wb") as log:
        process = subprocess.Popen([script, properties], stdout=log, stderr=log)
    try:
        _await(process, port)
        yield KafkaSettings(servers=(f"127.0.0.1:{port}",))
    finally:
        process.terminate()
        process.wait()


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.2)
    raise AssertionError("the broker does not answer")
