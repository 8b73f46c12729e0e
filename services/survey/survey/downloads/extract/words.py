"""What the reader of an extract has to know, in the file itself."""

from survey.downloads.extract.answers import Extract
from survey.downloads.extract.coarsening import K


def statement(read: Extract, language: str) -> list[str]:
    """Return how the rows were made harmless, and what is not promised."""
    release = read.release
    told = f"{release.programme_code}, {release.wave_number}, {release.number}"
    text = _VI if language == "vi" else _EN
    return text.format(
        told=told, answers=read.answers, k=K, original=read.original, joined=len(read.cells)
    ).splitlines()


_VI = """Chương trình, đợt, lần công bố: {told}. {answers} phiếu trả lời.
Mỗi tổ hợp phân tổ có mặt trong tệp có ít nhất {k} phiếu: {original} tổ hợp được gộp còn {joined}.
Bỏ trước hết các phân tổ phụ, rồi gộp nhóm tuổi liền kề, rồi bỏ giới tính, đơn vị, vùng; chỉ ở nơi cần.
Trọng số là trung bình của mỗi tổ hợp, nên tổng theo phân tổ khác đôi chút so với bảng đã công bố.
Không có ý kiến viết tay, số, ngày, câu hỏi nhạy cảm; thứ tự dòng là ngẫu nhiên.
Ai không nêu tuổi, giới tính, vùng được xếp ngẫu nhiên như trong bảng đã công bố.
k-ẩn danh không bảo đảm rằng các phiếu giống nhau về phân tổ có câu trả lời khác nhau.
Không được tìm cách nhận ra người trả lời, không được ghép với tệp khác, không được chuyển tiếp."""

_EN = """Programme, wave, release: {told}. {answers} answers.
Every combination of segments in this file has at least {k} answers: {original} combinations became {joined}.
Further segments go first, then neighbouring age bands are joined, then gender, unit and region go; where needed only.
Weights are means over each combination, so sums by segment differ a little from the released tables.
No texts, numbers, dates or sensitive questions; the order of rows is one of chance.
People who did not say their age, gender or region were placed at random, as in the released tables.
k-anonymity does not promise that people of one combination answered differently.
Do not try to recognise anybody, do not link this with other files, do not pass it on."""
