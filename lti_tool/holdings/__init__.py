"""Holdings: badges a person earned elsewhere and keeps here."""
