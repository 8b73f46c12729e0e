"""Made-up sentences as workers write them, with what would name somebody marked as [kind:words].

The rules were written with TUNING in sight. HELD_OUT was written before them, too, and was not looked at while they were
made: what is measured on it is what other sentences of this kind may expect.
"""

import re

_MARK = re.compile(r"\[([^:\]]+):([^\]]+)\]")

TUNING = """
Nhờ anh [tên:Hùng] ở chuyền 3 gửi thông báo sớm hơn.
Chị [tên:Lan] tổ trưởng hay quát công nhân.
Đề nghị công ty tăng tiền ăn ca.
Liên hệ tôi qua số [điện thoại:0912345678] nhé.
Số của tôi là [điện thoại:0912 345 678], gọi sau 18 giờ.
Gọi [điện thoại:+84 912 345 678] gặp chị [tên:Hoa].
Email của em: [thư điện tử:nguyenvana@gmail.com]
Anh [tên:Nguyễn Văn Tuấn] làm kho nói không đúng về lương tháng 13.
Lương thấp quá, không đủ sống ở thành phố.
[tên:Trần Thị Mai] là người chăm công nhân nhất.
Quản đốc [tên:Dũng] phân biệt đối xử với người lớn tuổi.
Giám đốc [tên:Phạm Minh Đức] hứa mà không làm.
Ông [tên:Kim] người Hàn hay mắng.
Tôi ở trọ [địa chỉ:số nhà 25 ngõ 102 đường Trường Chinh], đi làm xa.
Nhà em ở [địa chỉ:thôn Đông, xã Tân Lập], không có xe đưa đón.
Công đoàn nên tổ chức du lịch hè ở Đà Nẵng.
CCCD của tôi [số:079203001234] mà công ty làm sai bảo hiểm.
Chuyển quà Tết vào tài khoản [số:19036789012345] giúp em.
Số tài khoản [số:0011 0042 12345] Vietcombank.
Trang Facebook của em là [liên kết:https://facebook.com/hoa.nguyen.92]
Zalo [điện thoại:0987.654.321] nhé công đoàn.
Mong có nhà ở cho công nhân Bắc Giang.
Tiền thưởng Tết năm nay chỉ 5.000.000 đồng là ít.
Lương cơ bản 4.680.000 không đủ đóng học cho con.
Năm 2025 công ty cắt phụ cấp chuyên cần.
Tôi làm ở đây 12 năm mà lương 8.500.000đ.
Em là [tên:Hương], làm chuyền may 5.
Tôi tên [tên:Lê Văn Bình], mã nhân viên [số:NV10234].
Bác [tên:Sáu] bảo vệ rất tốt bụng.
Cô [tên:Hạnh] y tế ít khi có mặt.
Cô giáo ở nhà trẻ khu công nghiệp rất tốt.
Anh chị em công nhân ai cũng mệt vì tăng ca.
Chị em phụ nữ cần phòng vắt sữa.
Các anh Công đoàn nên xuống xưởng nhiều hơn.
[địa chỉ:Đường Trần Phú] ngập nước khi mưa, đi làm khổ lắm.
Con đường vào khu công nghiệp nhiều ổ gà.
Xã hội giờ khó khăn, mong công ty hỗ trợ.
Em ở [địa chỉ:phường Long Bình, thành phố Biên Hòa].
Phòng trọ ở [địa chỉ:ấp 3, xã Đức Hòa Hạ] không có nước sạch.
Gửi thư về [địa chỉ:khu phố 4, phường Tân Phong] giúp tôi.
Tổ trưởng [tên:Ngọc Anh] chấm công sai hai lần.
Chuyền trưởng [tên:Thu] không cho đi vệ sinh.
Cơm ca tối hay bị thiu.
Muốn nhận tin qua Zalo và bảng tin.
Chủ tịch công đoàn [tên:Võ Thành Nam] làm việc có trách nhiệm.
Sếp [tên:Park] hay la lối.
Mr [tên:Chen] không hiểu luật lao động Việt Nam.
Trưởng phòng nhân sự [tên:Đặng Thu Thảo] trả lời rất chậm.
[tên:nguyen van nam] la nguoi cham cong sai
[tên:nguyễn thị hồng] tổ 2 hay nói xấu người khác
sdt cua em [điện thoại:0356 123 987]
goi cho toi [điện thoại:09 8765 4321] neu co tin
Em chào công đoàn, em muốn hỏi về chế độ thai sản.
Bảo hiểm thất nghiệp làm thủ tục lâu quá.
Công ty Samsung Bắc Ninh trả lương cao hơn.
Công nhân Việt Nam cần cù.
Ngày 20/10 công ty không tặng quà chị em.
Tăng ca đến 22h30 nhưng chỉ tính đến 21h.
Đề nghị tăng phụ cấp xăng xe lên 500000 đồng.
Thưởng 13 tháng lương là 11000000 đồng.
Mong công đoàn Hà Nội quan tâm hơn.
Hà Giang quê em xa, Tết được nghỉ có 5 ngày.
Anh [tên:Hà] tổ 5 hay giúp đỡ mọi người.
Chú [tên:Ba] lái xe đưa đón chạy ẩu.
Em [tên:Thủy] mới vào bị phạt oan.
Đồng chí [tên:Nguyễn Thị Kim Oanh] phó chủ tịch công đoàn cơ sở.
Phó giám đốc [tên:Trịnh Quốc Việt] duyệt tăng ca.
Kế toán [tên:Loan] tính lương nhầm.
Bạn [tên:Minh] cùng phòng trọ bị tai nạn mà không được hỗ trợ.
Tôi không biết công đoàn làm gì.
Không có ý kiến.
Cảm ơn công đoàn!
Xin liên hệ [tên:Phan Văn Đức] – [điện thoại:0903-123-456] – tổ cắt.
Số điện thoại: [điện thoại:không chín một hai ba bốn năm sáu bảy tám]
Biển số xe [số:29A-123.45] hay đỗ chắn lối ra.
Sinh ngày [ngày sinh:12/05/1990], chưa được cấp sổ BHXH.
Sổ bảo hiểm [số:7912345678] bị sai tên.
Fb: [tài khoản:hoa.nguyen92] nhắn em nhé.
Tiktok [tài khoản:@congnhan_vui] đăng nhiều tin hay.
Nhà xưởng nóng 40 độ, quạt hỏng 3 tháng.
Tổ 3 chuyền 5 thiếu người liên tục.
Đi làm từ 6h sáng về 8h tối.
Em mong tổ chức lớp học tiếng Anh.
Anh nào làm công đoàn cũng nên xuống hỏi thăm.
Ông bà chủ trọ tăng tiền điện lên 4.000 đồng một số.
Chị [tên:Bích Ngọc] bên nhân sự rất nhiệt tình, chị [tên:Vân] thì không.
Gặp anh [tên:Tâm] hoặc anh [tên:Phúc] ở văn phòng.
[tên:Lê Thị Thu Hà] và [tên:Ngô Văn Toàn] bị đuổi việc vô lý.
Em trọ ở [địa chỉ:12/3 Nguyễn Văn Quá, quận 12].
Chỗ em ở: [địa chỉ:hẻm 45 đường Lê Văn Khương].
Nhà máy ở Đồng Nai không có nhà trẻ.
Tết Nguyên Đán nên thưởng sớm.
Vui lòng bố trí xe tuyến Thái Bình – Hải Phòng.
Nhân viên phòng nhân sự thái độ kém.
Anh hùng lao động thì khen, công nhân bình thường thì quên.
Chú ý an toàn lao động hơn.
Công đoàn Cao Su nên có trang web.
Mong chủ tịch nước quan tâm công nhân.
Thầy [tên:Tuấn] dạy an toàn rất dễ hiểu.
tổ trưởng [tên:Hiền] hay bênh người nhà
"""

HELD_OUT = """
Anh [tên:Quang] tổ hàn đi muộn vẫn được chấm đủ công.
Chị [tên:Phượng] bếp trưởng nấu ăn ngon.
Hãy gọi cho em số [điện thoại:0938 22 33 44].
Mail: [thư điện tử:thu.ha_1995@yahoo.com.vn]
Bà [tên:Nguyễn Thị Tư] chủ trọ không cho đăng ký tạm trú.
Quản đốc [tên:Lâm Văn Hải] chửi công nhân trước mặt mọi người.
Phó quản đốc [tên:Hậu] thì tốt.
Tôi là [tên:Đỗ Thị Ngân], công nhân xưởng 2.
Mình tên [tên:Vy], mong có lớp học đàn.
Lương tăng 200.000 đồng mà giá nhà trọ tăng 300.000 đồng.
Đề nghị công ty mở căng tin buổi tối.
Số CMND [số:272 345 678] ghi sai trên hợp đồng.
Nhà tôi ở [địa chỉ:xóm 4, xã Nghi Phú], về quê một năm một lần.
Em thuê trọ [địa chỉ:đường số 8, phường Linh Trung, Thủ Đức].
Đường xá đi lại khó khăn khi trời mưa.
Mọi người trong xã em đều làm công nhân.
Em [tên:Lý A Páo] người Mông, không đọc được thông báo tiếng Việt.
Sếp [tên:Tanaka] rất tôn trọng công nhân.
Cán bộ công đoàn [tên:Hoàng Anh Tú] giúp em đòi lương.
Chuyển khoản cho em số [số:102 8765 43210] ngân hàng Vietinbank.
Nên có hỗ trợ vé xe Tết cho công nhân ở Nghệ An, Hà Tĩnh.
Bắc Ninh nóng quá, xưởng không có điều hòa.
Cô [tên:Bảy] bán nước trước cổng bị đuổi.
Anh [tên:Kỳ] chị [tên:Diễm] bên đóng gói làm thêm không được trả tiền.
Tin nhắn Zalo của công đoàn hay bị trôi.
facebook [tài khoản:@thanhtam.cn] là của em
Nhóm [liên kết:zalo.me/g/abcxyz123] chia sẻ nhiều tin giả.
Gọi [điện thoại:84 976 111 222] để hỏi thêm.
Ba tôi mất, công đoàn có đến viếng, cảm ơn.
Con tôi 3 tuổi, không có chỗ gửi.
Lãnh đạo [tên:Bùi Đình Khánh] không tiếp công nhân.
Bạn [tên:Trâm Anh] ca đêm bị quấy rối.
Thưởng cho tổ 7 là 15.000.000 đồng nhưng chia không đều.
Công ty Pouchen cho nghỉ phép khó.
Giờ làm từ 7:30 đến 19:30.
Quy định số 45 của công ty là trái luật.
Theo Điều 98 Bộ luật Lao động thì làm đêm phải được trả thêm 30%.
Em sinh năm 1998, làm được 6 năm.
Chủ nhật vẫn phải đi làm.
Mỗi tháng đóng 1% công đoàn phí mà không thấy gì.
Tổ trưởng là người nhà của giám đốc.
Giám đốc mới rất quan tâm công nhân.
thằng [tên:Tí] kho suốt ngày hút thuốc
Vợ chồng [tên:Nguyễn Văn Lợi] cùng làm mà không được xếp cùng ca.
anh [tên:hải] tổ trưởng tổ 4 nhận tiền của công nhân mới
chi [tên:thao] phong nhan su rat tot
Xe [số:51F-567.89] đưa đón hay trễ.
Mã thẻ [số:MT-004521] của em bị khóa.
Cô [tên:Trần Lê Bảo Trâm] hướng dẫn làm hồ sơ thai sản rất tận tình.
Công đoàn khu công nghiệp Tân Tạo ít hoạt động.
Ở [địa chỉ:khu phố Bình Dương 2, phường An Bình] chưa có nước máy.
Em muốn nghe loa truyền thanh buổi trưa.
Nhà trọ [địa chỉ:số 18 đường Nguyễn Trãi] hay mất điện.
Đề nghị anh [tên:Phong], chị [tên:Yến] và chú [tên:Thành] đừng bao che.
Báo Lao Động viết rất đúng.
Tổng Liên đoàn nên kiểm tra đột xuất.
Xin số của chị chủ tịch công đoàn để hỏi.
Luật sư [tên:Trương Quốc Hòe] tư vấn ở nhà văn hóa rất hay.
Bác sĩ [tên:Hiển] khám qua loa.
Số bảo hiểm xã hội [số:0116 123 456] của em chưa chốt.
Nhắn qua viber [điện thoại:0868.99.88.77] cũng được.
Ngày 8/3 được tặng hoa, vui lắm.
"""


def sentences(text: str) -> list[tuple[str, list[tuple[int, int]]]]:
    """Return each sentence without its marks, and where the marked words stand in it."""
    found: list[tuple[str, list[tuple[int, int]]]] = []
    for line in filter(None, text.strip().splitlines()):
        plain, spans, at = "", [], 0
        for mark in _MARK.finditer(line):
            plain += line[at : mark.start()]
            spans.append((len(plain), len(plain) + len(mark[2])))
            plain += mark[2]
            at = mark.end()
        found.append((plain + line[at:], spans))
    return found
