"""Renders many documents on all cores of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from invoices.files import Job

FEW = 4
"""So many documents are rendered sooner by this process than others can be started."""


def render_invoices(jobs: Iterable[Job]) -> Iterator[bytes]:
    """The PDFs of some invoices, in their order."""
    wanted = list(jobs)
    if len(wanted) <= FEW:
        yield from map(_render, wanted)
        return
    # Started afresh, not forked: this process has threads, and a fork would copy their locks.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_render, wanted, chunksize=FEW)


def _render(job: Job) -> bytes:
    from invoices.pdf.invoice_pdf import invoice_pdf  # its import costs a second

    return invoice_pdf(*job)
