"""Values as the engine has them, bit for bit: for backups and their proof."""
