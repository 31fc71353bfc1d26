# finews as two images (docker-compose.yml): `service`, the command and the Prefect server, and `worker`, which also
# builds the site and pushes it.

# The builder has pip and writes /opt/venv; nothing of it but that folder goes on.
FROM python:3.12.11-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build

# First what changes seldom: the pinned libraries.
COPY requirements/ requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-deps --require-hashes -r requirements/runtime.txt \
    && python -m venv /opt/backend \
    && /opt/backend/bin/pip install --no-deps --require-hashes -r requirements/build.txt

COPY pyproject.toml ./
COPY finews/ finews/
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/venv/bin/pip install --no-deps --no-index dist/*.whl \
    && /opt/venv/bin/pip check \
    && /opt/venv/bin/pip uninstall --yes pip


FROM python:3.12.11-slim-bookworm AS service
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FINEWS_HOME=/data \
    FINEWS_SITE_DIR=/site \
    PREFECT_HOME=/tmp/prefect \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1 \
    PGPASSFILE=/tmp/pgpass

# A new volume takes its owner from the folder that it is mounted on.
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin finews \
    && install --directory --owner=finews --group=finews /site

COPY --chmod=755 deploy/with-password /usr/local/bin/with-password
COPY --from=builder /opt/venv /opt/venv
USER 10001
WORKDIR /data
VOLUME ["/data", "/site"]
ENTRYPOINT ["with-password"]
CMD ["finews", "--help"]


# Jekyll and git come from the release of Debian that the base image is of; its security updates are wanted.
FROM service AS worker
USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git jekyll openssh-client ruby-jekyll-feed ruby-jekyll-sitemap \
    && rm -rf /var/lib/apt/lists/*
USER 10001
