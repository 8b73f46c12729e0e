"""What is shown to whom, read naively: a made-up world, what the rules say of it, and how an answer is compared."""
