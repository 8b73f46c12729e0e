"""The printed report: A4, readable Vietnamese, question by question, charts with intervals, numbered pages."""

import pypdfium2
import pytest
from downloads_world import made, released_world
from reportlab.graphics.charts.lineplots import LinePlot

from survey.downloads.tables.drawing import Series, intervals_chart, most_series
from survey.questionnaires.definition import Text
from survey.results.reading import ChoiceResult


def pages_of(content):
    document = pypdfium2.PdfDocument(content)
    pages = [document[number] for number in range(len(document))]
    return [page.get_textpage().get_text_bounded() for page in pages], [page.get_size() for page in pages]


async def test_reads_in_vietnamese_on_numbered_a4_pages(database, job_queue):
    _, release_id = await released_world()
    _, content = await made(job_queue, release_id, "report", "pdf")
    texts, sizes = pages_of(content)
    assert {(round(width), round(height)) for width, height in sizes} == {(595, 842)}
    assert [f"Trang {n} / {len(texts)}" in text for n, text in enumerate(texts, 1)] == [True] * len(texts)
    whole = " ".join("\n".join(texts).split())
    assert "1. Anh/chị biết tin qua đâu?" in whole
    assert "Theo nhóm tuổi" in whole
    assert "254 / 1.000" in whole
    assert "Không công bố: nhóm quá nhỏ" in whole


async def test_reads_in_english(database, job_queue):
    _, release_id = await released_world()
    _, content = await made(job_queue, release_id, "report", "pdf", language="en")
    texts, _ = pages_of(content)
    whole = " ".join("\n".join(texts).split())
    assert "Page 1 of" in whole
    assert "Where do you get news?" in whole
    assert "By region" in whole


async def test_hidden_cells_have_no_numbers(database, job_queue):
    _, release_id = await released_world()
    _, content = await made(job_queue, release_id, "report", "pdf")
    texts, _ = pages_of(content)
    # Everybody's trust is 2: nothing is told but that it is hidden, in each of the four parts.
    trust = "\n".join(texts).split("3. Tin tưởng?")[1]
    assert "%" not in trust
    assert " ".join(trust.split()).count("Không công bố") == 4


def choice(share, low, high):
    return ChoiceResult("a", Text({"vi": "a", "en": "a"}), share, low, high, 0.1)


def test_a_chart_draws_each_interval_and_each_share():
    choices = [choice(0.5, 0.4, 0.6), choice(0.2, 0.1, 0.35)]
    drawing = intervals_chart([Series("Nữ", choices), Series("Nam", choices[::-1])], "Helvetica")
    (plot,) = (each for each in drawing.contents if isinstance(each, LinePlot))
    spans = [[point[0] for point in line] for line in plot.data]
    assert spans == [[40, 60], [10, 35], [50], [20], [10, 35], [40, 60], [20], [50]]
    heights = [line[0][1] for line in plot.data]
    assert heights == pytest.approx([2.175, 1.175, 2.175, 1.175, 1.825, 0.825, 1.825, 0.825])


@pytest.mark.parametrize("choices", [1, 5, 17, 70])
def test_a_chart_fits_a_page_however_much_there_is_to_show(choices):
    groups = [Series(f"Nhóm {n}", [choice(0.5, 0.4, 0.6)] * choices) for n in range(most_series(choices))]
    drawing = intervals_chart(groups, "Helvetica")
    assert drawing.width < 486
    assert drawing.height < 700
