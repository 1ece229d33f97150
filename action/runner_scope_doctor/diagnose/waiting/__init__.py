"""Why a waiting job is not picked up: the server's own rule for who is given what, and the first reason why not."""
