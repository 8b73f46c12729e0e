"""What pages load that was not written here is what its authors published."""

from pathlib import Path

from gateway.planner.node import install
from media_archive.web import pages

CLIENT = Path(__file__).with_name("tus_js")


def test_the_tus_client_of_the_upload_page_is_the_published_one():
    install(CLIENT, lambda _: None)
    published = CLIENT / "node_modules" / "tus-js-client" / "dist" / "tus.min.js"
    shipped = Path(pages.__file__).parent / "static" / "tus.min.js"
    credit, _, content = shipped.read_text().partition("\n")
    assert credit == "/* tus-js-client 4.3.1, MIT licence, https://github.com/tus/tus-js-client */"
    assert content.strip() == published.read_text().partition("//# sourceMappingURL")[0].strip()
