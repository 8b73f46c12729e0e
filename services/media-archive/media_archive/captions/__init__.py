"""What is said in films and sounds, written down with its times: attached, corrected, shown and found."""
