"""Files that a page offers to take away."""

from starlette.responses import Response


def file_of(content: bytes, media_type: str, name: str) -> Response:
    """Return a file that the browser keeps."""
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
