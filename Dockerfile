# Licznik as an image: `docker build -t licznik .`; compose.yaml runs it with what it needs.
FROM python:3.11-slim

# Pango and fonts, with which invoices are set: see tools/setup.sh.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libfontconfig1 fontconfig \
        fonts-inter fonts-dejavu-core fonts-unifont \
    && rm -rf /var/lib/apt/lists/*

ENV LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/licznik

# The locked libraries first, for they change seldom. Wheels only, but for docopt: it is one Python
# file, and is built by the locked setuptools (as in tools/setup.sh).
COPY requirements.lock ./
RUN sed -n '/^setuptools==/,/^    # via/p' requirements.lock > setuptools.lock \
    && pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps \
        --requirement setuptools.lock \
    && pip install --no-cache-dir --require-hashes --only-binary :all: --no-binary docopt \
        --no-build-isolation --requirement requirements.lock \
    && rm setuptools.lock

COPY . .
RUN pip install --no-cache-dir --no-index --no-build-isolation --no-deps --editable . \
    && useradd --create-home --uid 10001 licznik

USER licznik
ENTRYPOINT ["licznik"]
CMD ["--help"]
