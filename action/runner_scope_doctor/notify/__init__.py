"""Tells others what a check came to: one living issue for each problem, and a ping. The only room that writes over HTTP."""
