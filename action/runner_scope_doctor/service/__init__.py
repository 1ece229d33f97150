"""What a job and the host's service say to each other over the socket: lines, limits, and who is calling."""
