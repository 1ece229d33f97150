"""How the page looks, and the policy that lets nothing but this style act.

Colour is never the only carrier of a meaning: each mark has its word, and a shape before it. Two colons in a row are a
command to a job's log, so pseudo-elements are written with one, or with a comment between them where a browser wants two.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from runner_scope_doctor.report.markup import Markup

LIGHT = {
    "page": "#f4f6f9", "card": "#ffffff", "text": "#1a2230", "quiet": "#525d70", "edge": "#cdd4df", "link": "#174ea6",
    "sick": "#a4141c", "sick-card": "#fdeeed", "warned": "#7a4a00", "warned-card": "#fff5e0",
    "unknown": "#47536a", "unknown-card": "#eceff4", "healthy": "#176238", "healthy-card": "#e9f6ee",
}  # fmt: skip
DARK = {
    "page": "#10141b", "card": "#191f29", "text": "#e7ebf2", "quiet": "#a9b4c6", "edge": "#3a4558", "link": "#9cc2ff",
    "sick": "#ffb3ad", "sick-card": "#43191a", "warned": "#ffd28c", "warned-card": "#3b2a08",
    "unknown": "#c6cfde", "unknown-card": "#2a3342", "healthy": "#9fe0b6", "healthy-card": "#14341f",
}  # fmt: skip


def _palette(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


_RULES = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",
  "DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.5rem}
h1,h2,h3,h4,h5,p,ul,dl,dd{margin:0;padding:0}
h1{font-size:1.35rem;line-height:1.4;font-weight:600}
h2{font-size:1.25rem;margin:3rem 0 1rem}
h3,h4,h5{font-size:1rem;line-height:1.45}
ul{list-style:none}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--quiet);padding-bottom:.25rem}
th,td{text-align:left;padding:.3rem .75rem .3rem 0;border-top:1px solid var(--edge);vertical-align:top}
th{overflow-wrap:normal}
thead th{color:var(--quiet);font-weight:600}
.brand{padding-top:2rem;color:var(--quiet);font-size:.875rem;letter-spacing:.02em}
.facts,.note,.kind,.tally,.by{color:var(--quiet);font-size:.875rem;font-weight:400}
.note{margin:.75rem 0}
.is-sick{--mark:var(--sick);--tint:var(--sick-card);--shape:polygon(20% 0,50% 30%,80% 0,100% 20%,70% 50%,100% 80%,80% 100%,
  50% 70%,20% 100%,0 80%,30% 50%,0 20%)}
.is-warned{--mark:var(--warned);--tint:var(--warned-card);--shape:polygon(50% 4%,100% 96%,0 96%)}
.is-unknown{--mark:var(--unknown);--tint:var(--unknown-card);--shape:polygon(50% 0,100% 50%,50% 100%,0 50%)}
.is-healthy{--mark:var(--healthy);--tint:var(--healthy-card);--shape:circle(46%)}
.wanted{--mark:var(--link);--tint:var(--card);--shape:polygon(0 30%,60% 30%,60% 0,100% 50%,60% 100%,60% 70%,0 70%)}
.mark{display:inline-block;padding:.05rem .55rem .05rem .4rem;border:1px solid var(--mark);border-radius:1rem;
  color:var(--mark);background:var(--tint);font-size:.8125rem;font-weight:600;white-space:nowrap}
.mark:before{content:"";display:inline-block;width:.7em;height:.7em;margin-right:.4em;background:var(--mark);
  clip-path:var(--shape)}
.verdict{margin:.75rem 0 1.5rem;padding:1.5rem;background:var(--card);border:1px solid var(--edge);
  border-left:.5rem solid var(--mark);border-radius:.5rem}
.verdict .mark{font-size:1rem;padding:.1rem .8rem .1rem .6rem;margin-right:.25rem}
.verdict .next{margin-top:.75rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin-bottom:1.5rem}
nav a{display:inline-block;padding:.25rem 0}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem}
.numbers div{padding:.75rem 1rem;background:var(--card);border:1px solid var(--edge);border-radius:.5rem;
  display:flex;flex-direction:column}
.numbers div[class^=is-]{border-color:var(--mark)}
.numbers dt{color:var(--quiet);font-size:.8125rem;order:1}
.numbers dd{font-size:1.5rem;font-weight:600;line-height:1.3}
.numbers div[class^=is-] dt:before{content:"";display:inline-block;width:.7em;height:.7em;margin-right:.4em;
  background:var(--mark);clip-path:var(--shape)}
.legend{display:flex;flex-wrap:wrap;gap:.5rem 1.75rem;margin-bottom:.75rem;font-size:.875rem;color:var(--quiet)}
.legend div{display:flex;gap:.6rem;align-items:center}
.place.instance,.finding{background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:1.25rem 1.5rem}
.place.instance{margin-top:1.25rem}
.kind:before{content:"";display:inline-block;width:.8em;height:.8em;margin-right:.45em;background:var(--quiet)}
.instance>h3 .kind:before{clip-path:polygon(0 0,100% 0,100% 42%,0 42%,0 58%,100% 58%,100% 100%,0 100%)}
.owner>.box>h4 .kind:before{border-radius:50% 50% 20% 20%}
.repository>.box>h5 .kind:before{clip-path:polygon(0 0,100% 0,100% 100%,50% 72%,0 100%)}
.box{padding:.7rem 1rem .8rem;border:1px solid var(--edge);border-radius:.5rem}
.owner>.box{background:var(--page)}
.repository>.box{background:var(--card)}
.tally{float:right;padding-left:1rem}
.tree{margin-left:.35rem;margin-top:.35rem;border-left:2px solid var(--edge)}
.tree>li{position:relative;padding:.45rem 0 .45rem 2.25rem}
.tree>li:last-child{margin-bottom:.25rem}
.tree>li:before,.sample{content:"";border-top:2px solid var(--edge)}
.tree>li:before{position:absolute;left:0;top:1.25rem;width:1.6rem}
.sample{display:inline-block;position:relative;width:2.5rem;vertical-align:middle}
.tree>.serves:before,.serves.sample{border-top-color:var(--healthy)}
.tree>.cut:before,.cut.sample{border-top-color:var(--sick)}
.tree>.wanted:before,.wanted.sample{border-top:2px dashed var(--link)}
.tree>.serves:after,.serves.sample:after,.tree>.wanted:after,.wanted.sample:after{content:"";position:absolute;left:-1px;
  top:1.25rem;width:.6rem;height:.7rem;margin-top:-.3rem;background:var(--healthy);clip-path:polygon(0 50%,100% 0,100% 100%)}
.tree>.wanted:after,.wanted.sample:after{background:var(--link)}
.tree>.cut:after,.cut.sample:after{content:"";position:absolute;left:.35rem;top:1.25rem;width:.8rem;height:.8rem;
  margin-top:-.35rem;background:var(--sick);clip-path:polygon(20% 0,50% 30%,80% 0,100% 20%,70% 50%,100% 80%,80% 100%,50% 70%,
  20% 100%,0 80%,30% 50%,0 20%)}
.serves.sample:after,.wanted.sample:after,.cut.sample:after{top:-1px}
.cut.sample:after{left:.8rem}
.tree>.place{padding-top:.6rem;padding-left:1.6rem}
.tree>.place:before{top:2.1rem}
.away{font-weight:600;color:var(--text)}
.gone{color:var(--sick)}
.runner.is-sick,.runner.is-warned,.runner.wanted{padding-top:.75rem;padding-bottom:.75rem}
.runner.is-sick:before,.runner.is-sick:after,.runner.is-warned:before,.runner.is-warned:after,.runner.wanted:before,
.runner.wanted:after{top:1.55rem}
.scope{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.4rem .75rem;margin:.6rem 0 .3rem;
  padding:.75rem 1rem;border:1px solid var(--edge);border-left:3px solid var(--mark);border-radius:.375rem;background:var(--page)}
.scope dt{color:var(--quiet);font-size:.875rem;padding-top:.1rem}
.scope dd{grid-column:2}
del,ins{text-decoration:none}
del .end{padding:.1rem .5rem;border:1px solid var(--sick);border-radius:.25rem;color:var(--sick);
  text-decoration:line-through;text-decoration-thickness:2px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
ins{padding:.1rem .5rem;border:1px dashed var(--link);border-radius:.25rem;color:var(--link);
  -webkit-box-decoration-break:clone;box-decoration-break:clone}
ins a{color:inherit}
.found{font-size:.875rem}
.work{margin:.5rem 0;padding:.6rem 1rem;border:1px solid var(--edge);border-left:3px solid var(--warned);border-radius:.375rem}
.work li{padding:.25rem 0}
.why{font-size:.9375rem}
summary{cursor:pointer;padding:.35rem 0;color:var(--link)}
.fold.is-sick>details>summary,.fold.is-warned>details>summary{color:var(--mark);font-weight:600}
.fold details[open]>summary{margin-bottom:.25rem}
.finding{margin-bottom:1rem;border-left:.375rem solid var(--mark)}
.finding .message{margin:.5rem 0;font-weight:600}
.finding dl{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.5rem 1rem}
.finding dt{color:var(--quiet);font-size:.875rem;padding-top:.05rem}
dt.next,dd.next{color:var(--text);font-weight:600}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--quiet);font-size:.875rem}
:target{outline:2px solid var(--link);outline-offset:4px;border-radius:.25rem}
@media (max-width:40rem){header,main,footer{padding:0 1rem}.verdict,.place.instance,.finding{padding:1rem}
.tree{margin-left:0}.tree>li{padding-left:1.5rem}.tree>li:before{width:1.1rem}.tree>.place{padding-left:.6rem}
.tree>.place:before{width:.6rem}.place.instance,.box{padding:.7rem .6rem}.tally{float:none;display:block;padding-left:0}
.finding dl,.scope{grid-template-columns:1fr}
.scope dd{grid-column:1}.finding dd{margin-bottom:.25rem}.numbers{grid-template-columns:repeat(2,minmax(0,1fr))}
th,td{padding-right:.4rem}table{font-size:.8125rem}}
@media (forced-colors:active){.mark:before,.tree>li:after,.sample:after{background:CanvasText;forced-color-adjust:none}}
@page{size:A4;margin:16mm 14mm}
@media print{body{font-size:10pt;background:#fff}header,main,footer{max-width:none;padding:0}nav{display:none}
.mark:before,.tree>li:before,.tree>li:after,.sample,.sample:after,.numbers dt:before{print-color-adjust:exact;
-webkit-print-color-adjust:exact}.finding,.verdict,.work,.scope,tr{break-inside:avoid}h2,h3,h4,h5{break-after:avoid}
h2{margin-top:1.5rem}
details:/**/:details-content{content-visibility:visible;block-size:auto}}
"""
STYLE = Markup(
    f":root{{{_palette(LIGHT)}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{_palette(DARK)}}}}}{_RULES}"
)
"""The content of the one style element. On paper it is always the light one."""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page allows itself: this very style and nothing else."""
