"""A source that is no bottleneck: nginx over answers that were rendered before, at two addresses.

Answers are packed as the newsroom packs them (`gzip_static`), for a client that accepts it. The second address waits
50 ms before each answer, as a source on the other side of a country does; that takes nginx's echo module (Debian:
`libnginx-mod-http-echo`), and `slow` is None without it.
"""

from __future__ import annotations

import gzip
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from finews.newsroom import FEEDS, SourceArticle, generate
from finews.newsroom.pages import SHARE_SHELL, rendered_article
from finews.newsroom.shapes import article_text, feed

LATENCY: Final = 0.05
"""Seconds that the slow address waits before each answer."""
_ECHO: Final = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")
_LISTED: Final = 50
"""Articles in each feed."""
_WORTH_PACKING: Final = 300
_FEED_FILES: Final = {"rolling": "type-102", "headlines": "type-45", "37": "37", "38": "38", "39": "39"}
_PLACES: Final = {
    "= /NewsData/GetNewsText.do": "/text/$arg_id.json",
    "= /web/webapi": "/feed/type-$arg_type.json",
    "= /information/newmarket/web/webapi": "/feed/$arg_marketType.json",
    "= /html_News/NewsShare.html": "/share.html",
}
"""Place → the file that is served there."""


class NoNginxError(RuntimeError):
    """nginx is not installed."""


class Source:
    """A context manager: generated articles (the same each time), served while it is open.

    `articles` are so many that name their media, as `ingest` wants them. Flashes without one stand between them.
    """

    def __init__(self, folder: Path, number: int, *, pages: bool = False) -> None:
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if nginx is None:
            raise NoNginxError("the bench wants nginx (on Debian: apt install nginx-light)")
        self._nginx, self._folder = nginx, folder
        self._articles = list(_enough(number))
        self.articles = [each for each in self._articles if each.medianame]
        self.codes = [each.info_code for each in self.articles]
        self._render(pages=pages)
        self.base, slow = (f"http://127.0.0.1:{_free_port()}" for _ in range(2))
        self.slow = slow if _ECHO.exists() else None
        self._process: subprocess.Popen[bytes] | None = None

    def codes_file(self, number: int | None = None, *, first: int = 0) -> Path:
        """A file with so many infoCodes, one a line."""
        wanted = self.codes[first : None if number is None else first + number]
        file = self._folder / f"codes-{first}-{len(wanted)}.txt"
        file.write_text("".join(f"{code}\n" for code in wanted), encoding="ascii")
        return file

    def bodies(self, number: int | None = None) -> list[bytes]:
        """The JSON answers of so many articles, unpacked."""
        return [_json(article_text(each)) for each in self.articles[:number]]

    def ceiling(self) -> float | None:
        """Answers a second that it gives to `wrk` with 16 connections; None where that is not installed."""
        wrk = shutil.which("wrk")
        if wrk is None:
            return None
        address = f"{self.base}/NewsData/GetNewsText.do?id={self.codes[0]}"
        told = subprocess.run(
            [wrk, "-t1", "-c16", "-d3s", address], capture_output=True, text=True, check=True
        ).stdout
        rate = re.search(r"^Requests/sec:\s*([\d.]+)", told, re.MULTILINE)
        return float(rate[1]) if rate else None

    def __enter__(self) -> Self:
        configuration = self._folder / "nginx.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        self._process = subprocess.Popen(
            [self._nginx, "-p", str(self._folder), "-e", "error.log", "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
        )
        _wait_for(self.base, self._process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()

    def _render(self, *, pages: bool) -> None:
        for name in ("text", "feed", "a", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        for each in self._articles:
            _write(self._folder / "text" / f"{each.info_code}.json", _json(article_text(each)))
            if pages:
                _write(self._folder / "a" / f"{each.digits}.html", rendered_article(each).encode())
        for name in FEEDS:
            _write(self._folder / "feed" / f"{_FEED_FILES[name]}.json", _json(feed(name, self._newest(name))))
        _write(self._folder / "share.html", SHARE_SHELL.encode())
        (self._folder / "robots.txt").write_text("User-agent: *\nDisallow:\n", encoding="ascii")

    def _newest(self, name: str) -> Iterable[SourceArticle]:
        listed = [each for each in reversed(self._articles) if name in each.feeds]
        return listed[:_LISTED]

    def _configuration(self) -> str:
        servers = [self._server(self.base, wait=False)]
        if self.slow:
            servers.append(self._server(self.slow, wait=True))
        module = f"load_module {_ECHO};\n" if self.slow else ""
        # By itself a server that root starts reads files as nobody, who may not look into a temporary folder.
        user = f"user {pwd.getpwuid(0).pw_name};\n" if os.geteuid() == 0 else ""
        return f"""{module}{user}daemon off;
worker_rlimit_nofile 4096;
worker_processes 1;
pid nginx.pid;
error_log error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    types {{ application/json json; text/html html; text/plain txt; }}
    charset utf-8;
    charset_types application/json text/plain;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
    keepalive_requests 1000000;
    open_file_cache max=2000 inactive=600s;
    open_file_cache_valid 600s;
    gzip_static on;
    sendfile on;
    tcp_nodelay on;
{"".join(servers)}}}
"""

    def _server(self, base: str, *, wait: bool) -> str:
        if wait:
            # A page is served from below another name: at its own it would be delayed for ever.
            answers = {place: f"echo_sleep {LATENCY}; echo_exec {file};" for place, file in _PLACES.items()}
            answers["/a/"] = f"echo_sleep {LATENCY}; echo_exec /pages$uri;"
            answers["/pages/"] = "internal; rewrite ^/pages(.*)$ $1 break;"
        else:
            answers = {place: f"rewrite ^ {file} last;" for place, file in _PLACES.items()}
        places = "".join(f"        location {place} {{ {answer} }}\n" for place, answer in answers.items())
        return _SERVER.format(port=base.rpartition(":")[2], root=self._folder, places=places)


_SERVER: Final = """    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {root};
{places}    }}
"""


def _enough(number: int) -> Iterator[SourceArticle]:
    made = generate()
    while number > 0:
        each = next(made)
        number -= bool(each.medianame)
        yield each


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _write(file: Path, body: bytes) -> None:
    file.write_bytes(body)
    if len(body) >= _WORTH_PACKING:
        packed = file.with_name(f"{file.name}.gz")
        packed.write_bytes(gzip.compress(body, compresslevel=5, mtime=0))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    host, port = re.fullmatch(r"http://([\d.]+):(\d+)", base).groups()  # type: ignore[union-attr]
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("nginx did not come up; its folder has error.log") from None
            time.sleep(0.05)
