# finews as an image: the command, the Prefect worker and the Prefect server run from it (docker-compose.yml).

# The builder has pip and writes /opt/venv; nothing of it but that folder goes on.
FROM python:3.12-slim-bookworm AS builder
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


FROM python:3.12-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FINEWS_HOME=/data \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1 \
    PGPASSFILE=/tmp/pgpass

RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin finews

# libpq and asyncpg read the database password from PGPASSFILE, which has to be the user's alone.
# It is made from the mounted secret, so that no password stands in an address, an environment or the image.
COPY --chmod=755 <<'SCRIPT' /usr/local/bin/with-password
#!/bin/sh
set -eu
secret=${FINEWS_PASSWORD_FILE:-/run/secrets/postgres_password}
if [ -r "$secret" ]; then
    umask 077
    printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' "$secret")" >"$PGPASSFILE"
fi
exec "$@"
SCRIPT

COPY --from=builder /opt/venv /opt/venv
USER 10001
WORKDIR /data
VOLUME /data
ENTRYPOINT ["with-password"]
CMD ["finews", "--help"]
