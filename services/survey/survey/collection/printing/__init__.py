"""What is printed on paper: sheets of slips and forms, with QR codes, in Vietnamese and English."""
