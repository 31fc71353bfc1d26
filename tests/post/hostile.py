"""Titles, names, digests and bodies that mean harm, made from a seed."""

import random

VECTORS = r"""
<script>alert(1)</script>
<SCRIPT SRC=//evil/x.js></SCRIPT>
<scr<script>ipt>alert(1)</scr</script>ipt>
<script\x20type="text/javascript">alert(1)</script>
<img src=x onerror=alert(1)>
<img src="x" onerror="alert(1)"
<img/src=x/onerror=alert(1)//
<IMG SRC="jav&#x09;ascript:alert(1);">
<img src="data:image/svg+xml,<svg onload=alert(1)>">
<img src=`x`onerror=alert(1)>
<svg onload=alert(1)><p>t</p></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<svg><script>alert(1)</script></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<math><mi><mtext></mi><img src onerror=alert(1)></math>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href=" &#1; javascript:alert(1)">x</a>
<a href="java&#10;script:alert(1)">x</a>
<a href="java&Tab;script&colon;alert(1)">x</a>
<a href="java&#12288;&#12288;script:alert(1)">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>
<a href='x' onmouseover='alert(1)' target=_blank>x</a>
<iframe src="javascript:alert(1)"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="javascript:alert(1)"><p>inside</p></object>
<embed src="//evil/x.swf">
<form action="javascript:alert(1)"><input type=submit value=go><button formaction="javascript:x">b</button></form>
<textarea><script>alert(1)</script></textarea>
<select><option><img src=x onerror=alert(1)></option></select>
<title><img src=x onerror=alert(1)></title>
<xmp><img src=x onerror=alert(1)></xmp>
<plaintext><img src=x onerror=alert(1)>
<template><img src=x onerror=alert(1)></template>
<style>@import'//evil/x.css';</style>
<style><a title="</style><img src=x onerror=alert(1)>">
<link rel=stylesheet href="//evil/x.css"><base href="//evil/"><meta http-equiv=refresh content="0;url=//evil">
<p style="background:url(javascript:alert(1))">x</p>
<p style="width:expression(alert(1));color:red">x</p>
<p style="position:fixed;top:0;left:0;width:100%;height:100%">x</p>
<p style="color:red;behavior:url(x.htc);-moz-binding:url(x)">x</p>
<p style="col\6fr:red;color:\72 ed">x</p>
<div style="margin:-1000px">x</div>
<!--<img src="--><img src=x onerror=alert(1)//">
<!--[if IE]><script>alert(1)</script><![endif]-->
<!--><img src=x onerror=alert(1)>-->
<![CDATA[<script>alert(1)</script>]]>
<?xml version="1.0"?><?php echo 1 ?>
<p data-a"b=1 data-onclick=x data-c='1'>x</p>
<p id="" markdown="1" class='a"b' title=">">*x*</p>
<table><td>{{ site.title }}{% include x %}</td><script>alert(1)</script></table>
<p title="{{ page.title }}{% raw %}">x</p>
<table background="javascript:alert(1)"><tr><td background=x>y</table>
<details open ontoggle=alert(1)>x</details>
<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>
<body onload=alert(1)><frameset onload=alert(1)>
<marquee onstart=alert(1)>x</marquee>
<isindex action=javascript:alert(1) type=submit>
<a href="x"><table><a href="y"><td>z</a></table>
<table><a href=1><tr><td><a href=2>x
<b><p>one</b>two<p>three
<p>one<div>two</p>three
<ul><li>one<li>two<dl><dt>a<dd>b</ul>
<pre>

 two lines</pre>
<p title="[x](javascript:alert(1)) a

b">excerpt</p>
<p>see [x]</p>

<p>
[x]: javascript:alert(1)
</p>
""".strip("\n").split("\n<")
VECTORS = [VECTORS[0], *(f"<{each}" for each in VECTORS[1:])]

TEXT = [
    *"*_`[]()<>|\\\"'~$#+-=.:!^&;{}%/@,",
    *(
        "--",
        "...",
        "<<",
        ">>",
        "&amp;",
        "&lt;",
        "&#42;",
        "{:.x}",
        "{::comment}",
        "{{ site.title }}",
        "{% raw %}",
    ),
    *(
        "[^1]",
        "*[",
        "](",
        "<b>",
        "</p>",
        "<script>",
        "javascript:",
        "- ",
        "1. ",
        "# ",
        "\\\\",
        "~~",
        "$$",
        "**",
    ),
    *("__", "<a@b.c>", "<http://a.b>", '"x"', "'s", "a_b", "[x]: ", "[x](javascript:alert(1))", "---", ": "),
    *(
        "中",
        "中文",
        "新闻",
        "，",
        "（财联社）",
        "😀",
        "e\u0301",
        "\u2028",
        "\ufeff",
        "\u200b",
        "\x07",
        "\x85",
        " ",
        "1",
        "a",
    ),
]
_BETWEEN = [
    *(
        "\n",
        "\n\n",
        "    ",
        "\t",
        "  \n",
        "\r\n",
        "\u3000\u3000",
        "\u3000",
        "&#12288;",
        "\xa0",
        "&copy",
        "&nosuch;",
        "& ",
    ),
    *(
        "*x*",
        "_y_",
        "`c`",
        "\n1. x",
        "\n- a",
        "\n# h\n",
        "|a|b|\n",
        "\n{: .c}\n",
        "\n[x]: y\n",
        "\n^\n",
        "\n---\n",
    ),
    *(
        "\n: def",
        "\n===\n",
        "*[HTML]: x\nHTML",
        "$$x$$",
        "<http://x.y>",
        "\\*",
        "{",
        "%}",
        "&#123;{",
        "中文",
        "\0",
        "\ud800",
    ),
]
_NAMES = (
    "p div span b a table tr td ul li pre code center font h2 br img hr strong em blockquote dl dt svg form"
).split()
_ATTRIBUTES = [
    'class="a"', 'style="text-align:center"', "style='color:red;position:fixed'", 'onclick="x()"', "width=578",
    'href="http://a.b/?a=1&b=2&copy=3&lt=4"', "href=javascript:x", 'data-code="1,600160"', 'title="{{x}}"',
    'title="a\n\n*b*"', 'title="a>b<c"', "nowrap", 'src="http://a.b/i.png"', "id=x id=y", 'markdown="1"',
]  # fmt: skip


def text(chance: random.Random) -> str:
    """A line of hostile text, not blank."""
    while True:
        made = "".join(chance.choice(TEXT) for _ in range(chance.choice((1, 2, 3, 5, 9))))
        if made.strip():
            return made


def html(chance: random.Random, depth: int = 0) -> str:
    """Hostile HTML: unclosed, misnested, with text between blocks."""
    out = []
    for _ in range(chance.randint(1, 4)):
        kind = chance.random()
        if kind < 0.4 or depth > 4:
            out.append(chance.choice(_BETWEEN))
        elif kind < 0.5:
            out.append(chance.choice(VECTORS))
        else:
            name = chance.choice(_NAMES)
            attributes = "".join(f" {chance.choice(_ATTRIBUTES)}" for _ in range(chance.choice((0, 0, 1, 2))))
            end = f"</{name}>" if chance.random() < 0.85 else ""
            out.append(f"<{name}{attributes}>{html(chance, depth + 1)}{end}")
    return "".join(out)
