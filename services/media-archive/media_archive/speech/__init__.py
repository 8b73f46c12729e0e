"""From text to sound and from sound to text: who does it is chosen by settings."""
