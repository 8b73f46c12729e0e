"""What states, steps and counts of files are called on pages, in Vietnamese and English."""

PURPOSES = {
    "units": ("Đơn vị", "Units"),
    "headcounts": ("Số liệu đoàn viên, người lao động", "Headcounts"),
    "people": ("Cán bộ và chức danh", "People and posts"),
    "reorganisation": ("Sắp xếp tổ chức theo một quyết định", "Reorganisation under one decision"),
}
STATES = {
    "to_check": ("Đang kiểm tra", "Being checked"),
    "ready": ("Đã kiểm tra, chờ thực hiện", "Checked, waits to be applied"),
    "to_apply": ("Đang thực hiện", "Being applied"),
    "applied": ("Đã thực hiện", "Applied"),
    "refused": ("Không dùng được, chưa thay đổi gì", "Refused, nothing was changed"),
    "expired": ("Quá hạn, tệp đã xóa", "Expired, the file was deleted"),
}
STEPS = {
    "waiting": ("Đang chờ đến lượt", "Waiting"),
    "reading": ("Đang đọc tệp", "Reading the file"),
    "planning": ("Đang đối chiếu các dòng", "Comparing the rows"),
    "writing": ("Đang ghi thử", "Writing"),
    "checking": ("Đang kiểm tra các quy tắc", "Checking the rules"),
    "deriving": ("Đang sắp lại cây tổ chức", "Rearranging the tree"),
    "carrying": ("Đang chuyển số liệu", "Carrying numbers over"),
    "telling": ("Đang hoàn tất", "Finishing"),
    "finished": ("Xong", "Done"),
}
COUNTS = {
    "created": ("Đơn vị lập mới", "Units created"),
    "closed": ("Đơn vị kết thúc", "Units closed"),
    "changed": ("Đơn vị thay đổi", "Units changed"),
    "unchanged": ("Giữ nguyên", "Unchanged"),
    "along": ("Đơn vị chuyển cùng, tệp không nhắc đến", "Units going along unmentioned"),
    "transfers": ("Lần chuyển người", "Transfers of people"),
    "assumed": ("Lần chuyển theo tỷ lệ giả định", "Transfers by assumed shares"),
    "headcounts": ("Số liệu chuyển sang", "Headcounts carried over"),
    "published": ("Số liệu công bố mới", "Headcounts published"),
    "corrected": ("Số liệu đính chính", "Headcounts corrected"),
    "people_added": ("Người thêm mới", "People added"),
    "people_corrected": ("Người sửa thông tin", "People corrected"),
    "appointed": ("Bổ nhiệm thêm", "Appointments added"),
    "appointment": ("Bổ nhiệm kết thúc", "Appointments that end"),
    "collaborator": ("Cộng tác viên kết thúc", "Collaborators that end"),
    "post": ("Chức danh kết thúc", "Posts that end"),
    "department_version": ("Ban kết thúc", "Departments that end"),
    "channel_version": ("Kênh kết thúc", "Channels that end"),
    "unit_group_member": ("Thành viên nhóm kết thúc", "Group memberships that end"),
    "role_grant": ("Quyền kết thúc", "Roles that end"),
}
CHANGES = {
    "start": ("Lập cây tổ chức", "The tree as it was first recorded"),
    "create": ("Lập đơn vị", "A unit was created"),
    "rename": ("Đổi tên", "Rename"),
    "change": ("Sửa thông tin", "Change of details"),
    "move": ("Chuyển đơn vị", "Move"),
    "merge": ("Sáp nhập", "Merger"),
    "split": ("Chia, tách", "Split"),
    "dissolve": ("Giải thể", "Dissolution"),
    "batch": ("Sắp xếp theo tệp", "Reorganisation from a file"),
    "undo": ("Hoàn tác", "Undoing"),
}
