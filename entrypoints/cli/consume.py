"""`licznik usage consume`: usage from Kafka, for as long as it runs or as far as there is any."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from entrypoints.cli.output import AsJson, fail, print_json, table
from entrypoints.cli.session import open_session
from entrypoints.cli.stopping import stops_noted
from entrypoints.kafka_settings import PREFIX, KafkaSettings, names, wrong_topic
from entrypoints.settings import read_settings
from metering.problems import Problem, ProblemsFound

LAST_PORT = 65_535

Topics = Annotated[str | None, typer.Option(help="Topics to read, with commas between them.")]
Group = Annotated[str | None, typer.Option(help="The consumer group.")]
Once = Annotated[bool, typer.Option("--once", help="End with what is there now.")]
MetricsPort = Annotated[
    int | None, typer.Option(help="Answer Prometheus on this port.", min=0, max=LAST_PORT)
]

NO_TEXT = (
    "a header of a record has a name that is no UTF-8 text, and such a record cannot be read: move "
    "the group past it with the tools of Kafka, and start again"
)


def consume_command(
    topics: Topics = None,
    group: Group = None,
    once: Once = False,
    metrics_port: MetricsPort = None,
    as_json: AsJson = False,
) -> None:
    """Record the events of Kafka topics, each exactly once, until stopped.

    What cannot be recorded goes to a topic of dead letters, with the reason: TOPIC.dead. When the
    reason is gone, read them again with --once --topics TOPIC.dead. SIGTERM and Ctrl-C end it when
    what is in hand is recorded.
    """
    settings = read_settings()
    kafka = _chosen(settings.kafka.required(), topics, group, once)
    from kafka.errors import KafkaError  # its import costs, and other commands have no use for it

    from entrypoints.kafka.logs import logging_as_json
    from entrypoints.kafka.running import consume, recording

    try:
        with (
            logging_as_json(),
            open_session(settings),
            stops_noted() as stop,
            recording(settings) as take,
        ):
            counts = consume(take, kafka, stop.is_asked, once, metrics_port)
    except KafkaError as error:
        raise typer.Exit(fail(f"Kafka did not do as asked: {error}")) from error
    except UnicodeDecodeError as error:
        raise typer.Exit(fail(NO_TEXT)) from error
    if as_json:
        print_json(counts)
    else:
        table("Consumed", ("result", ">count"), [(key, f"{n:,}") for key, n in counts.items()])
    if once and counts["rejected"]:
        raise typer.Exit(2)


def _chosen(
    kafka: KafkaSettings, topics: str | None, group: str | None, once: bool
) -> KafkaSettings:
    """The settings with what was asked for here; raises ProblemsFound where that makes no sense."""
    chosen = replace(
        kafka, topics=names(topics) if topics else kafka.topics, group=group or kafka.group
    )
    wrong = [sentence for own in chosen.topics if (sentence := wrong_topic(own))]
    if not chosen.topics:
        wrong.append("name a topic")
    problems = [Problem("invalid_topic", "topics", sentence) for sentence in wrong]
    endless = [own for own in chosen.topics if chosen.dead_letters_of(own) in chosen.topics]
    if endless and not once:
        message = (
            f"what is rejected of {', '.join(endless)} is written to a topic that is read, which "
            f"would never end: add --once, or name another topic in {PREFIX}DEAD_LETTERS"
        )
        problems.append(Problem("endless_dead_letters", "topics", message))
    if problems:
        raise ProblemsFound(problems)
    return chosen
