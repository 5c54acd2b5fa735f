"""Renders many documents on all cores of the machine."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context

from invoices.files import Job
from invoices.pdf.invoice_pdf import invoice_pdf

FEW = 4
"""So many documents are rendered sooner by this process than others can be started."""

BETWEEN_COLLECTIONS = 16
_rendered = count(1)


def render_invoices(jobs: Iterable[Job]) -> Iterator[bytes]:
    """The PDFs of some invoices, in their order."""
    wanted = list(jobs)
    if len(wanted) <= FEW:
        yield from map(_render, wanted)
        return
    # Started afresh, not forked: this process has threads, and a fork would copy their locks.
    spawn = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn, initializer=_prepare) as pool:
        yield from pool.map(_render_and_collect, wanted, chunksize=FEW)


def _prepare() -> None:
    """Puts off the collection of garbage: a layout makes many objects, and a quarter of its time
    would go to looking through them for what is not there yet."""
    import invoices.pdf.invoice_pdf  # noqa: F401  # what is loaded now is never looked through

    gc.freeze()
    gc.disable()


def _render_and_collect(job: Job) -> bytes:
    pdf = _render(job)
    if next(_rendered) % BETWEEN_COLLECTIONS == 0:
        gc.collect()
    return pdf


def _render(job: Job) -> bytes:
    return invoice_pdf(*job)
