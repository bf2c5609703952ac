"""What stays when this installation ends? The public addresses as plain files."""
