"""GraphiQL for development, served from our own origin: the page asks nothing of anybody else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.planner.node import EXPLORER

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""`unsafe-inline` for styles only: GraphiQL's editor sizes itself by style attributes."""

FILES = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
}
START = """\
const fetcher = async (operation, options) => {
  const headers = { "Content-Type": "application/json", Accept: "application/json", ...options?.headers };
  const reply = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(operation) });
  return reply.json();
};
const root = ReactDOM.createRoot(document.getElementById("explorer"));
root.render(React.createElement(GraphiQL, { fetcher, defaultEditorToolsVisibility: true }));
"""
STYLE = "body { margin: 0 } #explorer { height: 100vh }"
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>GraphQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphql/static/graphiql.css">
<link rel="stylesheet" href="/graphql/static/page.css">
<div id="explorer"><noscript>The explorer needs JavaScript; GraphQL itself is asked by POST.</noscript></div>
<script src="/graphql/static/react.js"></script>
<script src="/graphql/static/react-dom.js"></script>
<script src="/graphql/static/graphiql.js"></script>
<script src="/graphql/static/start.js"></script>
</html>
"""


def page() -> Response:
    return HTMLResponse(PAGE, headers={"content-security-policy": CONTENT_SECURITY_POLICY})


async def static(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "start.js":
        return Response(START, media_type="text/javascript")
    if name == "page.css":
        return Response(STYLE, media_type="text/css")
    file = EXPLORER / "node_modules" / FILES[name] if name in FILES else None
    if file is None or not file.is_file():
        return PlainTextResponse("Not here (yet): the explorer's packages may still be on their way.", status_code=404)
    return FileResponse(file)


routes = [Route("/graphql/static/{name}", static)]
