"""What files say of themselves: read on the way in, offered to whoever describes. Never where or with what device."""
