"""A local source of financial news: mirrors over real HTTP, with articles and faults of its own.

It answers what the source answers (section 1 of the contract), at each mirror::

    GET /NewsData/GetNewsText.do?id=NW…              article text, JSON; 404 or 410 without it
    GET /html_News/NewsShare.html?infoCode=NW…       share link: a shell without the article
    GET /a/<18 digits>.html, /news/<n>,<18>.html     server-rendered page, of a page_only article alone
    GET /web/webapi?type=102&count=N&newsid=1        rolling feed
    GET /web/webapi?type=45&count=N&newsid=1         headline feed
    GET /information/newmarket/web/webapi?marketType=37&count=N    market feeds 37, 38 and 39
    GET /NewsData/GetNewsBySearch.do?title=&text=&source=&securityCodes=&pageIndex=P&limit=L    search
    GET /robots.txt                                  allows everything, but for the option disallow

Feeds carry an ETag and answer If-None-Match; answers are packed for a client that accepts gzip.

Any of these addresses below ``/~KIND`` suffers the fault KIND, so ``http://127.0.0.1:PORT/~http_500`` is the
base address of a mirror that always fails. ``Newsroom.fault`` lets chosen requests suffer at the plain ones::

    /~drop             the connection is closed without an answer
    /~stall            no answer until the client gives up             seconds: an honest answer after so many
    /~drip             one byte at a time                              interval: seconds between two (0.5)
    /~short_body       less than Content-Length says, then closed
    /~bad_gzip         Content-Encoding: gzip and garbage
    /~http_403  /~http_404  /~http_410  /~http_500  /~http_502  /~http_503    retry_after: seconds (no header)
    /~http_429         with Retry-After in seconds                     retry_after: seconds (1)
    /~http_429_date    with Retry-After as an HTTP date                retry_after: seconds from now (2)
    /~login_page       200 and a form with a password field
    /~captcha          200 and a slider to be moved
    /~html             200 and a page in place of JSON
    /~wrong_article    another article's text with its own id          other: infoCode (the newest other)
    /~gbk              bytes in GBK under charset=utf-8
    /~huge             20 MiB with Content-Length                      size: bytes; gzip: true packs blanks
    /~endless          chunked, fast and without end
    /~redirect_loop    302 to the same address
    /~redirect_away    302 to a host that is no mirror and counts its visitors    to: base address
    /~truncated_json   a complete answer with half the JSON
    /~empty            200 without a byte
    /~not_object       JSON that is no object                          value: any JSON ([])
    /~half_fields      every second key is missing, in a list by turns the even and the odd ones
    /~no_records       a list that has nothing in it, and else is as it was
    /~wrong_total      a search that counts wrongly                    value: any JSON (0)

A newsroom with ``control``, as the process always is, is steered on each mirror; what is asked here is neither
counted nor faulted::

    GET  /_newsroom/requests, /_newsroom/strays, /_newsroom/articles
    GET  /_newsroom/count?kind=text&mirror=0
    POST /_newsroom/publish          the fields of a SourceArticle
    POST /_newsroom/edit             info_code and the fields that change
    POST /_newsroom/withdraw         info_code, status
    POST /_newsroom/withhold         info_code, mirror
    POST /_newsroom/restore          info_code
    POST /_newsroom/fault            kind, mirror, path, info_code, times, every and the parameters above
    POST /_newsroom/clear_faults, /_newsroom/forget_requests    {}
"""

from .article import FEEDS, SourceArticle
from .child import NewsroomProcess
from .faults import KINDS, Fault
from .generator import FIRST_MOMENT, generate
from .remote import RemoteNewsroom
from .request_log import SeenRequest
from .room import Newsroom
from .samples import labels, load_samples, sample

__all__ = [
    "FEEDS",
    "FIRST_MOMENT",
    "KINDS",
    "Fault",
    "Newsroom",
    "NewsroomProcess",
    "RemoteNewsroom",
    "SeenRequest",
    "SourceArticle",
    "generate",
    "labels",
    "load_samples",
    "sample",
]
